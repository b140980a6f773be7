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
#include "sim/driver/logging.hpp"
#include "sim/driver/sweep/local_executor.hpp"
#include "sim/driver/sweep/pareto_search.hpp"
#include "sim/driver/sweep/sampling.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"
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

/// Points that are there already, one after the other.
class ListedPoints final : public PointSource {
 public:
  explicit ListedPoints(std::vector<SweepPoint> points) : points_(std::move(points)) {}
  std::optional<SweepPoint> next() override {
    if (next_ == points_.size()) return std::nullopt;
    return std::move(points_[next_++]);
  }

 private:
  std::vector<SweepPoint> points_;
  std::size_t next_ = 0;
};

/// One generation after the other, as long as all points of the last one have an outcome.
void run_search(const SweepConfig& config, LocalExecutor& executor) {
  ParetoSearch search(config);
  const OutcomeOf outcome_of = [&](const SweepPoint& point) { return executor.outcome_of(point); };
  while (executor.totals().missing == 0) {
    auto generation = search.next_generation(outcome_of);
    if (!generation) return;
    ListedPoints points(std::move(*generation));
    executor.run(points);
  }
}

void run_points(const SweepConfig& config, LocalExecutor& executor) {
  if (config.search) {
    run_search(config, executor);
  } else {
    executor.run(*make_point_source(config));
  }
  executor.finish();
}

void write_table(const SweepConfig& config, LocalExecutor& executor, const fs::path& folder) {
  const OutcomeOf outcome_of = [&](const SweepPoint& point) { return executor.outcome_of(point); };
  const MakePoints make_points = [&] {
    return config.search ? make_search_replay(config, outcome_of) : make_point_source(config);
  };
  write_sweep_table(config, make_points, outcome_of, folder);
}

void print_closing_line(const PointTotals& totals, const Meter& meter, std::size_t jobs) {
  const double core_seconds = meter.seconds() * static_cast<double>(jobs);
  const std::uint64_t num_run = totals.ended() - totals.reused;
  fmt::print("{} points: {} done, {} failed, {} of these reused; {:.1f} s, {:.0f} % of {} cores",
             totals.ended(), totals.done, totals.failed, totals.reused, meter.seconds(),
             100 * Meter::cpu_seconds() / core_seconds, jobs);
  if (num_run > 0) {
    fmt::print(", {:.1f} ms a point besides its simulation",
               1e3 * (core_seconds - totals.cpu_seconds) / static_cast<double>(num_run));
  }
  fmt::print("\n");
}

LocalExecutor::Options executor_options(const SweepConfig& config, const SweepOptions& options) {
  LocalExecutor::Options chosen;
  chosen.num_processes = options.jobs;
  chosen.share = options.share.value_or(Share{});
  // A search needs the outcomes of a whole generation, whoever ran it.
  chosen.others = config.search ? LocalExecutor::Others::kLookUp : LocalExecutor::Others::kLeaveOut;
  return chosen;
}

}  // namespace

void list_points(const std::string& sweep_file) {
  const SweepConfig config = load_sweep_config(sweep_file);
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
  const SweepConfig config = load_sweep_config(options.file);
  const PointCount count = count_points(config);
  const PointResolver resolver(config);
  SweepFolder folder(options.out_dir, options.share);
  const std::string note = folder.begin(resolver.describe_sweep(), options.resume);
  if (!note.empty()) fmt::print(stderr, "vitcod-sim: {}\n", note);
  const fs::path results =
      options.cache_dir.empty() ? folder.points() : fs::absolute(options.cache_dir);
  make_writable_folder(results);
  fmt::print("{}\n", to_string(count));
  std::fflush(stdout);
  const ResultStore store(results);
  LocalExecutor executor(config, resolver, store, count, executor_options(config, options));
  run_points(config, executor);
  if (!options.share) {
    write_table(config, executor, folder.path());
    if (options.cache_dir.empty()) store.remove_leftovers();
  }
  print_closing_line(executor.totals(), meter, options.jobs);
  if (!options.share) {
    fmt::print("written: {}, sweep.jsonl\n", (fs::path(options.out_dir) / "sweep.csv").string());
  }
}

}  // namespace vitcod
