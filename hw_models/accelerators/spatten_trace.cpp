// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/spatten_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>

#include "hw_models/accelerators/cascade_layers.hpp"
#include "hw_models/accelerators/cascade_schedule.hpp"
#include "hw_models/accelerators/dense_trace.hpp"
#include "hw_models/accelerators/reference_cascade.hpp"
#include "hw_models/accelerators/reference_linear.hpp"
#include "hw_models/accelerators/reference_tokens.hpp"
#include "hw_models/accelerators/trace_values.hpp"
#include "hw_models/query_key_array/low_bits.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// Entries that the vitcod machine computes of a map.
std::uint64_t computed_entries(const PolarizedMap& map) {
  std::uint64_t entries = 0;
  for (const PolarizedHead& head : map.heads) {
    entries += std::uint64_t{head.num_denser} * map.num_queries + head.sparser.nnz();
  }
  return entries;
}

bool is_attention(const OperationParams& params) {
  return std::holds_alternative<Sddmm>(params) || std::holds_alternative<RowNormalise>(params) ||
         std::holds_alternative<Spmm>(params);
}

void require_known_operations(const Trace& trace) {
  for (const Operation& operation : trace.operations) {
    if (is_attention(operation.params) || is_around_attention(operation.params)) continue;
    throw InputError(fmt::format(
        "operation {} ({}): a spatten machine runs softmax attention, linear layers, layer norms "
        "and average pools, and drops tokens by itself",
        operation.name, kind_name(operation.params)));
  }
}

std::vector<BlockOperations> find_blocks(const Trace& trace) {
  std::vector<BlockOperations> blocks;
  std::vector<std::size_t> maker(trace.tensors.size(), trace.operations.size());
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    const Operation& operation = trace.operations[i];
    for (const TensorId output : operation.outputs) {
      maker[static_cast<std::size_t>(output)] = i;
    }
    if (!std::holds_alternative<Spmm>(operation.params)) continue;
    const std::size_t normalise = maker[static_cast<std::size_t>(operation.inputs[0])];
    const TensorId scores = trace.operations.at(normalise).inputs[0];
    blocks.push_back({maker[static_cast<std::size_t>(scores)], normalise, i});
  }
  return blocks;
}

