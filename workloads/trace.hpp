// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "workloads/attention_map.hpp"

namespace vitcod {

/// Index types of a trace's tables: the wrong index does not compile.
enum class TensorId : std::uint32_t {};
enum class MapId : std::uint32_t {};

/// A tensor of the workload. Layout is row-major over `shape`; Q, K, V and outputs of attention are
/// (heads, tokens, features), so one head's rows are contiguous. A tensor that no operation
/// produces is in DRAM from the start of the run.
struct Tensor {
  std::string name;                  ///< unique, e.g. "layer3/q"
  std::vector<std::uint32_t> shape;  ///< at least one dimension, all at least 1
  std::uint32_t bits = 8;            ///< width of an element

  std::uint64_t num_elements() const {
    std::uint64_t product = 1;
    for (std::uint32_t extent : shape) product *= extent;
    return product;
  }
  std::uint64_t bytes() const { return (num_elements() * bits + 7) / 8; }

  bool operator==(const Tensor&) const = default;
};

/// How products are formed (ShiftAddViT has shifts and adds; everything else multiplies).
enum class Primitive { kMultiply, kShift, kAdd };

// One struct an operation kind: the vocabulary of whole models, token dropping and the other
// systems of this field. `inputs` and `outputs` of the operation name the tensors, in the order
// that each comment gives.

/// outputs[0] (m, n) = inputs[0] (m, k) x inputs[1] (k, n)
struct DenseLinear {
  std::uint32_t m, k, n;
  Primitive primitive = Primitive::kMultiply;
  bool operator==(const DenseLinear&) const = default;
};
/// Auto-encoder, encoder side: outputs[0] (heads_out, tokens, features) from inputs[0]
/// (heads_in, tokens, features) by a linear map across heads; inputs[1] holds the weights
/// (heads_in, heads_out) and inputs[2] the biases (heads_out).
struct HeadMixEncode {
  std::uint32_t heads_in, heads_out, tokens, features;
  bool operator==(const HeadMixEncode&) const = default;
};
/// Auto-encoder, decoder side: as HeadMixEncode, with heads_out >= heads_in as a rule.
struct HeadMixDecode {
  std::uint32_t heads_in, heads_out, tokens, features;
  bool operator==(const HeadMixDecode&) const = default;
};
/// outputs[0] scores = kept entries of inputs[0] Q (heads, queries, features) x
/// inputs[1] K (heads, keys, features) transposed.
struct Sddmm {
  MapId map;
  std::uint32_t features;
  bool operator==(const Sddmm&) const = default;
};
/// Softmax over the kept entries of each row: outputs[0] from inputs[0].
struct RowNormalise {
  MapId map;
  bool operator==(const RowNormalise&) const = default;
};
/// Element-wise score function without row state (sigmoid attention): sigmoid(x + bias).
struct ScoreElementwise {
  MapId map;
  double bias;
  bool operator==(const ScoreElementwise&) const = default;
};
/// outputs[0] (heads, queries, features) = inputs[0] scores x inputs[1] V (heads, keys, features)
struct Spmm {
  MapId map;
  std::uint32_t features;
  bool operator==(const Spmm&) const = default;
};
/// Token scoring and selection. source: "cls_row", "column_mean" or "predictor"; rule: "top_k" or
/// "threshold".
struct ScoreSelect {
  std::string source, rule;
  std::uint32_t tokens_in, tokens_out;
  double threshold;
  bool operator==(const ScoreSelect&) const = default;
};
/// Weighted sum of dropped tokens appended as one token (EViT, SPViT).
struct TokenFuse {
  std::uint32_t tokens_in, tokens_out, features;
  bool operator==(const TokenFuse&) const = default;
};
/// Bipartite cosine matching and merging of `merged` token pairs (ToMe).
struct SimilarityMatch {
  std::uint32_t tokens, merged, features;
  bool operator==(const SimilarityMatch&) const = default;
};
/// One level of a learnable 2D lifting scheme over `regions` regions (IRET).
struct LiftingStep {
  std::uint32_t level, regions, taps, channels;
  bool operator==(const LiftingStep&) const = default;
};
/// `coefficients` new samples of each kept token projected to features_out - features_in channels.
struct EmbeddingGrowth {
  std::uint32_t tokens, features_in, features_out, coefficients;
  bool operator==(const EmbeddingGrowth&) const = default;
};
/// K^T V, then Q (K^T V), per head (ViTTM read and write, ShiftAddViT).
struct LinearAttention {
  std::uint32_t heads, queries, keys, features_k, features_v;
  Primitive primitive = Primitive::kMultiply;
  bool operator==(const LinearAttention&) const = default;
};
/// Accumulation of rows enabled by a {0,1} code of `code_bits` bits (ShiftAddViT).
struct MatAdd {
  std::uint32_t rows, code_bits, features;
  bool operator==(const MatAdd&) const = default;
};
/// Top-1 router over two experts: `tokens_first` tokens go to the first one.
struct RouterSplit {
  std::uint32_t tokens, tokens_first, features;
  bool operator==(const RouterSplit&) const = default;
};
/// Distribution of a token budget over image partitions (HiRED).
struct PartitionBudget {
  std::uint32_t partitions, tokens_per_partition, budget;
  double alpha;
  bool operator==(const PartitionBudget&) const = default;
};

using OperationParams =
    std::variant<DenseLinear, HeadMixEncode, HeadMixDecode, Sddmm, RowNormalise, ScoreElementwise,
                 Spmm, ScoreSelect, TokenFuse, SimilarityMatch, LiftingStep, EmbeddingGrowth,
                 LinearAttention, MatAdd, RouterSplit, PartitionBudget>;

/// One step of the workload. Order in the trace is program order; an operation may start once the
/// operations that produce its inputs have finished.
struct Operation {
  std::string name;     ///< unique, e.g. "layer3/sddmm"
  std::uint32_t layer;  ///< the layer whose figures it belongs to: an index into Trace::layers
  OperationParams params;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  bool operator==(const Operation&) const = default;
};

/// The kind's name in trace.json, e.g. "sddmm", "head_mix_decode", "dense_linear".
const char* kind_name(const OperationParams& params);

/// A layer in reports: one attention block of the model (LeViT's subsample blocks are layers too).
struct Layer {
  std::string name;  ///< unique, e.g. "layer3" or "stage0/2"
  bool operator==(const Layer&) const = default;
};

/// What a machine runs: tensors, polarized maps and operations in program order.
struct Trace {
  std::string name;        ///< of the workload, for reports
  std::string provenance;  ///< JSON text: the resolved specification this was made from, input
                           ///< files by base name and SHA-256
  std::uint64_t value_seed = 0;  ///< seed of the operands' values (see workloads/values.hpp)
  std::vector<Layer> layers;
  std::vector<Tensor> tensors;
  std::vector<PolarizedMap> maps;
  std::vector<Operation> operations;

  const Tensor& tensor(TensorId id) const { return tensors[static_cast<std::uint32_t>(id)]; }
  const PolarizedMap& map(MapId id) const { return maps[static_cast<std::uint32_t>(id)]; }

  bool operator==(const Trace&) const = default;
};

}  // namespace vitcod
