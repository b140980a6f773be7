// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/vitcod_config.hpp"

namespace vitcod {

/// A machine for attention without sparsity: the blocks of the ViTCoD machine but for its sparser
/// engine and its auto-encoder, so that all lines are one dense array.
struct DenseConfig {
  VitcodConfig blocks;
};

void read(ConfigReader& reader, DenseConfig& config);

}  // namespace vitcod
