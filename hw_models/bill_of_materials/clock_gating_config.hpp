// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "sim/base/config_reader.hpp"

namespace vitcod {

/// What gates of the clock stop at: nothing; blocks and lines that are in no use; also each line in
/// the cycles in which it waits.
enum class GatingLevel : std::uint8_t { kNone, kBlock, kLine };

/// Gates of the clock, of registers that would be clocked in every cycle without them.
struct ClockGatingConfig {
  GatingLevel level = GatingLevel::kNone;
  std::uint32_t bits_per_gate = 1;
};

inline void read(ConfigReader& reader, ClockGatingConfig& config) {
  static constexpr std::pair<std::string_view, GatingLevel> kLevels[] = {
      {"none", GatingLevel::kNone}, {"block", GatingLevel::kBlock}, {"line", GatingLevel::kLine}};
  reader.required_enum("level", config.level, EnumNames<GatingLevel>(kLevels),
                       "What is gated: nothing, blocks and lines that are in no use, or also each "
                       "line while it waits");
  reader.required("bits_per_gate", config.bits_per_gate, "Registers that share a gate, bits",
                  Range{1U, 1U << 20U});
  reader.finish();
}

}  // namespace vitcod
