// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/dense_trace.hpp"

#include <fmt/format.h>

#include <numeric>
#include <optional>
#include <vector>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// All heads share their arrays.
PolarizedMap all_kept(const PolarizedMap& map) {
  std::vector<std::uint32_t> order(map.num_keys);
  std::iota(order.begin(), order.end(), 0U);
  const std::size_t entries = std::size_t{map.num_queries} * map.num_keys;
  PolarizedHead head;
  head.num_denser = map.num_keys;
  head.key_order = std::move(order);
  head.sparser.col_ptr = std::vector<std::uint32_t>{0};
  head.sparser.row_idx = std::vector<std::uint32_t>{};
  head.denser_kept = std::vector<std::uint8_t>(entries, 1);
  head.denser_nnz = entries;
  PolarizedMap dense;
  dense.num_queries = map.num_queries;
  dense.num_keys = map.num_keys;
  dense.heads.assign(map.heads.size(), head);
  return dense;
}

/// Takes encodings and decodings out of a trace, and the tensors that only they read or made.
class AutoEncoderRemoval {
 public:
  explicit AutoEncoderRemoval(Trace& trace)
      : trace_(trace), encoded_by_(trace.tensors.size()), stands_for_(trace.tensors.size()) {
    for (std::size_t i = 0; i < stands_for_.size(); ++i) {
      stands_for_[i] = TensorId{static_cast<std::uint32_t>(i)};
    }
  }

  void run() {
    for (const Operation& operation : trace_.operations) find_operands(operation);
    std::erase_if(trace_.operations, [](const Operation& operation) {
      return std::holds_alternative<HeadMixEncode>(operation.params) ||
             std::holds_alternative<HeadMixDecode>(operation.params);
    });
    for (Operation& operation : trace_.operations) {
      for (std::size_t i = 0; i < operation.inputs.size(); ++i) {
        operation.inputs[i] = operand(operation, i);
      }
    }
    drop_unused_tensors();
  }

 private:
  /// What an encoding is made of stands for what is decoded from it, and takes its name.
  void find_operands(const Operation& operation) {
    if (std::holds_alternative<HeadMixEncode>(operation.params)) {
      encoded_by_[index_of(operation.outputs[0])] = operation.inputs[0];
    } else if (std::holds_alternative<HeadMixDecode>(operation.params)) {
      const std::optional<TensorId> source = encoded_by_[index_of(operation.inputs[0])];
      if (!source) return;
      const TensorId decoded = operation.outputs[0];
      Tensor& tensor = trace_.tensors[index_of(*source)];
      if (tensor.shape != trace_.tensor(decoded).shape) {
        throw InputError(
            fmt::format("operation {}: decodes another shape than was encoded", operation.name));
      }
      std::swap(tensor.name, trace_.tensors[index_of(decoded)].name);
      stands_for_[index_of(decoded)] = *source;
    }
  }

  TensorId operand(const Operation& reader, std::size_t place) const {
    const TensorId input = reader.inputs[place];
    const std::optional<TensorId> source = encoded_by_[index_of(input)];
    if (!source) return stands_for_[index_of(input)];
    // A selection or match does not read a layer's own K, it waits for it.
    const bool only_waits = (std::holds_alternative<ScoreSelect>(reader.params) && place == 2) ||
                            (std::holds_alternative<SimilarityMatch>(reader.params) && place == 1);
    if (only_waits) return *source;
    throw InputError(
        fmt::format("operation {}: reads {}, which is encoded: a dense machine has no auto-encoder",
                    reader.name, trace_.tensor(input).name));
  }

  void drop_unused_tensors() {
    std::vector<bool> is_used(trace_.tensors.size(), false);
    for (const Operation& operation : trace_.operations) {
      for (const TensorId id : operation.inputs) is_used[index_of(id)] = true;
      for (const TensorId id : operation.outputs) is_used[index_of(id)] = true;
    }
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < trace_.tensors.size(); ++i) {
      if (!is_used[i]) continue;
      stands_for_[i] = TensorId{static_cast<std::uint32_t>(tensors.size())};
      tensors.push_back(std::move(trace_.tensors[i]));
    }
    trace_.tensors = std::move(tensors);
    for (Operation& operation : trace_.operations) {
      for (TensorId& id : operation.inputs) id = stands_for_[index_of(id)];
      for (TensorId& id : operation.outputs) id = stands_for_[index_of(id)];
    }
  }

  Trace& trace_;
  std::vector<std::optional<TensorId>> encoded_by_;  ///< of what an encoding made: what it was
  std::vector<TensorId> stands_for_;                 ///< by tensor: the one to read in its place
};

}  // namespace

Trace without_sparsity(const Trace& trace) {
  Trace dense = trace;
  for (PolarizedMap& map : dense.maps) map = all_kept(map);
  dense.restrictions.clear();  // no index is made of another one
  AutoEncoderRemoval(dense).run();
  if (dense.operations.empty() && !trace.operations.empty()) {
    throw InputError("the workload has encodings alone: a dense machine has no auto-encoder");
  }
  return dense;
}

}  // namespace vitcod
