// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/golden/run_in_processes.hpp"

#include <catch2/catch.hpp>
#include <csignal>

#include "sim/base/errors.hpp"

namespace vitcod::test::run_in_processes_test {
namespace {

/// Twenty items of which the sixth fails as `fail` does.
void run_with(const std::function<void()>& fail) {
  run_in_processes(20, 3, [&fail](std::size_t item) {
    if (item == 5) fail();
    return std::string("done");
  });
}

}  // namespace

TEST_CASE("work in processes answers in the order of the items, however many run at a time") {
  for (const std::size_t num_processes : {1, 3, 50}) {
    const auto texts = run_in_processes(20, num_processes, [](std::size_t item) {
      return std::to_string(item) + std::string(item * 10'000, 'x');  // longer than a pipe holds
    });
    REQUIRE(texts.size() == 20);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      CHECK(texts[i] == std::to_string(i) + std::string(i * 10'000, 'x'));
    }
  }
  CHECK(run_in_processes(0, 2, [](std::size_t) { return ""; }).empty());
}

TEST_CASE("an error in a process is the same error outside, of as many lines") {
  CHECK_THROWS_AS(run_with([] { throw InputError("wrong"); }), InputError);
  CHECK_THROWS_AS(run_with([] { throw ModelError("broken"); }), ModelError);
  CHECK_THROWS_AS(run_with([] { throw DeadlockError("stuck"); }), DeadlockError);
  CHECK_THROWS_WITH(run_with([] { throw DeadlockError("a waits for b\nb waits for a"); }),
                    "a waits for b\nb waits for a");
  CHECK_THROWS_AS(run_with([] { throw std::bad_alloc(); }), InputError);
  CHECK_THROWS_WITH(run_with([] { throw std::bad_alloc(); }),
                    "a simulation needs more memory than it can get");
}

TEST_CASE("a process that dies is an error that says how") {
  CHECK_THROWS_AS(run_with([] { std::raise(SIGKILL); }), ModelError);
  CHECK_THROWS_WITH(run_with([] { std::raise(SIGKILL); }),
                    Catch::StartsWith("a simulation's process ended: "));
}

TEST_CASE("of several errors the first in the order of the items is thrown") {
  const auto fail = [](std::size_t item) -> std::string {
    if (item == 7) throw InputError("seven");
    if (item == 3) throw InputError("three");
    return "";
  };
  CHECK_THROWS_WITH(run_in_processes(10, 4, fail), "three");
}

}  // namespace vitcod::test::run_in_processes_test
