// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "sim/base/errors.hpp"
#include "workloads/trace.hpp"
#include "workloads/trace_check.hpp"

namespace vitcod::test {

/// A trace of one linear attention: tensors q, k, v, inner_words, words (without normaliser),
/// residual, o, a and z (with normaliser).
inline Trace linear_attention_trace(const LinearAttention& attention,
                                    std::uint32_t residual_bits = 16) {
  Trace trace;
  trace.value_seed = 7;
  trace.layers = {{"layer"}};
  Operation operation{"attention", 0, attention, {}, {}};
  const auto tensor = [&trace](const char* name, std::vector<std::uint32_t> shape,
                               std::uint32_t bits) {
    trace.tensors.push_back({name, std::move(shape), bits});
    return TensorId{static_cast<std::uint32_t>(trace.tensors.size() - 1)};
  };
  const std::uint32_t heads = attention.heads, queries = attention.queries, keys = attention.keys;
  const std::uint32_t width = attention.features_k, values = attention.features_v;
  const std::uint32_t key_bits = attention.primitive == Primitive::kAdd ? 1 : 8;
  operation.inputs = {tensor("q", {heads, queries, width}, key_bits),
                      tensor("k", {heads, keys, width}, key_bits),
                      tensor("v", {heads, keys, values}, 8),
                      tensor("inner_words", {heads, attention.columns()}, 32)};
  if (!attention.normalise) operation.inputs.push_back(tensor("words", {heads, values}, 32));
  std::vector<std::uint32_t> shape{heads, queries, values};
  std::uint32_t bits = 8;
  if (attention.residual) {
    shape = {queries, heads * values};
    bits = residual_bits;
    operation.inputs.push_back(tensor("residual", shape, bits));
  }
  operation.outputs = {tensor("o", shape, bits), tensor("a", {heads, width, values}, 8)};
  if (attention.normalise) operation.outputs.push_back(tensor("z", {heads, width}, 8));
  trace.operations = {operation};
  if (attention.primitive != Primitive::kShift) check_trace(trace);
  return trace;
}

/// The tensor of that name.
inline TensorId tensor_named(const Trace& trace, const std::string& name) {
  for (std::size_t i = 0; i < trace.tensors.size(); ++i) {
    if (trace.tensors[i].name == name) return TensorId{static_cast<std::uint32_t>(i)};
  }
  throw InputError("no tensor " + name);
}

}  // namespace vitcod::test
