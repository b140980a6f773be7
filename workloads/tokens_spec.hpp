// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {

/// How blocks behind a selection come by their attention maps.
enum class RestrictedMaps {
  kFixed,   ///< the offline maps restricted to the kept tokens, in their offline order
  kOracle,  ///< polarized again for the kept tokens, as if these had been known offline
};

/// Where the run may end early.
struct ExitsSpec {
  double confidence = 0.0;                               ///< least share of the likeliest class
  std::optional<std::vector<std::uint32_t>> boundaries;  ///< those with an exit; absent: all
};

/// Token dropping at stage boundaries, the object under `/workload/tokens`: at each boundary the
/// class token's attention in the block before decides which patches stay. One of threshold,
/// keep_ratio and keep_patches is given.
struct TokensSpec {
  std::vector<std::uint32_t> boundaries;  ///< blocks of the model before which tokens are selected
  std::optional<double> threshold;        ///< least score, as a share of the patches' mean score
  std::optional<double> keep_ratio;       ///< patches that the n-th boundary leaves: ratio^n of all
  std::optional<std::vector<std::uint32_t>> keep_patches;  ///< patches that each boundary leaves
  std::uint64_t seed = 0;                                  ///< of the image: saliency and exits
  std::optional<ExitsSpec> exits;
  RestrictedMaps maps = RestrictedMaps::kFixed;

  /// Patches that boundary `index` leaves, of so many that there are at the start. Not for a
  /// threshold.
  std::uint32_t patches_left(std::size_t index, std::uint32_t patches) const;
};

void read(ConfigReader& reader, ExitsSpec& exits);
void read(ConfigReader& reader, TokensSpec& tokens);

/// Throws ConfigError at `/tokens` unless the schedule fits the model: its depth, its patches, and
/// the boundaries at which its embedding grows. `whole` for scope "model".
void check_tokens(const TokensSpec& tokens, const ModelConfig& model, bool whole);

}  // namespace vitcod
