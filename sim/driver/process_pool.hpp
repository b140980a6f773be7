// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitcod {

/// How a task of a pool ended.
struct TaskEnd {
  enum class Kind {
    kAnswered,  ///< `text` is the answer
    kDied,      ///< its process died of it; `text` says how
    kTimedOut,  ///< its process was ended at the time limit; `text` says so
    kNoMemory,  ///< its process got no more memory
  };
  std::string task;
  Kind kind = Kind::kAnswered;
  std::string text;
};

/// Processes that do tasks one after the other: a simulation cannot share its process with another
/// that runs at the same time, and what one breaks the others do not notice. A process is started
/// when it gets its first task, and replaced when it dies. One that has short tasks holds one more
/// ahead, so that it never waits for the next. Tasks and answers are texts of one line.
class ProcessPool {
 public:
  /// Runs in the processes. It must not throw, but for std::bad_alloc: there may be no memory left
  /// for an answer.
  using Work = std::function<std::string(const std::string& task)>;

  struct Options {
    std::size_t num_processes = 1;
    std::optional<double> seconds;   ///< a task may take at most so long
    std::function<void()> on_start;  ///< runs first in each process
  };

  ProcessPool(Options options, Work work);
  /// Ends all processes, whatever they are doing.
  ~ProcessPool();
  ProcessPool(const ProcessPool&) = delete;
  ProcessPool& operator=(const ProcessPool&) = delete;

  /// True if a task given now would start at once or be the next of a process.
  bool wants_task() const;
  /// Throws InputError if the system refuses another process.
  void give(std::string task);
  /// True if no task is under way.
  bool is_idle() const;
  /// Tasks that have ended since the last call, in order of their ends; returns at the first, after
  /// `at_most`, or when a signal arrives.
  std::vector<TaskEnd> wait(std::chrono::milliseconds at_most);

 private:
  class Process;

  void share_out();
  void end_overdue();
  std::chrono::milliseconds until_deadline(std::chrono::milliseconds at_most) const;

  const Options options_;
  const Work work_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::deque<std::string> waiting_;  ///< given, and with no process
};

}  // namespace vitcod
