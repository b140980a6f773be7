// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace vitcod {

/// What a head attends to, as seen in the published DeiT-Tiny 95% mask.
enum class HeadKind {
  kLocal,   ///< a blob around the query's own patch
  kMixed,   ///< a blob and global columns
  kSelf,    ///< the diagonal alone
  kOffset,  ///< a shifted neighbour
  kFar,     ///< no locality, many global columns
  kSink,    ///< scattered columns, no diagonal
};

/// Statistics of one head's map without its class token's row and column, on the 14 x 14 grid of
/// patches that all were fitted on.
struct HeadPattern {
  HeadKind kind;
  double row_mean;        ///< kept entries a row: mean,
  double row_sd;          ///< standard deviation over the rows,
  double row_min;         ///< fewest
  double row_max;         ///< and most
  std::uint32_t globals;  ///< global columns
  double coverage_max;    ///< share of the rows that keep a global column: of the fullest column,
  double coverage_mean;   ///< on average
  double coverage_min;    ///< and of the emptiest
  double far_share;       ///< share of the other entries beyond a Chebyshev distance of 3 patches
  double offset_y;        ///< centre of the blob, patches below the query
  double offset_x;        ///< and to its right
  double radius;          ///< standard deviation of the blob, patches
  double aspect;          ///< square root of the blob's width over its height
  double noise;           ///< weight of the Gumbel noise in each entry's score
  double column_bias;     ///< weight of the column's normal bias in each entry's score
};

inline constexpr std::uint32_t kLibraryLayers = 12;
inline constexpr std::uint32_t kLibraryHeads = 3;
/// Patches of the 14 x 14 grid that the library was fitted on.
inline constexpr std::uint32_t kLibraryPatches = 196;

/// The fitted head `head` of layer `layer`.
const HeadPattern& head_pattern(std::uint32_t layer, std::uint32_t head);

}  // namespace vitcod
