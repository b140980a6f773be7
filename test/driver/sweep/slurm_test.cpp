// SPDX-License-Identifier: Apache-2.0
// Sweeps on a real Slurm of one node, which each test starts for itself.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <iostream>
#include <thread>

#include "sim/base/files.hpp"
#include "sim/driver/sweep/sweep_folder.hpp"
#include "test/driver/sweep/slurm_cluster.hpp"
#include "test/driver/sweep/sweep_bench.hpp"

namespace vitcod::test::slurm_test {
namespace {

using namespace std::chrono_literals;

bool is_skipped(const std::string& test) {
  const std::string hindrance = SlurmCluster::hindrance();
  if (!hindrance.empty()) std::cout << "SKIPPED: " << test << ": " << hindrance << '\n';
  return !hindrance.empty();
}

/// A sweep, a cluster, and how the one runs on the other.
class SlurmBench {
 public:
  explicit SlurmBench(const std::string& members) : sweep_(members), cluster_(folder_.path()) {
    write_config("main");
  }

  /// Tasks of 40 points on one core; what a lost node ran is not started again by Slurm itself.
  void write_config(const std::string& partition) const {
    write_file_atomically(folder_ / "how.json",
                          R"({"partition": ")" + partition +
                              R"(", "cpus_per_task": 1, "points_per_task": 40, "max_tasks": 10,
                                  "max_fruitless_jobs": 2, "poll_seconds": 0.2,
                                  "sbatch_arguments": ["--no-requeue"]})");
  }
  Outcome run(const std::string& arguments = "", const std::string& before = "") const {
    return sweep_.run("slurm", executor() + arguments, before);
  }
  std::string executor() const {
    return "--executor slurm --slurm " + quoted((folder_ / "how.json").string()) + " ";
  }
  /// In front of a sweep: sends it a signal as soon as it has submitted a job.
  std::string after_submission(const std::string& signal) const {
    const std::string job = quoted((sweep_ / "slurm/slurm/job").string());
    return R"(sh -c 'rm -f "$0"; "$@" & until [ -s "$0" ] || ! kill -0 $!; do sleep 0.01; done; )"
           "kill -" +
           signal + R"( $!; wait $!' )" + job + " ";
  }
  std::size_t num_results() const { return sweep_.num_results("slurm"); }

  SweepBench& sweep() { return sweep_; }
  SlurmCluster& cluster() { return cluster_; }

 private:
  SweepBench sweep_;
  TempFolder folder_;
  SlurmCluster cluster_;
};

std::size_t num_jobs(const Outcome& outcome) {
  std::size_t num = 0;
  for (std::size_t at = 0; (at = outcome.out.find("\njob ", at)) != std::string::npos; ++at) ++num;
  return num;
}

}  // namespace

TEST_CASE("a sweep with Slurm has the table of a sweep on this host", "[slurm]") {
  if (is_skipped("a sweep with Slurm has the table of a sweep on this host")) return;
  SlurmBench bench(small_axes(4));
  REQUIRE(bench.sweep().run("local", "--jobs 2").status == 0);
  const Outcome outcome = bench.run();
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Catch::StartsWith("100 points in 3 tasks of 1 core\n"));
  CHECK(num_jobs(outcome) == 1);
  CHECK(bench.sweep().table("slurm") == bench.sweep().table("local"));
  CHECK(files_below(bench.sweep() / "slurm/points") == files_below(bench.sweep() / "local/points"));
  const Outcome again = bench.run("--resume");
  CHECK(again.status == 0);
  CHECK(num_jobs(again) == 0);
}

TEST_CASE("a node that is lost in the middle costs a sweep nothing but time", "[slurm]") {
  if (is_skipped("a node that is lost in the middle costs a sweep nothing but time")) return;
  SlurmBench bench(small_axes(40));
  Outcome outcome;
  std::jthread sweep([&] { outcome = bench.run(); });
  while (bench.num_results() < 20) std::this_thread::sleep_for(5ms);
  bench.cluster().lose_node();
  CHECK(bench.num_results() < 1000);
  sweep.join();
  INFO(outcome.out + outcome.err);
  CHECK(outcome.status == 0);
  CHECK(num_jobs(outcome) >= 2);
  REQUIRE(bench.sweep().run("local", "--jobs 2").status == 0);
  CHECK(bench.sweep().table("slurm") == bench.sweep().table("local"));
}

TEST_CASE("a sweep whose own process is killed waits for its job when it is resumed", "[slurm]") {
  if (is_skipped("a sweep whose own process is killed waits for its job when it is resumed"))
    return;
  SlurmBench bench(small_axes(8));
  CHECK(bench.run("", bench.after_submission("KILL")).status != 0);
  const Outcome outcome = bench.run("--resume");
  CHECK(outcome.status == 0);
  CHECK(num_jobs(outcome) == 0);
  CHECK_THAT(outcome.out, Catch::Contains("200 points: 200 done, 0 failed"));
}

TEST_CASE("what Slurm refuses or cannot run is one line, and Ctrl-C cancels the job", "[slurm]") {
  if (is_skipped("what Slurm refuses or cannot run is one line, and Ctrl-C cancels the job"))
    return;
  SlurmBench bench(small_axes(1));
  bench.write_config("nowhere");
  const Outcome refused = bench.run();
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err,
             Catch::StartsWith("vitcod-sim: sbatch: ") && Catch::Contains("nvalid partition"));
  bench.write_config("main");
  // Points of a tenth of a second, so that the job still runs when it is interrupted.
  bench.sweep().write_run(R"({"kind": "generated", "sparsity": 0.8, "seed": 1})", "null");
  const Outcome stopped = bench.run("--resume", bench.after_submission("INT"));
  CHECK(stopped.status == 130);
  CHECK_THAT(stopped.err, Catch::Contains("is cancelled"));
  const FileLock shard(bench.sweep() / "slurm/lock.1-of-1", FileLock::Kind::kAlone, "");
  const Outcome fruitless = bench.run("--resume");
  CHECK(fruitless.status == 2);
  CHECK(num_jobs(fruitless) == 2);
  CHECK_THAT(fruitless.err, Catch::Contains("2 jobs in a row brought no new result") &&
                                Catch::Contains("task-*.log"));
  CHECK_THAT(read_file(bench.sweep() / "slurm/slurm/task-1.log"),
             Catch::Contains("another process is running this shard"));
}

}  // namespace vitcod::test::slurm_test
