// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/cascade_layers.hpp"

#include <fmt/format.h>

#include <string>
#include <unordered_map>
#include <utility>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kNumberBits = 16;
constexpr std::uint32_t kStreamBits = 16;

using Shape = std::vector<std::uint32_t>;

/// Of (rows, features) or (heads, rows, features).
std::uint32_t rows_of(const Shape& shape) { return shape[shape.size() - 2]; }

[[noreturn]] void refuse(const Operation& operation, const std::string& message) {
  throw InputError(fmt::format("operation {}: {}", operation.name, message));
}

/// Goes through the operations in order; what an operation reads has the rows that are left.
class LayerPruning {
 public:
  LayerPruning(Trace& trace, std::vector<Shape> before, const std::vector<BlockOperations>& blocks,
               const std::vector<BlockKeeps>& keeps, std::uint32_t prefix_tokens)
      : trace_(trace),
        before_(std::move(before)),
        keeps_(keeps),
        prefix_(prefix_tokens),
        effects_(blocks.size()) {
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const Operation& sddmm = trace.operations[blocks[b].sddmm];
      const Operation& spmm = trace.operations[blocks[b].spmm];
      for (const TensorId operand : {sddmm.inputs[0], sddmm.inputs[1], spmm.inputs[1]}) {
        block_reading_[operand] = b;
      }
      block_making_[spmm.outputs[0]] = b;
    }
  }

  std::vector<CascadeEffect> run() {
    std::vector<Operation> operations = std::exchange(trace_.operations, {});
    for (Operation& operation : operations) {
      for (TensorId& input : operation.inputs) {
        const auto gathered = gathered_.find(input);
        if (gathered != gathered_.end()) input = gathered->second;
      }
      trace_.operations.push_back(std::move(operation));
      prune(trace_.operations.back());
    }
    for (Operation& operation : trace_.operations) note_kept(operation);
    return std::move(effects_);
  }

 private:
  Shape& shape(TensorId tensor) { return trace_.tensors[index_of(tensor)].shape; }

  /// May append operations, after which `operation` is no longer valid.
  void prune(Operation& operation) {
    if (auto* norm = std::get_if<LayerNorm>(&operation.params)) {
      norm->tokens = rows_of(shape(operation.inputs[0]));
      shape(operation.outputs[0])[0] = norm->tokens;
    } else if (auto* pool = std::get_if<AveragePool>(&operation.params)) {
      pool->tokens = rows_of(shape(operation.inputs[0]));
    } else if (auto* linear = std::get_if<DenseLinear>(&operation.params)) {
      prune_linear(*linear, operation);
      const auto block = block_making_.find(operation.inputs[0]);
      if (block == block_making_.end()) return;
      note_heads(block->second, operation);
      if (drops_tokens(block->second)) gather(block->second, operation);
    }
  }

  void prune_linear(DenseLinear& linear, const Operation& operation) {
    linear.m = rows_left(linear, operation);
    const Shape& x = shape(operation.inputs[0]);
    Shape& y = shape(operation.outputs[0]);
    if (x.size() == 3) linear.k = x[0] * x[2];
    if (y.size() == 3) linear.n = y[0] * y[2];
    const auto block = block_reading_.find(operation.outputs[0]);
    if (block == block_reading_.end()) {
      y[y.size() - 2] = linear.m;
    } else {
      if (rows_of(y) != linear.m) {
        refuse(operation,
               fmt::format("attention takes {} tokens, of which cascade pruning has left "
                           "{}: a machine that drops tokens cannot bring them back",
                           rows_of(y), linear.m));
      }
      note_heads(block->second, operation);
    }
    if (linear.residual && !linear.window && rows_of(shape(operation.inputs.back())) != linear.m) {
      refuse(operation, "adds a residual of tokens that cascade pruning has dropped");
    }
    shape(operation.inputs[1]) = {linear.k, linear.n};
    shape(operation.inputs[2]) = shape(operation.inputs[3]) = {linear.n};
  }

  std::uint32_t rows_left(const DenseLinear& linear, const Operation& operation) {
    const TensorId x = operation.inputs[0];
    const std::uint32_t all = rows_of(before_[index_of(x)]), left = rows_of(shape(x));
    if (all == left) return linear.m;
    if (linear.window) {
      refuse(operation, "a window over a grid of tokens, of which cascade pruning drops some");
    }
    if (linear.first_row == 0 && linear.m == all) return left;
    const std::uint32_t last = linear.first_row + linear.m;
    if (last > prefix_) {
      refuse(operation, fmt::format("reads token {}, which cascade pruning may drop; "
                                    "cascade_pruning/prefix_tokens of the machine are {}",
                                    last - 1, prefix_));
    }
    return linear.m;
  }

  bool drops_tokens(std::size_t block) const {
    return block + 1 < keeps_.size() && !keeps_[block + 1].begins_cascade &&
           keeps_[block + 1].keys < keeps_[block].keys;
  }

  /// W of a linear layer around `block` shrinks with the choice before it, if that drops heads.
  void note_heads(std::size_t block, const Operation& operation) {
    if (block == 0 || keeps_[block].begins_cascade) return;
    if (keeps_[block].heads == keeps_[block - 1].heads) return;
    effects_[block - 1].weights_of_heads.push_back(operation.inputs[1]);
  }

  /// Appends the gathering of the rows that stay of what the output projection makes.
  void gather(std::size_t block, const Operation& projection) {
    const TensorId stream = projection.outputs[0];
    const std::uint32_t layer = projection.layer, kept = keeps_[block + 1].keys;
    const Tensor rows = trace_.tensor(stream);
    if (rows.bits != kStreamBits) {
      refuse(projection, fmt::format("cascade pruning drops rows of a stream of {} bits; a "
                                     "token_gather takes {}",
                                     rows.bits, kStreamBits));
    }
    const std::string& name = trace_.layers[layer].name;
    const TensorId numbers = add_tensor({name + "/kept", {kept}, kNumberBits}, {kept});
    const TensorId gathered = add_tensor({name + "/gathered", {kept, rows.shape[1]}, kStreamBits},
                                         before_[index_of(stream)]);
    effects_[block].kept = numbers;
    gathered_[stream] = gathered;
    trace_.operations.push_back({name + "/gather",
                                 layer,
                                 TokenGather{rows.shape[0], kept, rows.shape[1], 0},
                                 {stream, numbers},
                                 {gathered}});
  }

  TensorId add_tensor(Tensor tensor, Shape before) {
    trace_.tensors.push_back(std::move(tensor));
    before_.push_back(std::move(before));
    return TensorId{static_cast<std::uint32_t>(trace_.tensors.size() - 1)};
  }

  /// The kept tokens are a result of the attention that they follow from.
  void note_kept(Operation& operation) const {
    if (!std::holds_alternative<Spmm>(operation.params)) return;
    const std::optional<TensorId>& kept = effects_[block_making_.at(operation.outputs[0])].kept;
    if (kept) operation.outputs.push_back(*kept);
  }

  Trace& trace_;
  std::vector<Shape> before_;  ///< by tensor
  const std::vector<BlockKeeps>& keeps_;
  const std::uint32_t prefix_;
  std::vector<CascadeEffect> effects_;
  std::unordered_map<TensorId, std::size_t> block_reading_;  ///< by Q, K and V
  std::unordered_map<TensorId, std::size_t> block_making_;   ///< by the heads' outputs
  std::unordered_map<TensorId, TensorId> gathered_;          ///< what is read in a tensor's place
};

}  // namespace

bool is_around_attention(const OperationParams& params) {
  return std::holds_alternative<DenseLinear>(params) || std::holds_alternative<LayerNorm>(params) ||
         std::holds_alternative<AveragePool>(params);
}

std::vector<CascadeEffect> prune_layers(Trace& trace,
                                        const std::vector<std::vector<std::uint32_t>>& before,
                                        const std::vector<BlockOperations>& blocks,
                                        const std::vector<BlockKeeps>& keeps,
                                        std::uint32_t prefix_tokens) {
  return LayerPruning(trace, before, blocks, keeps, prefix_tokens).run();
}

}  // namespace vitcod
