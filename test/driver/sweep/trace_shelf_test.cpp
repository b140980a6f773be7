// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/trace_shelf.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "sim/base/random.hpp"
#include "test/support/source_tree.hpp"
#include "workloads/trace_image.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test::trace_shelf_test {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20U;

Trace small_trace(std::uint32_t seed) {
  const Json specification = {{"model", "deit-tiny"},
                              {"layers", {0, 1}},
                              {"scope", "attention"},
                              {"maps", {{"kind", "generated"}, {"sparsity", 0.9}, {"seed", seed}}},
                              {"polarization", {{"theta_d", 50}}}};
  return make_trace(specification, source_dir());
}

/// Runs `work` in a process of its own, which ends with status 0 if it returns true.
pid_t in_process(const std::function<bool()>& work) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(work() ? 0 : 1);
  return pid;
}

int status_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a trace that one process puts on the shelf is there for the others") {
  TraceShelf shelf(16 * kMegabyte);
  const Trace trace = small_trace(1);
  CHECK_FALSE(shelf.find("one"));
  REQUIRE(status_of(in_process([&] {
            shelf.add("one", trace);
            shelf.add("two", small_trace(2));
            return true;
          })) == 0);
  CHECK(status_of(in_process([&] { return shelf.find("one") == trace; })) == 0);
  CHECK(shelf.find("one") == trace);
  CHECK(shelf.find("two") == small_trace(2));
  CHECK_FALSE(shelf.find("on"));
}

TEST_CASE("a shelf takes what finds room, and is none where there is no memory") {
  const Trace trace = small_trace(1);
  const std::size_t size = make_trace_image(trace).size();
  TraceShelf shelf(2 * size);  // less than two, with what goes before each
  shelf.add("one", trace);
  shelf.add("two", trace);
  CHECK(shelf.find("one") == trace);
  CHECK_FALSE(shelf.find("two"));
  TraceShelf none(std::size_t{1} << 62U);
  CHECK(none.capacity() == 0);
  none.add("one", trace);
  CHECK_FALSE(none.find("one"));
}

TEST_CASE("processes that are killed while they fill a shelf leave whole traces on it") {
  const std::vector<Trace> traces = {small_trace(1), small_trace(2), small_trace(3)};
  TraceShelf shelf(64 * kMegabyte);
  const auto key = [](int process, int i) {
    return std::to_string(process) + "/" + std::to_string(i);
  };
  Random random(1);
  constexpr int kProcesses = 12;
  for (int p = 0; p < kProcesses; p += 2) {
    std::vector<pid_t> pids;
    for (int q = p; q < p + 2; ++q) {
      pids.push_back(in_process([&, q] {
        for (int i = 0;; ++i) shelf.add(key(q, i), traces[i % 3]);
        return true;
      }));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random.uniform_below(20'000)));
    for (const pid_t pid : pids) {
      ::kill(pid, SIGKILL);
      CHECK(WIFSIGNALED(status_of(pid)));
    }
  }
  std::size_t num_found = 0;
  for (int p = 0; p < kProcesses; ++p) {
    int i = 0;
    for (auto found = shelf.find(key(p, 0)); found; found = shelf.find(key(p, ++i))) {
      REQUIRE(*found == traces[i % 3]);
      ++num_found;
    }
    CHECK_FALSE(shelf.find(key(p, i + 1)));  // in the order in which they were put there
  }
  CHECK(num_found > 0);
}

}  // namespace vitcod::test::trace_shelf_test
