// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/config_reader.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {

/// How a linear layer of a block forms its products.
enum class LinearKind {
  kMultiply,
  kShift,
  kMixture,  ///< a router sends each token to an expert that multiplies or to one that shifts
};

/// ShiftAddViT, the object under `/workload/shift_add`: which linear layers of the blocks shift.
/// What stands before and behind the blocks multiplies.
struct ShiftAddSpec {
  LinearKind qkv = LinearKind::kMultiply;  ///< all three projections, with one router
  LinearKind output_projection = LinearKind::kMultiply;
  LinearKind mlp1 = LinearKind::kMultiply;
  LinearKind mlp2 = LinearKind::kMultiply;
  /// Of the tokens of a mixture, those of the expert that shifts. Absent: half of them, the
  /// t_multiply / (t_multiply + t_shift) of lines that do both at one rate.
  std::optional<double> shift_share;
  std::optional<std::uint64_t> seed;  ///< of the routers' logits; absent: 0

  bool has_mixture() const {
    return qkv == LinearKind::kMixture || output_projection == LinearKind::kMixture ||
           mlp1 == LinearKind::kMixture || mlp2 == LinearKind::kMixture;
  }
};

void read(ConfigReader& reader, ShiftAddSpec& spec);

/// Throws ConfigError at `/shift_add` for a mixture of a layer whose rows are gathered from a grid.
void check_shift_add(const ShiftAddSpec& spec, const ModelConfig& model);

}  // namespace vitcod
