// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_run.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/folders.hpp"
#include "sim/base/wording.hpp"
#include "sim/driver/logging.hpp"
#include "sim/driver/streams.hpp"
#include "sim/driver/sweep/local_executor.hpp"
#include "sim/driver/sweep/sampling.hpp"
#include "sim/driver/sweep/sweep_check.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"
#include "sim/driver/sweep/sweep_steps.hpp"
#include "sim/driver/sweep/sweep_table.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

/// What a sweep cost the host since this object was made.
class Meter {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  /// Of this process and of those it has seen end.
  static double cpu_seconds() {
    double sum = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
      rusage usage{};
      ::getrusage(who, &usage);
      for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
        sum += static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
      }
    }
    return sum;
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void print_closing_line(const PointTotals& totals, const Meter& meter, std::size_t jobs) {
  const double core_seconds = meter.seconds() * static_cast<double>(jobs);
  const std::uint64_t num_run = totals.ended() - totals.reused;
  fmt::print("{}: {} done, {} failed, {} of these reused; {:.1f} s, {:.0f} % of {}",
             count_of(totals.ended(), "point"), totals.done, totals.failed, totals.reused,
             meter.seconds(), 100 * Meter::cpu_seconds() / core_seconds, count_of(jobs, "core"));
  if (num_run > 0) {
    // Not the program's own cost alone: a core that waits counts too.
    fmt::print(", {:.1f} ms of core time a point outside of simulations (maps, files, idle cores)",
               1e3 * (core_seconds - totals.cpu_seconds) / static_cast<double>(num_run));
  }
  fmt::print("\n");
}

/// Takes what stopped processes left half written out of a folder that is this sweep's own. Made
/// before the executor, so that its processes have ended when it goes.
class LeftoverGuard {
 public:
  LeftoverGuard(const ResultStore& store, bool is_alone) : store_(store), is_alone_(is_alone) {}
  ~LeftoverGuard() {
    if (is_alone_) store_.remove_leftovers();
  }
  LeftoverGuard(const LeftoverGuard&) = delete;
  LeftoverGuard& operator=(const LeftoverGuard&) = delete;

 private:
  const ResultStore& store_;
  bool is_alone_;
};

LocalExecutor::Options executor_options(const SweepConfig& config, const SweepOptions& options) {
  LocalExecutor::Options chosen;
  chosen.num_processes = options.jobs;
  chosen.share = options.share.value_or(Share{});
  // A search needs the outcomes of a whole generation, whoever ran it.
  chosen.others = config.search ? LocalExecutor::Others::kLookUp : LocalExecutor::Others::kLeaveOut;
  return chosen;
}

}  // namespace

fs::path results_folder(const SweepOptions& options, const SweepFolder& folder) {
  fs::path path = options.cache_dir.empty() ? folder.points() : absolute_path(options.cache_dir);
  make_writable_folder(path);
  return path;
}

void list_points(const std::string& sweep_file) {
  const SweepConfig config = load_checked_sweep(sweep_file);
  if (config.search) {
    throw InputError(sweep_file + ": the points of a search are found while it runs");
  }
  const std::vector<std::string> columns = coordinate_columns(config);
  std::vector<Json> cells = {"point"};
  cells.insert(cells.end(), columns.begin(), columns.end());
  fmt::print("{}", csv_line(cells));
  const auto points = make_point_source(config);
  while (const auto point = points->next()) {
    cells = {point->index};
    cells.insert(cells.end(), point->coordinates.begin(), point->coordinates.end());
    fmt::print("{}", csv_line(cells));
  }
}

void run_sweep(const SweepOptions& options) {
  const Meter meter;
  set_up_logging(false);
  const SweepConfig config = load_checked_sweep(options.file);
  PointCount count = count_points(config);
  const PointResolver resolver(config);
  SweepFolder folder(options.out_dir, options.share);
  const std::string note = folder.begin(resolver.describe_sweep(), options.resume);
  if (!note.empty()) print_notice(note);
  const ResultStore store(results_folder(options, folder));
  fmt::print("{}\n", to_string(count));
  std::fflush(stdout);
  if (options.share) {
    count.num_points = (count.num_points + options.share->count - 1) / options.share->count;
  }
  const LeftoverGuard guard(store, !options.share && options.cache_dir.empty());
  LocalExecutor executor(config, resolver, store, count, executor_options(config, options));
  go_through_points(config, executor);
  if (!options.share) write_table(config, executor, folder.path());
  print_closing_line(executor.totals(), meter, options.jobs);
  if (!options.share) {
    fmt::print("written: {}, sweep.jsonl\n", (fs::path(options.out_dir) / "sweep.csv").string());
  }
}

}  // namespace vitcod
