// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace vitcod {

/// Index into Program::pools.
enum class PoolId : std::uint8_t {};
/// Index into Program::regions.
enum class RegionId : std::uint32_t {};

inline constexpr std::size_t index_of(PoolId id) { return static_cast<std::size_t>(id); }
inline constexpr std::size_t index_of(RegionId id) { return static_cast<std::size_t>(id); }

/// A buffer's capacity as far as the controller hands it out.
struct Pool {
  std::string name;  ///< of the buffer
  std::uint64_t bytes = 0;
};

/// Bytes of a pool that hold one thing, from its claim until it is freed. Used once in a program.
struct Region {
  PoolId pool{};
  std::uint64_t bytes = 0;
};

}  // namespace vitcod
