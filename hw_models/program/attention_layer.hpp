// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// One attention block, as the machine sees it: the operations decode Q, decode K, SDDMM, row
/// normaliser and SpMM of a trace, found by their tensors and fused into one schedule.
struct AttentionLayer {
  std::uint32_t layer = 0;   ///< index into Trace::layers
  std::size_t position = 0;  ///< in program order: index of its SpMM in Trace::operations
  std::string name;
  std::uint32_t num_heads = 0;
  std::uint32_t num_queries = 0;
  std::uint32_t num_keys = 0;
  std::uint32_t query_features = 0;    ///< head dimension of Q and K
  std::uint32_t value_features = 0;    ///< head dimension of V and of the output
  std::uint32_t compressed_heads = 0;  ///< heads of Q and K in DRAM; 0: no auto-encoder
  const PolarizedMap* map = nullptr;
  TensorId query{};  ///< as in DRAM: compressed if compressed_heads > 0
  TensorId key{};    ///< likewise
  TensorId value{};
  TensorId output{};
  std::optional<TensorId> query_weights, query_bias, key_weights, key_bias;
};

/// One encoding of Q or K across heads (auto-encoder, encoder side).
struct EncodeLayer {
  std::uint32_t layer = 0;   ///< index into Trace::layers
  std::size_t position = 0;  ///< in program order: index into Trace::operations
  std::string name;          ///< of the operation
  std::uint32_t heads_in = 0;
  std::uint32_t heads_out = 0;
  std::uint32_t num_tokens = 0;
  std::uint32_t features = 0;
  TensorId input{};
  TensorId weights{};
  TensorId bias{};
  TensorId output{};
};

/// What a trace asks of the machine, in program order of each kind.
struct LayerProgram {
  std::vector<AttentionLayer> attention;
  std::vector<EncodeLayer> encode;
};

/// Finds the attention blocks and the encodings of `trace`. Throws InputError that names the first
/// operation that is neither: this machine has no unit for it.
LayerProgram find_layers(const Trace& trace);

}  // namespace vitcod
