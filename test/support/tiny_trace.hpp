// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/target.hpp"
#include "test/support/tiny_layer.hpp"
#include "workloads/trace.hpp"

namespace vitcod::test {

/// A tiny layer with its tensors in a trace, each from a 4 KiB boundary of DRAM. Q, K and V are
/// used as they are, or Q and K in compressed form.
class TinyTrace {
 public:
  TinyTrace(const std::vector<TinyHead>& heads, std::uint32_t query_features,
            std::uint32_t value_features, std::uint32_t compressed_heads = 0)
      : tiny(heads, query_features, value_features) {
    AttentionLayer& layer = tiny.layer;
    layer.compressed_heads = compressed_heads;
    const std::uint32_t stored = compressed_heads > 0 ? compressed_heads : layer.num_heads;
    layer.query = add("q", {stored, layer.num_queries, query_features}, 8);
    layer.key = add("k", {stored, layer.num_keys, query_features}, 8);
    layer.value = add("v", {layer.num_heads, layer.num_keys, value_features}, 8);
    layer.output = add("out", {layer.num_heads, layer.num_queries, value_features}, 8);
    if (compressed_heads == 0) return;
    layer.query_weights = add("wq", {compressed_heads, layer.num_heads}, 8);
    layer.query_bias = add("bq", {layer.num_heads}, 32);
    layer.key_weights = add("wk", {compressed_heads, layer.num_heads}, 8);
    layer.key_bias = add("bk", {layer.num_heads}, 32);
  }

  TinyLayer tiny;
  Trace trace;

 private:
  TensorId add(const std::string& name, std::vector<std::uint32_t> shape, std::uint32_t bits) {
    Tensor tensor;
    tensor.name = name;
    tensor.shape = std::move(shape);
    tensor.bits = bits;
    trace.tensors.push_back(std::move(tensor));
    return static_cast<TensorId>(trace.tensors.size() - 1);
  }
};

/// Wiring for programs of tests. The crossbar's outputs: both engines, the output buffer, the
/// encoder, both ports of linear layers, the layer norm; the DMA's buffers: weights, inputs.
/// Packets of 64 bytes.
inline Target tiny_target() {
  Target target;
  target.input_pool = PoolId{0};
  target.output_pool = PoolId{1};
  target.index_pool = PoolId{2};
  target.weight_pool = PoolId{3};
  target.engines = {UnitId{0}, UnitId{1}};
  target.normaliser = UnitId{2};
  target.gemm_array = UnitId{3};
  target.gemm_drain = UnitId{4};
  target.engine_outputs = {1, 2};
  target.results_output = 4;
  target.encoder_output = 8;
  target.gemm_input_output = 16;
  target.gemm_weight_output = 32;
  target.norm_output = 64;
  target.weight_buffer = 0;
  target.input_buffer = 1;
  target.packet_bytes = 64;
  target.prefetch_tiles = 2;
  target.sddmm = PhaseId{2};
  target.merge = PhaseId{3};
  target.wait_values = PhaseId{4};
  target.spmm = PhaseId{5};
  target.encode = PhaseId{6};
  target.gemm = PhaseId{7};
  target.layer_norm = PhaseId{8};
  return target;
}

}  // namespace vitcod::test
