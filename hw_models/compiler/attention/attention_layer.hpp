// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hw_models/compiler/operation_index.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Of a block whose map is restricted to kept tokens: what of its index lies in DRAM, made offline.
struct RestrictedIndex {
  const PolarizedMap* source = nullptr;  ///< the map of all tokens
  TensorId origins{};                    ///< numbers that the kept tokens have there
};

/// One attention block, as the machine sees it: the operations decode Q, decode K, SDDMM, row
/// normaliser and SpMM of a trace, found by their tensors and fused into one schedule.
struct AttentionLayer {
  std::uint32_t layer = 0;  ///< index into Trace::layers
  std::string name;
  std::uint32_t num_heads = 0;
  std::uint32_t num_queries = 0;
  std::uint32_t num_keys = 0;
  std::uint32_t query_features = 0;    ///< head dimension of Q and K
  std::uint32_t value_features = 0;    ///< head dimension of V and of the output
  std::uint32_t compressed_heads = 0;  ///< heads of Q and K in DRAM; 0: no auto-encoder
  const PolarizedMap* map = nullptr;
  std::shared_ptr<const PolarizedMap> cut_map = {};  ///< `map`, if the trace left it to be cut
  std::optional<RestrictedIndex> restricted = {};
  const MapPrediction* prediction = nullptr;  ///< of a map that is predicted in the run
  std::optional<double> sigmoid_bias = {};    ///< of sigmoid attention; none: softmax
  TensorId query{};                           ///< as in DRAM: compressed if compressed_heads > 0
  TensorId key{};                             ///< likewise
  TensorId value{};
  TensorId output{};
  /// Bits below those of Q, K and V: inputs 2 and 3 of the sddmm and 2 of the spmm, if there are
  /// any.
  std::optional<TensorId> query_low = {}, key_low = {}, value_low = {};
  /// Numbers of the tokens that stay behind it, of cascade pruning: output 1 of the spmm, if there
  /// is one.
  std::optional<TensorId> kept = {};
  std::optional<TensorId> query_weights, query_bias, key_weights, key_bias;
};

/// The attention block that ends with operation `spmm` of the trace; takes its operations. Throws
/// InputError if they do not fit together.
AttentionLayer find_attention(OperationIndex& index, std::size_t spmm);

}  // namespace vitcod
