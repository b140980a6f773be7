// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/golden/run_in_processes.hpp"

#include <algorithm>
#include <new>
#include <string_view>

#include "sim/base/errors.hpp"
#include "sim/driver/process_pool.hpp"

namespace vitcod {
namespace {

// First byte of an answer: what the rest is.
constexpr char kText = 't';
constexpr char kInputError = 'i';
constexpr char kModelError = 'm';
constexpr char kDeadlockError = 'd';

// An error may have several lines (who waits for whom), an answer has one.
constexpr char kLineBreak = '\x1e';

std::string answer_to(std::size_t item, const std::function<std::string(std::size_t)>& work) {
  std::string answer;
  try {
    return kText + work(item);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const InputError& error) {
    answer = kInputError + std::string(error.what());
  } catch (const DeadlockError& error) {
    answer = kDeadlockError + std::string(error.what());
  } catch (const std::exception& error) {
    answer = kModelError + std::string(error.what());
  }
  std::replace(answer.begin(), answer.end(), '\n', kLineBreak);
  return answer;
}

/// The text of an answer, or its error as an exception.
std::string text_of(const TaskEnd& end) {
  if (end.kind == TaskEnd::Kind::kNoMemory) throw InputError("a simulation " + end.text);
  if (end.kind != TaskEnd::Kind::kAnswered) {
    throw ModelError("a simulation's process ended: " + end.text);
  }
  std::string text = end.text.substr(1);
  if (end.text.front() == kText) return text;
  std::replace(text.begin(), text.end(), kLineBreak, '\n');
  if (end.text.front() == kInputError) throw InputError(text);
  if (end.text.front() == kDeadlockError) throw DeadlockError(text);
  throw ModelError(text);
}

}  // namespace

std::vector<std::string> run_in_processes(std::size_t num_items, std::size_t num_processes,
                                          const std::function<std::string(std::size_t)>& work) {
  ProcessPool::Options options;
  options.num_processes = num_processes;
  ProcessPool pool(options,
                   [&work](const std::string& item) { return answer_to(std::stoul(item), work); });
  std::vector<TaskEnd> ends(num_items);
  std::size_t next = 0;
  while (next < num_items || !pool.is_idle()) {
    while (next < num_items && pool.wants_task()) pool.give(std::to_string(next++));
    for (TaskEnd& end : pool.wait(std::chrono::seconds(1))) {
      const std::size_t item = std::stoul(end.task);
      ends[item] = std::move(end);
    }
  }
  std::vector<std::string> texts;
  texts.reserve(num_items);
  for (const TaskEnd& end : ends) texts.push_back(text_of(end));
  return texts;
}

}  // namespace vitcod
