// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/process_pool.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <map>
#include <set>
#include <stdexcept>

namespace vitcod::test::process_pool_test {
namespace {

using namespace std::chrono_literals;

/// Does as the task's first word says.
std::string obey(const std::string& task) {
  const std::string word = task.substr(0, task.find(' '));
  if (word == "die") ::raise(SIGSEGV);
  if (word == "leave") ::_exit(7);
  if (word == "throw") throw std::runtime_error("not allowed");
  if (word == "sleep") ::usleep(20'000'000);
  if (word == "nap") ::usleep(20'000);
  if (word == "length") return std::to_string(task.size());
  return word == "pid" ? std::to_string(::getpid()) : "did " + task;
}

ProcessPool::Options options(std::size_t num_processes, std::optional<double> seconds = {}) {
  // The test program's own handlers would tell of signals that are meant.
  return {num_processes, seconds, [] {
            for (const int signal : {SIGSEGV, SIGABRT}) std::signal(signal, SIG_DFL);
          }};
}

/// The ends of all tasks, by task.
std::map<std::string, TaskEnd> ends_of(ProcessPool& pool, const std::vector<std::string>& tasks) {
  std::map<std::string, TaskEnd> ends;
  auto next = tasks.begin();
  while (next != tasks.end() || !pool.is_idle()) {
    while (next != tasks.end() && pool.wants_task()) pool.give(*next++);
    for (TaskEnd& end : pool.wait(1000ms)) {
      const std::string task = end.task;
      const bool is_new = ends.emplace(task, std::move(end)).second;
      REQUIRE(is_new);
    }
  }
  return ends;
}

std::vector<std::string> numbered(const std::string& word, std::size_t count) {
  std::vector<std::string> tasks;
  for (std::size_t i = 0; i < count; ++i) tasks.push_back(word + " " + std::to_string(i));
  return tasks;
}

}  // namespace

TEST_CASE("a pool answers every task once, with as many processes as it may have") {
  for (const std::size_t num_processes : {1, 2, 5}) {
    ProcessPool pool(options(num_processes), obey);
    const auto ends = ends_of(pool, numbered("do", 200));
    CHECK(ends.size() == 200);
    for (const auto& [task, end] : ends) {
      CHECK(end.kind == TaskEnd::Kind::kAnswered);
      CHECK(end.text == "did " + task);
    }
    std::set<std::string> pids;
    for (const auto& [task, end] : ends_of(pool, numbered("pid", 200))) pids.insert(end.text);
    CHECK(pids.size() <= num_processes);
  }
}

TEST_CASE("a process that dies takes one task with it, and another does the rest") {
  ProcessPool pool(options(2), obey);
  std::vector<std::string> tasks = numbered("do", 50);
  tasks.insert(tasks.begin() + 10, {"die 1", "leave 1"});
  tasks.insert(tasks.begin() + 30, {"die 2", "die 3", "throw 1"});
  tasks.emplace_back("die 4");
  const auto ends = ends_of(pool, tasks);
  CHECK(ends.size() == tasks.size());
  for (const auto& [task, end] : ends) {
    INFO(task + ": " + end.text);
    CHECK((end.kind == TaskEnd::Kind::kAnswered) == task.starts_with("do"));
  }
  CHECK(ends.at("die 1").kind == TaskEnd::Kind::kDied);
  CHECK(ends.at("die 1").text == "its process was ended by signal 11 (Segmentation fault)");
  CHECK(ends.at("leave 1").text == "its process ended with exit status 7");
  CHECK(ends.at("throw 1").text == "its process was ended by signal 6 (Aborted)");
}

TEST_CASE("a task that takes too long is ended, and not the one behind it") {
  ProcessPool pool(options(1, 0.3), obey);
  // The naps teach the pool that tasks are short, so that it holds one ahead.
  std::vector<std::string> tasks = numbered("nap", 3);
  tasks.insert(tasks.end(), {"sleep 1", "do 1", "nap 4", "sleep 2"});
  const auto start = std::chrono::steady_clock::now();
  const auto ends = ends_of(pool, tasks);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  for (const auto& [task, end] : ends) {
    const bool is_slow = task.starts_with("sleep");
    CHECK(end.kind == (is_slow ? TaskEnd::Kind::kTimedOut : TaskEnd::Kind::kAnswered));
  }
  CHECK_THAT(ends.at("sleep 1").text, Catch::Contains("0.3 s"));
  CHECK(seconds.count() > 0.6);
  CHECK(seconds.count() < 10);
}

TEST_CASE("a task larger than a socket's buffer arrives whole") {
  ProcessPool pool(options(2), obey);
  std::vector<std::string> tasks;
  for (std::size_t i = 1; i <= 6; ++i) tasks.push_back("length " + std::string(i * 1'000'000, 'x'));
  for (const auto& [task, end] : ends_of(pool, tasks))
    CHECK(end.text == std::to_string(task.size()));
}

TEST_CASE("a pool that is destroyed leaves no process behind") {
  std::vector<pid_t> pids;
  {
    ProcessPool pool(options(3), obey);
    std::set<std::string> names;
    for (const auto& [task, end] : ends_of(pool, numbered("pid", 100))) names.insert(end.text);
    for (const std::string& name : names) pids.push_back(std::stoi(name));
    for (int i = 0; i < 3; ++i) pool.give("sleep");
  }
  CHECK(!pids.empty());
  for (const pid_t pid : pids) CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("what a process does first, it does once") {
  auto num_starts = std::make_shared<int>(0);
  ProcessPool::Options with_start = options(2);
  with_start.on_start = [num_starts] { ++*num_starts; };
  ProcessPool pool(with_start,
                   [num_starts](const std::string&) { return std::to_string(*num_starts); });
  for (const auto& [task, end] : ends_of(pool, numbered("do", 20))) CHECK(end.text == "1");
  CHECK(*num_starts == 0);
}

}  // namespace vitcod::test::process_pool_test
