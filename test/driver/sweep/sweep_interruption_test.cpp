// SPDX-License-Identifier: Apache-2.0
// Sweeps that are killed, stopped, starved of disk, or lose a process.
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <thread>
#include <utility>

#include "sim/base/files.hpp"
#include "sim/base/random.hpp"
#include "test/driver/sweep/sweep_bench.hpp"

namespace vitcod::test::sweep_interruption_test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// True where a process's address space cannot be limited: the sanitizers reserve terabytes.
constexpr bool has_sanitizers() {
#ifdef __SANITIZE_ADDRESS__
  return true;
#else
  return false;
#endif
}

std::string after(const std::string& signal, double seconds) {
  return "timeout --preserve-status -s " + signal + " " + std::to_string(seconds);
}

/// A process whose parent is `parent`; 0 if there is none.
pid_t child_of(pid_t parent) {
  std::ifstream children("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) +
                         "/children");
  pid_t child = 0;
  children >> child;
  return child;
}

/// A sweep of `bench` into its folder `out`, which goes on while the test does other things.
class RunningSweep {
 public:
  RunningSweep(const SweepBench& bench, const std::string& arguments,
               const std::string& before = "")
      : output_(bench / "output.txt"), errors_(bench / "errors.txt"), pid_(::fork()) {
    if (pid_ != 0) return;
    const std::string command = before + "exec " + quoted(VITCOD_SIM) + " sweep " +
                                quoted((bench / "sweep.json").string()) + " --out " +
                                quoted((bench / "out").string()) + " " + arguments + " >" +
                                quoted(output_.string()) + " 2>" + quoted(errors_.string());
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  ~RunningSweep() {
    if (pid_ > 0) end_by(SIGKILL);
  }
  RunningSweep(const RunningSweep&) = delete;
  RunningSweep& operator=(const RunningSweep&) = delete;

  pid_t pid() const { return pid_; }
  template <typename Condition>
  void wait_until(Condition condition) const {
    while (!condition()) {
      REQUIRE(::kill(pid_, 0) == 0);
      std::this_thread::sleep_for(1ms);
    }
  }
  /// Its exit status, once it has ended by itself or by the signal.
  int end_by(int signal = 0) {
    if (signal != 0) ::kill(pid_, signal);
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  std::string output() const { return read_file(output_); }
  std::string errors() const { return read_file(errors_); }

 private:
  fs::path output_;
  fs::path errors_;
  pid_t pid_;
};

/// A small file system in memory; none where mounting is not allowed.
class TinyDisk {
 public:
  TinyDisk(const fs::path& folder, const std::string& size) : folder_(folder) {
    fs::create_directories(folder);
    is_there_ = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  ~TinyDisk() {
    if (is_there_) ::umount(folder_.c_str());
  }
  TinyDisk(const TinyDisk&) = delete;
  TinyDisk& operator=(const TinyDisk&) = delete;

  bool is_there() const { return is_there_; }
  void remount(unsigned long flags, const std::string& options) const {
    REQUIRE(::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT | flags, options.c_str()) == 0);
  }

 private:
  fs::path folder_;
  bool is_there_;
};

}  // namespace

TEST_CASE("a sweep killed twenty times at random moments and resumed has the same table") {
  const SweepBench bench(small_axes(40));
  REQUIRE(bench.run("whole", "--jobs 2").status == 0);
  Random random(1);
  std::size_t num_killed = 0;
  for (int i = 0; i < 20; ++i) {
    const double seconds = 0.02 + 0.001 * static_cast<double>(random.uniform_below(100));
    const Outcome outcome = bench.run("killed", "--jobs 2 --resume", after("KILL", seconds));
    num_killed += outcome.status != 0 ? 1 : 0;
    INFO(outcome.err);
    CHECK(outcome.err.find("cut off") == std::string::npos);
  }
  CHECK(num_killed >= 5);  // a fast host has done it all before
  const Outcome outcome = bench.run("killed", "--jobs 2 --resume");
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(bench.table("killed") == bench.table("whole"));
  CHECK(files_below(bench / "killed/points") == files_below(bench / "whole/points"));
}

TEST_CASE("a sweep stopped by Ctrl-C or SIGTERM leaves a folder to go on with") {
  const SweepBench bench(small_axes(40));
  for (const auto& [signal, status] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    const std::size_t num_before = bench.num_results("out");
    RunningSweep sweep(bench, "--jobs 2 --resume");
    sweep.wait_until([&] { return bench.num_results("out") > num_before; });
    CHECK(sweep.end_by(signal) == status);
    CHECK_THAT(sweep.errors(),
               Catch::EndsWith("stopped; what has run is kept, and --resume goes on from "
                               "there\n"));
    CHECK(!fs::exists(bench / "out/sweep.csv"));
  }
  const std::size_t num_kept = bench.num_results("out");
  CHECK(num_kept < 1000);
  const Outcome outcome = bench.run("out", "--resume");
  CHECK_THAT(outcome.out, Catch::Contains("1000 done, 0 failed, " + std::to_string(num_kept) +
                                          " of these reused"));
}

TEST_CASE("a process that crashes fails its point alone, which is run again on --resume") {
  const SweepBench bench(R"("axes": [
    {"name": "lines", "pointer": "/machine/mac_lines/lines", "values": [16, 32, 48, 64]},
    {"name": "size", "variants": {"large": {"/workload/model": "deit-base",
     "/workload/layers": [0, 1, 2, 3, 4, 5], "/workload/maps": {"kind": "dense"}}}}])");
  RunningSweep sweep(bench, "--jobs 1");
  sweep.wait_until([&] { return child_of(sweep.pid()) != 0; });
  std::this_thread::sleep_for(50ms);
  CHECK(::kill(child_of(sweep.pid()), SIGKILL) == 0);
  CHECK(sweep.end_by() == 0);
  CHECK_THAT(bench.table("out"), Catch::Contains("0,failed,16,large") &&
                                     Catch::Contains("crash: its process was ended by signal 9"));
  const Outcome outcome = bench.run("out", "--resume");
  CHECK_THAT(outcome.out, Catch::Contains("4 done, 0 failed, 3 of these reused"));
}

