// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "hw_models/engine/attention_tile.hpp"

namespace vitcod {

// Of arrays by engine.
inline constexpr std::size_t kDenser = index_of(EngineId::kDenser);
inline constexpr std::size_t kSparser = index_of(EngineId::kSparser);

}  // namespace vitcod
