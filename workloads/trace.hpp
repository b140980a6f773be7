// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/attention_map.hpp"
#include "workloads/operation_params.hpp"

namespace vitcod {

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

/// A layer in reports: one attention block of the model with what belongs to it (LeViT's subsample
/// blocks are layers too); in a whole model "embed" and "head" stand before and after the blocks.
struct Layer {
  std::string name;  ///< unique, e.g. "layer3" or "stage0/2"
  bool operator==(const Layer&) const = default;
};

/// A map that is another one restricted to kept tokens, queries and keys both. The order of keys
/// and the denser columns that are left stay as they are in the source, which is made offline: who
/// is kept is known only in the run.
struct MapRestriction {
  MapId map, source;
  std::vector<std::uint32_t> origins;  ///< token numbers of the source, ascending
  bool operator==(const MapRestriction&) const = default;
};

/// A map that is predicted in the run, from Q and K of 8 bits: see mask_prediction.hpp. Their
/// values follow from the trace's token seed and from `source`, the map that they are made around
/// (dynamic_masks.hpp), so that the map is true for all values of the network. In a whole model
/// they stand for the Q and K that are computed there, and no operation reads them.
struct MapPrediction {
  MapId map, source;
  TensorId query, key;      ///< (heads, tokens, features)
  std::uint32_t threshold;  ///< least share of a row's attention that is kept, 16 fraction bits
  bool operator==(const MapPrediction&) const = default;
};

/// What a machine runs: tensors, polarized maps and operations in program order.
struct Trace {
  std::string name;        ///< of the workload, for reports
  std::string provenance;  ///< JSON text: the resolved specification this was made from, input
                           ///< files by base name and SHA-256
  std::uint64_t value_seed = 0;  ///< seed of the operands' values (see workloads/values.hpp)
  std::uint64_t token_seed = 0;  ///< seed of the values that tokens are selected by, and exits
                                 ///< taken (workloads/token_values.hpp)
  std::vector<Layer> layers;
  std::vector<Tensor> tensors;
  std::vector<PolarizedMap> maps;
  /// By map, ascending. Both maps are in `maps`: the source as its index lies in DRAM, the
  /// restricted one as the engines work on it.
  std::vector<MapRestriction> restrictions;
  std::vector<MapPrediction> predictions;  ///< by map, ascending
  std::vector<Operation> operations;

  const Tensor& tensor(TensorId id) const { return tensors[static_cast<std::uint32_t>(id)]; }
  const PolarizedMap& map(MapId id) const { return maps[static_cast<std::uint32_t>(id)]; }

  bool operator==(const Trace&) const = default;
};

}  // namespace vitcod