TEST_CASE("a point that needs too much memory fails, and those before and after it do not") {
  if (has_sanitizers()) {
    std::cout << "SKIPPED: a point that needs too much memory: the sanitizers take all memory\n";
    return;
  }
  const SweepBench bench(R"("axes": [{"name": "size", "variants": {"small": {}, "large": )" +
                         large_workload() + R"(}},
    {"name": "lines", "pointer": "/machine/mac_lines/lines", "values": [32, 64]}],
    "sampling": {"kind": "random", "count": 4, "seed": 1}, "limits": {"memory_mb": 100})");
  const Outcome outcome = bench.run("out", "--jobs 1");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Catch::Contains("4 points: 2 done, 2 failed"));
  CHECK_THAT(bench.table("out"),
             Catch::Contains("memory: needs more memory than a point may take"));
}

TEST_CASE("a point that gets no memory at all is a row of that kind") {
  if (has_sanitizers()) {
    std::cout << "SKIPPED: a point that gets no memory: the sanitizers take all memory\n";
    return;
  }
  for (const char* megabytes : {"1", "2", "5", "10"}) {
    // A workload that does not fit into what the sweep has freed between what it keeps.
    const SweepBench bench(R"("axes": [{"name": "size", "variants": {"large": )" +
                           large_workload() + R"(}},
             {"name": "l", "pointer": "/machine/mac_lines/lines", "values": [16, 32]}],
           "limits": {"memory_mb": )" +
                           std::string(megabytes) + "}");
    const Outcome outcome = bench.run("out");
    INFO(megabytes << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    const std::string table = bench.table("out");
    INFO(table);
    CHECK(std::count(table.begin(), table.end(), '\n') == 3);
    CHECK_THAT(table, Catch::Contains("memory: "));
    CHECK_THAT(table, !Catch::Contains("crash") && !Catch::Contains("input: "));
  }
}

