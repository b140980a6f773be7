// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "workloads/attention_map.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {

/// How far from 1 the sum of a row of an averaged attention map may be. The authors' maps are
/// float32 averages and stay within 5e-5.
inline constexpr double kRowSumTolerance = 1e-3;

/// What 1 (True) means in a mask file.
enum class MaskPolarity {
  kPruned,  ///< as in the files of the ViTCoD authors
  kKept,
};

/// The maps of one group of attention blocks, and the file they came from.
struct GroupMaps {
  std::vector<HeadMaps> blocks;
  std::string file_name;  ///< without its folder
  std::string sha256;     ///< of the file's bytes
  std::string warning;    ///< one line if most rows keep nearly all keys or no row keeps any
};

/// Reads a mask file: 0 and 1 as bool, integers of any width or floats, shape (blocks, heads,
/// queries, keys) of `group`. Entries are taken as they are, prefix tokens' too. Throws FileError.
GroupMaps read_masks(const std::filesystem::path& path, const ModelConfig& model,
                     const AttentionGroup& group, MaskPolarity polarity);

/// Reads an averaged attention map (float32 or float64, the same shape) and prunes each row at
/// `theta_p` (see prune_row). The prefix tokens' rows and columns are kept whole. Throws FileError,
/// also for an entry that is not finite or negative and for a row that does not sum to
/// one within kRowSumTolerance.
GroupMaps read_and_prune_attention(const std::filesystem::path& path, const ModelConfig& model,
                                   const AttentionGroup& group, double theta_p);

}  // namespace vitcod
