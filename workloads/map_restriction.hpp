// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "workloads/attention_map.hpp"

namespace vitcod {

/// The map restricted to the tokens `origins` (ascending, of as many queries as keys), which become
/// its queries and keys. In each head the keys that are left keep the order of `key_order` and
/// their side of the polarization: it is what a filter makes of the map's index. ModelError if a
/// number is none of the map's tokens or not above the one before.
PolarizedMap restrict_map(const PolarizedMap& map, std::span<const std::uint32_t> origins);

}  // namespace vitcod