TEST_CASE("a full disk stops a sweep with one line, and what was stored is used again") {
  const SweepBench bench(small_axes(2));
  REQUIRE(bench.run("whole").status == 0);
  const TinyDisk disk(bench / "disk", "900k");  // of ten results and some
  if (!disk.is_there()) {
    std::cout << "SKIPPED: a full disk: no file system can be mounted here\n";
    return;
  }
  const fs::path half = bench / "disk/out/points/ab/.ab12.json.tmp-1-0";
  fs::create_directories(half.parent_path());
  write_file_atomically(half, "half");
  const Outcome outcome = bench.run("disk/out", "--jobs 2 --resume");
  CHECK(outcome.status == 2);
  CHECK(!fs::exists(half));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK_THAT(outcome.err, Catch::Contains("cannot write: No space left on device"));
  const std::size_t num_kept = files_below(bench / "disk/out/points").size();
  CHECK(num_kept >= 10);
  CHECK(num_kept < 50);
  disk.remount(0, "size=10m");
  const Outcome resumed = bench.run("disk/out", "--resume");
  CHECK(resumed.err.empty());
  CHECK_THAT(resumed.out, Catch::Contains(std::to_string(num_kept) + " of these reused"));
  CHECK(bench.table("disk/out") == bench.table("whole"));
  disk.remount(MS_RDONLY, "");
  const Outcome read_only = bench.run("disk/out", "--resume");
  CHECK(read_only.status == 2);
  CHECK_THAT(read_only.err, Catch::Contains("Read-only file system"));
}

TEST_CASE("a sweep whose files do not fit a limit stops with one line") {
  const SweepBench bench(small_axes(1));
  // 16 blocks of 512 bytes: less than any result.
  const Outcome outcome = bench.run("out", "--cache " + quoted((bench / "cache").string()),
                                    "trap '' XFSZ; ulimit -f 16;");
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Catch::Contains("cannot write: File too large"));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

TEST_CASE("a file in the way of the output folder or the cache is one line") {
  const SweepBench bench(small_axes(1));
  write_file_atomically(bench / "file", "");
  CHECK_THAT(bench.run("file").err, Catch::Contains("file: cannot create the folder"));
  const Outcome outcome = bench.run("out", "--cache " + quoted((bench / "file").string()));
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Catch::Contains("file: cannot create the folder"));
}

TEST_CASE("a sweep over a billion points starts at once, in little memory, and says how long") {
  if (has_sanitizers()) {
    std::cout << "SKIPPED: a sweep over a billion points: the sanitizers take all memory\n";
    return;
  }
  const std::string thousand = R"("range": {"from": 1, "to": 1000, "step": 1}})";
  const SweepBench bench(
      R"("axes": [
    {"name": "seed", "pointer": "/workload/values/seed", )" +
      thousand + R"(, {"name": "theta", "pointer": "/workload/polarization/theta_d", )" + thousand +
      R"(, {"name": "lines", "pointer": "/machine/mac_lines/lines", )" + thousand + "]");
  // The address space, of the sweep and of each of its processes, is limited to 500 MB.
  RunningSweep sweep(bench, "--jobs 2", "ulimit -v 500000; ");
  sweep.wait_until([&] {
    return fs::exists(bench / "errors.txt") &&
           sweep.errors().find(" points/s") != std::string::npos;
  });
  CHECK(sweep.end_by(SIGINT) == 130);
  CHECK_THAT(sweep.output(), Catch::StartsWith("1000000000 points\n"));
  CHECK_THAT(sweep.errors(), Catch::Contains(" points/s, about ") && Catch::Contains(" d "));
  CHECK(bench.num_results("out") > 50);
}

}  // namespace vitcod::test::sweep_interruption_test