std::vector<std::uint32_t> all_of(std::uint32_t num) {
  std::vector<std::uint32_t> numbers(num);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

template <typename T>
void keep_of(std::vector<T>& values, const std::vector<std::uint32_t>& kept) {
  for (std::size_t i = 0; i < kept.size(); ++i) values[i] = values[kept[i]];
  values.resize(kept.size());
}

/// The map of a head whose rows keep the entries of `kept`, all of them in the sparser part.
PolarizedHead head_map(const KeptMap& kept) {
  PolarizedHead head;
  head.key_order = all_of(kept.num_keys());
  std::vector<std::vector<std::uint32_t>> columns(kept.num_keys());
  for (std::uint32_t query = 0; query < kept.num_queries(); ++query) {
    kept.for_each_kept(query, [&](std::uint32_t key) { columns[key].push_back(query); });
  }
  std::vector<std::uint32_t> starts{0};
  std::vector<std::uint32_t> rows;
  for (const auto& column : columns) {
    rows.insert(rows.end(), column.begin(), column.end());
    starts.push_back(static_cast<std::uint32_t>(rows.size()));
  }
  head.sparser.col_ptr = std::move(starts);
  head.sparser.row_idx = std::move(rows);
  head.denser_kept = std::vector<std::uint8_t>{};
  return head;
}

/// Makes the choices of a trace whose tensors have their sizes, block by block.
class CascadeTrace {
 public:
  CascadeTrace(const Trace& trace, const CascadePruningConfig& pruning,
               const CascadeHardware& hardware)
      : pruning_(pruning), hardware_(hardware) {
    result_.trace = without_sparsity(trace);
    require_known_operations(result_.trace);
    operations_ = find_blocks(result_.trace);
    find_sizes(trace);
    keeps_ = cascade_schedule(sizes_, pruning);
    std::vector<std::vector<std::uint32_t>> before;
    for (const Tensor& tensor : result_.trace.tensors) before.push_back(tensor.shape);
    resize_tensors();
    effects_ = prune_layers(result_.trace, before, operations_, keeps_, pruning.prefix_tokens);
    operations_ = find_blocks(result_.trace);
    if (hardware.low_bits.has_any()) add_low_bits();
  }

  SpattenTrace run() {
    std::vector<PolarizedMap> maps;
    for (std::size_t i = 0; i < result_.trace.operations.size(); ++i) {
      const std::size_t b = maps.size();
      if (b == operations_.size()) break;
      if (i != operations_[b].spmm) {
        compute_layer(result_.trace.operations[i]);
        continue;
      }
      begin(b);
      maps.push_back(compute(b));
      choose_next(b);
    }
    result_.trace.maps = std::move(maps);
    return std::move(result_);
  }

 private:
  void find_sizes(const Trace& workload) {
    for (const BlockOperations& block : operations_) {
      const auto& sddmm = std::get<Sddmm>(result_.trace.operations[block.sddmm].params);
      const auto& spmm = std::get<Spmm>(result_.trace.operations[block.spmm].params);
      const PolarizedMap& map = workload.map(sddmm.map);
      BlockSizes sizes{static_cast<std::uint32_t>(map.heads.size()),
                       map.num_queries,
                       map.num_keys,
                       sddmm.features,
                       spmm.features,
                       0};
      sizes.macs_asked = computed_entries(map) * (std::uint64_t{sddmm.features} + spmm.features);
      sizes_.push_back(sizes);
    }
  }

  Tensor& tensor(TensorId id) { return result_.trace.tensors[index_of(id)]; }

  /// Also gives each block a map of its own.
  void resize_tensors() {
    for (std::size_t b = 0; b < operations_.size(); ++b) {
      const BlockKeeps& keep = keeps_[b];
      const BlockSizes& size = sizes_[b];
      Operation& sddmm = result_.trace.operations[operations_[b].sddmm];
      Operation& normalise = result_.trace.operations[operations_[b].normalise];
      Operation& spmm = result_.trace.operations[operations_[b].spmm];
      tensor(sddmm.inputs[0]).shape = {keep.heads, keep.queries, size.query_features};
      tensor(sddmm.inputs[1]).shape = {keep.heads, keep.keys, size.query_features};
      tensor(spmm.inputs[1]).shape = {keep.heads, keep.keys, size.value_features};
      tensor(sddmm.outputs[0]).shape = {keep.heads, keep.queries, keep.keys};
      tensor(normalise.outputs[0]).shape = {keep.heads, keep.queries, keep.keys};
      tensor(spmm.outputs[0]).shape = {keep.heads, keep.queries, size.value_features};
      const MapId map{static_cast<std::uint32_t>(b)};
      std::get<Sddmm>(sddmm.params).map = map;
      std::get<RowNormalise>(normalise.params).map = map;
      std::get<Spmm>(spmm.params).map = map;
    }
  }

  /// Two elements a byte, of the tensor with the higher bits.
  TensorId low_tensor(TensorId high) {
    Tensor low = tensor(high);
    for (const Operation& operation : result_.trace.operations) {
      if (operation.outputs[0] != high) continue;
      throw InputError(
          fmt::format("tensor {}: {} makes no bits below the eight; low_bits of the "
                      "machine must be \"none\" for whole models",
                      low.name, operation.name));
    }
    if (low.shape.back() % kElementsALowByte != 0) {
      throw InputError(fmt::format("tensor {}: {} features; low bits of two of them lie in a byte",
                                   low.name, low.shape.back()));
    }
    low.name += "_low";
    low.shape.back() /= kElementsALowByte;
    result_.trace.tensors.push_back(std::move(low));
    return TensorId{static_cast<std::uint32_t>(result_.trace.tensors.size() - 1)};
  }

  void add_low_bits() {
    for (const BlockOperations& block : operations_) {
      Operation& sddmm = result_.trace.operations[block.sddmm];
      Operation& spmm = result_.trace.operations[block.spmm];
      for (const std::size_t input : {0, 1}) {
        sddmm.inputs.push_back(low_tensor(sddmm.inputs[input]));
      }
      spmm.inputs.push_back(low_tensor(spmm.inputs[1]));
    }
  }

  /// What lies around attention.
  void compute_layer(const Operation& operation) {
    if (std::holds_alternative<DenseLinear>(operation.params)) {
      reference_linear(result_.trace, operation, image_);
    } else if (std::holds_alternative<LayerNorm>(operation.params)) {
      reference_layer_norm(result_.trace, operation, image_);
    } else if (std::holds_alternative<AveragePool>(operation.params)) {
      reference_average_pool(operation, image_);
    } else if (std::holds_alternative<TokenGather>(operation.params)) {
      reference_token_gather(operation, image_);
    }
  }

  /// The low bits that an operation of attention reads, if there are any.
  std::span<const std::int8_t> low_values(const Operation& operation, std::size_t input) {
    if (operation.inputs.size() <= input) return {};
    return image_.operand(operation.inputs[input]);
  }

  /// Tokens, heads and importances that the block begins with.
  void begin(std::size_t b) {
    CascadeBlock block;
    block.begins_cascade = keeps_[b].begins_cascade;
    if (block.begins_cascade) {
      block.tokens = all_of(keeps_[b].keys);
      block.heads = all_of(keeps_[b].heads);
      importance_.restart(keeps_[b].keys, keeps_[b].heads);
    } else {
      const CascadeBlock& before = result_.blocks.back();
      block.tokens = before.tokens;
      block.heads = before.heads;
      keep_of(block.tokens, before.choice.tokens);
      keep_of(block.heads, before.choice.heads);
    }
    result_.blocks.push_back(std::move(block));
  }

  /// Rows of V, and what the block adds to the importances.
  PolarizedMap compute(std::size_t b) {
    const BlockKeeps& keep = keeps_[b];
    const Operation& sddmm = result_.trace.operations[operations_[b].sddmm];
    const Operation& spmm = result_.trace.operations[operations_[b].spmm];
    const PairReference reference = reference_pairs(
        {keep.heads, keep.queries, keep.keys, sizes_[b].query_features, sizes_[b].value_features,
         keep.values, hardware_.operand_fraction_bits, hardware_.low_bits},
        {image_.operand(sddmm.inputs[0]), image_.operand(sddmm.inputs[1]),
         image_.operand(spmm.inputs[1]), low_values(sddmm, 2), low_values(sddmm, 3),
         low_values(spmm, 2)});
    image_.set_output(spmm.outputs[0], reference.outputs);
    for (std::size_t i = 0; i < importance_.tokens.size(); ++i) {
      importance_.tokens[i] += reference.token_importance[i];
    }
    for (std::size_t i = 0; i < importance_.heads.size(); ++i) {
      importance_.heads[i] += reference.head_importance[i];
    }
    auto values = std::make_shared<ValueChoice>(value_choice(keep, reference));
    PolarizedMap map;
    map.num_queries = keep.queries;
    map.num_keys = keep.keys;
    for (const KeptMap& head : values->kept) map.heads.push_back(head_map(head));
    result_.blocks.back().values = std::move(values);
    return map;
  }

  ValueChoice value_choice(const BlockKeeps& keep, const PairReference& reference) const {
    ValueChoice choice;
    choice.kept.assign(keep.heads, KeptMap(keep.queries, keep.keys));
    choice.is_flat = reference.is_flat;
    for (std::size_t row = 0; row < std::size_t{keep.heads} * keep.queries; ++row) {
      KeptMap& map = choice.kept[row / keep.queries];
      const auto query = static_cast<std::uint32_t>(row % keep.queries);
      for (std::uint32_t i = 0; i < keep.values; ++i) {
        map.set(query, reference.kept_values[row * keep.values + i], true);
      }
      const auto weights = reference.weights.begin() + std::ptrdiff_t(row * keep.keys);
      const std::vector<std::uint64_t> entries(weights, weights + keep.keys);
      choice.searches.push_back(search_of(entries, keep.values));
    }
    return choice;
  }

  SearchWork search_of(std::span<const std::uint64_t> values, std::uint32_t k) const {
    return hardware_.top_k.work(quick_select(values, k), values.size());
  }

  /// What the next block, of the same cascade, has left.
  void choose_next(std::size_t b) {
    if (b + 1 == keeps_.size() || keeps_[b + 1].begins_cascade) return;
    const std::uint32_t num_tokens = keeps_[b].keys;
    const std::uint32_t prefix = std::min(pruning_.prefix_tokens, num_tokens);
    const std::span<const std::uint64_t> tokens =
        std::span<const std::uint64_t>(importance_.tokens).subspan(prefix);
    const std::span<const std::uint64_t> heads(importance_.heads);
    const std::uint32_t more = keeps_[b + 1].keys - prefix;
    CascadeChoice& choice = result_.blocks.back().choice;
    choice.num_tokens = num_tokens;
    choice.num_heads = keeps_[b].heads;
    choice.prefix_tokens = prefix;
    choice.tokens = all_of(prefix);
    for (const std::uint32_t place : reference_top_k(tokens, more)) {
      choice.tokens.push_back(prefix + place);
    }
    choice.heads = reference_top_k(heads, keeps_[b + 1].heads);
    choice.search = search_of(tokens, more);
    choice.search += search_of(heads, keeps_[b + 1].heads);
    keep_of(importance_.tokens, choice.tokens);
    keep_of(importance_.heads, choice.heads);
    result_.blocks.back().kept = effects_[b].kept;
    result_.blocks.back().weights_of_heads = effects_[b].weights_of_heads;
    if (!effects_[b].kept) return;
    image_.set_output(*effects_[b].kept,
                      std::vector<std::int16_t>(choice.tokens.begin(), choice.tokens.end()));
  }

  const CascadePruningConfig& pruning_;
  const CascadeHardware& hardware_;
  SpattenTrace result_;
  std::vector<BlockOperations> operations_;
  std::vector<BlockSizes> sizes_;
  std::vector<BlockKeeps> keeps_;
  std::vector<CascadeEffect> effects_;  ///< by block
  Importance importance_;
  OperandImage image_{*source_of(result_.trace, true)};  ///< what was computed up to here
};

}  // namespace

SpattenTrace spatten_trace(const Trace& trace, const CascadePruningConfig& pruning,
                           const CascadeHardware& hardware) {
  return CascadeTrace(trace, pruning, hardware).run();
}

}  // namespace vitcod
