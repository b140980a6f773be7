// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/accelerators/operand_image.hpp"
#include "hw_models/compiler/attention/attention_layer.hpp"

namespace vitcod {

/// Number format and packing that the values of an array depend on which sums rows up piece by
/// piece (row_sums.hpp).
struct PackedFormats {
  std::uint32_t operand_fraction_bits = 0;
  std::uint32_t segment_keys = 1;   ///< keys that a piece is of
  std::uint32_t piece_entries = 1;  ///< most kept entries of a piece
};

/// The output of one attention block, computed plainly: row by row, the kept entries of each
/// segment of keys in pieces, in the order of the tokens. Written from the description of the
/// formats; shares no code with the blocks. Returns (heads, queries, value features).
std::vector<std::int8_t> reference_packed_attention(const AttentionLayer& layer,
                                                    const PackedFormats& formats,
                                                    OperandImage& image);

}  // namespace vitcod
