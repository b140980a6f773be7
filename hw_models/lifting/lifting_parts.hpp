// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/lifting/lifting_cost.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

inline constexpr std::uint64_t kPatchMemories = 2;  ///< one is lifted; one leaves, then one enters
inline constexpr std::uint64_t kSampleBits = 8;
inline constexpr std::uint64_t kSamplesOfPair = 2;

/// Levels of a turn by any distance below `places`.
inline std::uint64_t turn_levels(std::uint64_t places) {
  return static_cast<std::uint64_t>(std::bit_width(places - 1));
}

/// Two memories, each in as many banks as samples that the lanes take in a cycle, so laid out that
/// samples of a row and of a column lie in banks of their own. Lanes read a pair and write one a
/// cycle, in place: two ports. Samples are turned on their way to the lanes and on their way back;
/// what enters and what leaves is turned too. Each bank is given an address of its own.
inline PartList patch_memory_parts(const LiftingConfig& config) {
  const std::uint64_t banks = kSamplesOfPair * config.lanes;
  const std::uint64_t bytes = config.max_patch_bytes;
  const std::uint64_t enter = config.read_bytes_per_cycle;
  const std::uint64_t leave = config.write_bytes_per_cycle;
  const std::uint64_t width = ceil_div(std::max(enter, leave), banks);
  const std::uint64_t address_bits = turn_levels(ceil_div(bytes, banks * width));
  constexpr std::uint64_t kPorts = 2;
  PartList parts;
  parts.memory = MemoryNeed{kPatchMemories * bytes,
                            static_cast<std::uint32_t>(kPatchMemories * banks), width, kPorts};
  parts.add_network(kPatchMemories * width, banks, kSampleBits)
      .add_shifters(2, kSampleBits * banks, turn_levels(banks))
      .add_network(2, kPatchMemories * banks * width, kSampleBits)  // what enters, or the lanes'
      .add_shifters(1, kSampleBits * enter, turn_levels(enter))
      .add_network(kPatchMemories, leave, kSampleBits)
      .add_shifters(1, kSampleBits * leave, turn_levels(leave))
      .add_gated_registers(enter + leave, kSampleBits)
      .add_adders(kPatchMemories * kPorts * banks, address_bits);
  return parts;
}

/// Lanes of two filters of four taps: sums with their rounding, the sample added or subtracted,
/// saturation, and neighbours that are reflected at the ends of a line. Taps of two steps.
inline PartList parts_of(const LiftingConfig& config) {
  constexpr std::uint64_t kProductBits = 2 * kSampleBits;
  constexpr std::uint64_t kSumBits = kProductBits + 2;
  constexpr std::uint64_t kResultBits = 13;       // 12 of a sum without its fraction, and a sample
  constexpr std::uint64_t kBounds = 2;            // of the saturation
  constexpr std::uint64_t kReflectingInputs = 4;  // two taps of one neighbour more, one of two more
  constexpr std::uint64_t kTapSets = 2;
  constexpr std::uint64_t kLevelBits = kLiftFilters * kLiftTaps * kSampleBits;
  const std::uint64_t lanes = config.lanes;
  const std::uint64_t filters = kLiftFilters * lanes;
  // A patch of so many bytes has at most this often halved sides.
  const std::uint64_t levels = (turn_levels(config.max_patch_bytes + 1ULL) - 1) / 2;
  PartList parts;
  parts.add_multipliers(kLiftTaps * filters, kSampleBits, kSampleBits)
      .add_registers(kLiftTaps * filters, kProductBits)
      .add_adders(kLiftTaps * filters, kSumBits)
      .add_adders(filters, kResultBits)
      .add_comparators(kBounds * filters, kResultBits)
      .add_multiplexers(kReflectingInputs * filters, kSampleBits)
      .add_registers(lanes * config.latency_cycles, kSamplesOfPair * kSampleBits);
  parts.add_gated_registers(kTapSets * levels, kLevelBits)
      .add_network(kTapSets * levels, 1, kLevelBits);
  return parts;
}

}  // namespace vitcod
