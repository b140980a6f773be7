// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {

/// Whose schedule it is.
enum class TokensKind {
  kIret,        ///< before blocks, with growth and exits where the model has them
  kDynamicVit,  ///< before blocks
  kEvit,        ///< inside blocks, between attention and MLP, by the block's own attention
  kTome,        ///< inside all blocks, there too: pairs of tokens of like keys become one
  kHired,       ///< behind the last block that runs, by its attention: all blocks have all tokens
};

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

/// An image in several partitions, of which this workload runs one.
struct PartitionsSpec {
  std::vector<std::uint32_t> tiling;  ///< rows and columns of sub-images
  std::uint32_t index = 0;            ///< 0: the whole image; then the sub-images row by row
  double alpha = 0.5;                 ///< share of all kept patches that the whole image may keep
};

/// Token dropping, the object under `/workload/tokens`: at each boundary the class token's
/// attention in the block before (in the same block for kEvit) decides which patches stay. One of
/// threshold, keep_ratio and keep_patches is given. kHired has no boundaries and one selection,
/// whose rate is its keep_ratio. kTome has none of these: it merges `merged` pairs in each block.
struct TokensSpec {
  TokensKind kind = TokensKind::kIret;
  std::vector<std::uint32_t> boundaries;  ///< blocks of the model where tokens are selected
  std::optional<double> threshold;        ///< least score, as a share of that of even attention
  std::optional<double> keep_ratio;       ///< patches that the n-th boundary leaves: ratio^n of all
  std::optional<std::vector<std::uint32_t>> keep_patches;  ///< patches that each boundary leaves
  std::uint64_t seed = 0;                                  ///< of the image: saliency and exits
  std::optional<ExitsSpec> exits;
  RestrictedMaps maps = RestrictedMaps::kFixed;
  bool fuse = false;                         ///< kEvit: the dropped patches become one token more
  std::uint32_t merged = 0;                  ///< kTome: pairs a block, or as many as there are
  std::optional<PartitionsSpec> partitions;  ///< kHired: more than one

  /// Patches that boundary `index` (0 for kHired) leaves, of so many that there are at the start:
  /// rounded down from the start's (DynamicViT), for kEvit up from those before it, with the fused
  /// token if there is one. Not for a threshold.
  std::uint32_t patches_left(std::size_t index, std::uint32_t patches) const;
};

void read(ConfigReader& reader, ExitsSpec& exits);
void read(ConfigReader& reader, PartitionsSpec& partitions);
void read(ConfigReader& reader, TokensSpec& tokens);

/// Whether features are taken behind a block, so that nothing behind it runs.
inline bool ends_in_features(const std::optional<TokensSpec>& tokens) {
  return tokens && tokens->kind == TokensKind::kHired;
}

/// Throws ConfigError at `/tokens` unless the schedule fits the model: its depth, its patches, and
/// the boundaries at which its embedding grows. `whole` for scope "model", which merging needs.
void check_tokens(const TokensSpec& tokens, const ModelConfig& model, bool whole);

}  // namespace vitcod
