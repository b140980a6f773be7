// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/accelerators/reference_model.hpp"

namespace vitcod {

/// The output of one attention block, computed plainly: row by row, the kept entries of each
/// segment of keys in pieces, in the order of the tokens. Written from the description of the
/// formats; shares no code with the blocks. `formats.packed` must be there. Returns
/// (heads, queries, value features).
std::vector<std::int8_t> reference_packed_attention(const AttentionLayer& layer,
                                                    const ValueFormats& formats,
                                                    OperandImage& image);

}  // namespace vitcod
