// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/config_reader.hpp"

namespace vitcod {

/// An update reads a word and writes it again.
enum class MemoryAccess { kRead, kWrite, kUpdate };

/// What one count of a counter costs: `pj`, and an access to a memory where one is named.
struct EnergyEvent {
  std::string counter;  ///< JSON pointer below /blocks
  double pj = 0;
  std::string basis;
  std::optional<bool> if_present = {};     ///< true: nothing if the machine lacks counter or memory
  std::optional<std::string> memory = {};  ///< JSON pointer, below /blocks, of the block it is in
  MemoryAccess access = MemoryAccess::kRead;
  std::optional<std::uint32_t> bytes = {};  ///< of an access; none: a byte of a full word
  std::optional<bool> whole_word = {};      ///< true: an access is to a whole word
};

/// What a clock costs.
struct ClockConfig {
  double register_pj = 0;  ///< a bit that is clocked, each cycle, with its part of the tree
  double gated_share = 0;  ///< of that, of a bit that is not
  std::string basis;
};

/// An energy table: one file below configs/energy/.
struct EnergyConfig {
  std::string source;
  std::vector<EnergyEvent> events;
  std::optional<ClockConfig> clock = {};
};

/// What says how a memory is accessed would be ignored where no memory is named.
inline void require_memory(ConfigReader& reader, const EnergyEvent& event) {
  const auto needs_memory = [&](const char* key) {
    reader.require(event.memory || !reader.has(key), key, "expected memory beside it");
  };
  needs_memory("access");
  needs_memory("bytes");
  needs_memory("whole_word");
}

inline void read(ConfigReader& reader, EnergyEvent& event) {
  static constexpr std::pair<std::string_view, MemoryAccess> kAccesses[] = {
      {"read", MemoryAccess::kRead},
      {"write", MemoryAccess::kWrite},
      {"update", MemoryAccess::kUpdate}};
  reader.required("counter", event.counter, "Counter of a block: its JSON pointer below /blocks");
  reader.required("pj", event.pj, "Energy of one count beside that of `memory`, pJ",
                  Range<double>{0, 1e9});
  reader.required("basis", event.basis, "How the number follows from the source, what is assumed");
  reader.optional("if_present", event.if_present,
                  "true: the block of the counter, or of the memory, is one that the machine may "
                  "lack");
  reader.optional("memory", event.memory,
                  "Block whose memory is accessed: its JSON pointer below /blocks. The macros that "
                  "it is built of decide what that costs");
  reader.optional_enum("access", event.access, EnumNames<MemoryAccess>(kAccesses),
                       "Kind of access to `memory`");
  reader.optional("bytes", event.bytes,
                  "Bytes of the access that a count is; absent: a count is a byte of full words",
                  Range{1U, 1U << 20U});
  reader.optional("whole_word", event.whole_word,
                  "true: a count is an access to a whole word of `memory`");
  const bool is_word = event.whole_word.value_or(false);
  reader.require(!is_word || !event.bytes, "bytes", "must not stand beside whole_word");
  require_memory(reader, event);
  reader.finish();
}

inline void read(ConfigReader& reader, ClockConfig& clock) {
  reader.required("register_pj", clock.register_pj,
                  "Energy of a clocked bit of a register in a cycle, pJ", Range<double>{0, 1e6});
  reader.required("gated_share", clock.gated_share, "Share of that of a bit whose clock is gated",
                  Range<double>{0, 1});
  reader.required("basis", clock.basis, "How the numbers follow from the source, what is assumed");
  reader.finish();
}

inline void read(ConfigReader& reader, EnergyConfig& config) {
  reader.required("source", config.source, "Where the numbers come from");
  reader.required_list("events", config.events, "What is counted and what it costs");
  reader.optional_object("clock", config.clock, "What registers cost each cycle; absent: nothing");
  reader.finish();
}

}  // namespace vitcod
