// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hw_models/accelerators/operand_source.hpp"
#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/dram/dram_contents.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// (outer, inner, features) to (inner, outer, features).
std::vector<std::int8_t> swap_outer(const std::vector<std::int8_t>& values, std::size_t outer,
                                    std::size_t inner, std::size_t features);

/// Codes of 1 bit, eight a byte, the first in its lowest bit: from numbers 0 and 1, and back.
DramContents::Bytes packed_codes(const std::vector<std::int8_t>& codes);
std::vector<std::int8_t> unpacked_codes(const std::vector<std::int8_t>& bytes);

/// A tensor as it lies in DRAM; int32 and int16 little-endian, codes packed.
DramContents::Bytes tensor_bytes(const Tensor& tensor, const DramLayout& layout,
                                 const OperandSource& source, TensorId id);

}  // namespace vitcod
