// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/attention_method.hpp"
#include "hw_models/compiler/auto_encoder/encode_layer.hpp"
#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/layer_norm/norm_layer.hpp"
#include "hw_models/compiler/linear/linear_layer.hpp"
#include "hw_models/compiler/linear_attention/linear_attention_layer.hpp"
#include "hw_models/compiler/plan_limits.hpp"
#include "hw_models/compiler/target.hpp"
#include "hw_models/program/program.hpp"

namespace vitcod {

/// What a trace asks of the machine, in program order of each kind.
struct LayerList {
  enum class Kind : std::uint8_t {
    kAttention,
    kEncoding,
    kLinear,
    kLinearAttention,
    kNorm,
    kStream
  };
  struct Place {
    Kind kind{};
    std::size_t index = 0;  ///< in the list of the kind
  };
  std::vector<AttentionLayer> attention;
  std::vector<EncodeLayer> encodings;
  std::vector<LinearLayer> linear;
  std::vector<LinearAttentionLayer> linear_attention;
  std::vector<NormLayer> norms;
  /// Of the trace, which outlives the list: those of units behind the hub (selections, gathering,
  /// lifting, exit tests, average pools).
  std::vector<const Operation*> streams;
  std::vector<Place> order;  ///< of all kinds together
};

/// Finds the attention blocks, encodings, linear layers and attention, layer norms and streams of
/// `trace`. Throws InputError that names the first operation that is none of these: no machine has
/// a unit for it.
LayerList find_layers(const Trace& trace);

/// Makes the program that carries `layers` out: appends regions, jobs and tables to `program`,
/// which has its phases and pools already, and lays the tensors out in `layout`. `trace` and
/// `layers` must outlive the program. Throws InputError if a buffer is too small or a unit absent.
void compile(const Trace& trace, const LayerList& layers, const Target& target,
             const PlanLimits& limits, AttentionMethod& attention, DramLayout& layout,
             Program& program);

}  // namespace vitcod
