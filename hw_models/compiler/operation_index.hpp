// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// Follows the tensors of a trace back to the operations that produce them, and keeps count of the
/// operations that some kind of work has taken.
class OperationIndex {
 public:
  explicit OperationIndex(const Trace& trace);

  const Trace& trace() const { return trace_; }
  const Operation& operation(std::size_t index) const { return trace_.operations[index]; }
  bool is_taken(std::size_t index) const { return taken_[index]; }
  void take(std::size_t index) { taken_[index] = true; }

  /// The operation that produces `tensor` if it is a `Params`, which is then taken; else null.
  template <typename Params>
  const Operation* take_producer(TensorId tensor) {
    const auto found = producer_.find(tensor);
    if (found == producer_.end()) return nullptr;
    const Operation& operation = trace_.operations[found->second];
    if (!std::holds_alternative<Params>(operation.params)) return nullptr;
    taken_[found->second] = true;
    return &operation;
  }

  /// InputError if `operand` is made by an operation whose results do not lie in DRAM.
  void require_in_dram(const Operation& reader, TensorId operand) const;

  /// InputError that names the first operation that nothing has taken. `known`: what the machine
  /// runs, in words.
  void require_all_taken(std::string_view known) const;

 private:
  const Trace& trace_;
  std::vector<bool> taken_;
  std::unordered_map<TensorId, std::size_t> producer_;
};

/// Throws InputError: "operation NAME: MESSAGE".
[[noreturn]] void fail(const Operation& operation, const std::string& message);

}  // namespace vitcod
