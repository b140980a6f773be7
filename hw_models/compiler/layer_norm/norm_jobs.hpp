// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/job_list.hpp"
#include "hw_models/compiler/layer_norm/norm_layer.hpp"

namespace vitcod {

/// Appends the jobs of a layer norm: tiles of as many tokens as `output_bytes` of the output buffer
/// hold the results of, which stream through the unit. Throws InputError if those of a single token
/// do not fit.
void add_norm(const NormLayer& layer, std::uint64_t output_bytes, const DramLayout& layout,
              JobList& jobs);

}  // namespace vitcod
