// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/local_executor.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/driver/sweep/point_message.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {
namespace {

using namespace std::chrono_literals;

// A signal that arrives just before the wait begins is seen when it ends.
constexpr auto kMaxWait = 200ms;
constexpr std::uint64_t kMaxMegabytes = std::uint64_t{1} << 40U;

/// Takes the stack that a simulation needs while there is no limit yet: what a stack cannot grow by
/// is no exception but a crash.
void touch_stack() {
  constexpr std::size_t kBytes = std::size_t{1} << 20U;
  std::array<char, kBytes> stack;
  volatile char* const bytes = stack.data();
  for (std::size_t i = 0; i < kBytes; i += 4096) bytes[kBytes - 1 - i] = 0;
}

/// `shared_bytes`: address space that is not the process's own.
void limit_memory(std::uint64_t megabytes, std::size_t shared_bytes) {
  touch_stack();
  // What the sweep has freed is no memory of the point: a point must not run or fail by it.
  ::malloc_trim(0);
  // Of a limit that no address space reaches, the shift would leave a small one.
  const rlim_t bytes = (std::min(megabytes, kMaxMegabytes) << 20U) + shared_bytes;
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_AS, &limit);
}

ProcessPool::Options pool_options(const SweepConfig& config, std::size_t num_processes,
                                  std::size_t shared_bytes) {
  ProcessPool::Options options;
  options.num_processes = num_processes;
  options.seconds = config.limits.seconds;
  if (const auto megabytes = config.limits.memory_mb) {
    options.on_start = [=] { limit_memory(*megabytes, shared_bytes); };
  }
  return options;
}

/// The work of a process: its runner is a copy, as memory of a forked process is.
std::string answer_to(PointRunner& runner, const std::string& line) {
  const PointTask task = parse_task(line);
  PointAnswer answer;
  try {
    answer.report = task.only_look ? runner.look_up(task.point) : runner.run(task.point);
  } catch (const std::bad_alloc&) {
    throw;  // the process ends of it, and tells so by that
  } catch (const std::exception& error) {
    answer.stop = error.what();
  }
  return to_line(answer);
}

const char* kind_of_loss(TaskEnd::Kind end) {
  switch (end) {
    case TaskEnd::Kind::kTimedOut:
      return "time";
    case TaskEnd::Kind::kNoMemory:
      return "memory";
    default:
      return "crash";
  }
}

}  // namespace

LocalExecutor::LocalExecutor(const SweepConfig& config, const PointResolver& resolver,
                             const ResultStore& store, const PointCount& count,
                             const Options& options)
    : options_(options),
      store_(store),
      runner_(config, resolver, store),
      progress_(count),
      pool_(std::make_unique<ProcessPool>(
          pool_options(config, options.num_processes, runner_.shared_bytes()),
          [this](const std::string& line) { return answer_to(runner_, line); })),
      result_members_(result_members(config)) {}

void LocalExecutor::run(PointSource& points) {
  has_more_ = true;
  while (true) {
    give_tasks(points);
    if (pool_->is_idle()) return;
    for (const TaskEnd& end : pool_->wait(kMaxWait)) take(end);
    progress_.update(totals_);
    stop_if_asked();
  }
}

void LocalExecutor::stop_if_asked() const {
  if (signals_.arrived() == 0) return;
  throw Interrupted(signals_.arrived(),
                    "stopped; what has run is kept, and --resume goes on from there");
}

void LocalExecutor::give_tasks(PointSource& points) {
  while (has_more_ && pool_->wants_task()) {
    auto point = points.next();
    if (!point) {
      has_more_ = false;
      return;
    }
    PointTask task;
    task.ordinal = num_points_++;
    task.only_look = !options_.share || !options_.share->has(task.ordinal);
    if (task.only_look && options_.others == Others::kLeaveOut) continue;
    task.point = std::move(*point);
    pool_->give(to_line(task));
  }
}

void LocalExecutor::take(const TaskEnd& end) {
  const PointTask task = parse_task(end.task);
  PointReport report;
  if (end.kind == TaskEnd::Kind::kAnswered) {
    const PointAnswer answer = parse_answer(end.text);
    if (!answer.stop.empty()) throw InputError(answer.stop);
    report = answer.report;
  } else {
    report = runner_.record_loss(task.point, kind_of_loss(end.kind), end.text);
  }
  if (!report.warning.empty()) progress_.warn(report.warning);
  keys_.record(task.ordinal, task.point.index, report.key);
  totals_.done += report.status == PointReport::Status::kDone ? 1 : 0;
  totals_.failed += report.status == PointReport::Status::kFailed ? 1 : 0;
  totals_.missing += report.status == PointReport::Status::kMissing ? 1 : 0;
  if (report.status == PointReport::Status::kMissing && options_.on_missing) {
    options_.on_missing(task.ordinal);
  }
  totals_.reused += report.is_reused ? 1 : 0;
  totals_.cpu_seconds += report.cpu_seconds;
}

std::optional<PointOutcome> LocalExecutor::outcome_of(const SweepPoint& point) {
  stop_if_asked();
  const auto key = keys_.find(point.index);
  if (!key) return std::nullopt;
  try {
    return store_.load(
        *key, [this](const std::string& member) { return result_members_.contains(member); });
  } catch (const DamagedFile& damaged) {
    progress_.warn(std::string(damaged.what()) + "; the point is missing");
    return std::nullopt;
  }
}

}  // namespace vitcod
