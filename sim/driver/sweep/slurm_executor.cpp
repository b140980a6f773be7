// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/slurm_executor.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/folders.hpp"
#include "sim/base/wording.hpp"
#include "sim/driver/logging.hpp"
#include "sim/driver/streams.hpp"
#include "sim/driver/sweep/sampling.hpp"
#include "sim/driver/sweep/slurm_job.hpp"
#include "sim/driver/sweep/sweep_check.hpp"
#include "sim/driver/sweep/sweep_steps.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

/// What the store has of a sweep.
struct Stock {
  std::uint64_t num_results = 0;
  std::set<std::uint64_t> lacking;  ///< shards with points that have no result; none: all is there
};

class SlurmSweep {
 public:
  explicit SlurmSweep(const SweepOptions& options)
      : options_(options),
        slurm_(load_slurm_config(options.slurm_file)),
        config_(load_checked_sweep(options.file)),
        count_(count_points(config_)),
        resolver_(config_),
        folder_(options.out_dir, SweepFolder::Use::kCoordinator),
        num_shards_(slurm_.num_tasks(count_.num_points)) {}

  void run() {
    const bool is_new = prepare();
    Stock stock;
    if (is_new) {
      for (std::uint64_t shard = 0; shard < num_shards_; ++shard) stock.lacking.insert(shard);
    } else {
      if (const auto job = SlurmJob::last_of(work_folder())) wait_for(*job);
      stock = take_stock();
    }
    for (std::uint64_t num_fruitless = 0; !stock.lacking.empty();) {
      wait_for(submit(stock.lacking));
      const std::uint64_t before = stock.num_results;
      stock = take_stock();
      num_fruitless = stock.num_results > before ? 0 : num_fruitless + 1;
      if (num_fruitless == slurm_.max_fruitless_jobs) give_up(stock);
    }
  }

 private:
  fs::path work_folder() const { return folder_.path() / "slurm"; }

  /// True if the folder has no results yet.
  bool prepare() {
    const bool is_new = !file_exists(folder_.points());
    const std::string note = folder_.begin(resolver_.describe_sweep(), options_.resume);
    if (!note.empty()) print_notice(note);
    results_folder(options_, folder_);
    fmt::print("{} in {} of {}\n", to_string(count_), count_of(num_shards_, "task"),
               count_of(slurm_.cpus_per_task, "core"));
    std::fflush(stdout);
    return is_new && options_.cache_dir.empty();
  }

  /// What a task runs. The folder and the executable are those of this host: a cluster's nodes
  /// share them.
  std::string command() const {
    std::string text = shell_word(fs::read_symlink("/proc/self/exe").string()) + " sweep " +
                       shell_word(absolute_path(options_.file).string()) + " --out " +
                       shell_word(folder_.path().string()) +
                       fmt::format(" --jobs {}", slurm_.cpus_per_task);
    if (!options_.cache_dir.empty()) {
      text += " --cache " + shell_word(absolute_path(options_.cache_dir).string());
    }
    return text;
  }

  SlurmJob submit(const std::set<std::uint64_t>& shards) const {
    SlurmJob job = SlurmJob::submit(slurm_, command(), shards, num_shards_, work_folder());
    fmt::print("job {}: {}\n", job.id(), count_of(shards.size(), "task"));
    std::fflush(stdout);
    return job;
  }

  void wait_for(const SlurmJob& job) const {
    const StopSignals signals;
    const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
    while (true) {
      const auto num_left = job.num_tasks_left();
      if (is_terminal && num_left)
        print_to_stderr(fmt::format("\rjob {}: {} tasks left\033[K", job.id(), *num_left));
      if (num_left == 0) break;
      ::usleep(static_cast<useconds_t>(1e6 * slurm_.poll_seconds));
      if (signals.arrived() == 0) continue;
      job.cancel();
      throw Interrupted(signals.arrived(), fmt::format("job {} is cancelled; what has run is kept, "
                                                       "and --resume goes on from there",
                                                       job.id()));
    }
    if (is_terminal) print_to_stderr("\r\033[K");
  }

  /// Looks for the result of each point; once all are there, writes the table.
  Stock take_stock() {
    Stock stock;
    LocalExecutor::Options only_look;
    only_look.num_processes = options_.jobs;
    only_look.share.reset();
    only_look.on_missing = [&](std::uint64_t ordinal) {
      stock.lacking.insert(ordinal % num_shards_);
    };
    const ResultStore store(results_folder(options_, folder_));
    LocalExecutor executor(config_, resolver_, store, count_, only_look);
    go_through_points(config_, executor);
    stock.num_results = executor.totals().done + executor.totals().failed;
    if (!stock.lacking.empty()) return stock;
    write_table(config_, executor, folder_.path());
    fmt::print("{}: {} done, {} failed\nwritten: {}, sweep.jsonl\n",
               count_of(stock.num_results, "point"), executor.totals().done,
               executor.totals().failed, (fs::path(options_.out_dir) / "sweep.csv").string());
    return stock;
  }

  [[noreturn]] void give_up(const Stock& stock) const {
    throw InputError(fmt::format(
        "{} jobs in a row brought no new result, and {} shards lack some; see {}",
        slurm_.max_fruitless_jobs, stock.lacking.size(), (work_folder() / "task-*.log").string()));
  }

  SweepOptions options_;
  SlurmConfig slurm_;
  SweepConfig config_;
  PointCount count_;
  PointResolver resolver_;
  SweepFolder folder_;
  std::uint64_t num_shards_;
};

}  // namespace

void run_sweep_with_slurm(const SweepOptions& options) {
  set_up_logging(false);
  SlurmSweep(options).run();
}

}  // namespace vitcod
