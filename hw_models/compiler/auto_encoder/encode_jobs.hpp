// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/compiler/auto_encoder/encode_layer.hpp"
#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/job_list.hpp"

namespace vitcod {

/// Appends the jobs of an encoding: tiles of as many tokens as `output_bytes` of the output buffer
/// hold the results of. Throws InputError if those of a single token do not fit.
void add_encoding(const EncodeLayer& layer, std::uint64_t output_bytes, const DramLayout& layout,
                  JobList& jobs);

}  // namespace vitcod
