// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/base/config_reader.hpp"

namespace vitcod {

/// What one count of a counter costs.
struct EnergyEvent {
  std::string counter;  ///< JSON pointer below /blocks
  double pj = 0;
  std::string basis;
  std::optional<bool> if_present;  ///< true: nothing if the machine lacks the counter
};

/// An energy table: one file below configs/energy/.
struct EnergyConfig {
  std::string source;
  std::vector<EnergyEvent> events;
};

inline void read(ConfigReader& reader, EnergyEvent& event) {
  reader.required("counter", event.counter, "Counter of a block: its JSON pointer below /blocks");
  reader.required("pj", event.pj, "Energy of one count, pJ", Range<double>{0, 1e9});
  reader.required("basis", event.basis, "How the number follows from the source, what is assumed");
  reader.optional("if_present", event.if_present,
                  "true: the counter's block is one that the machine may lack");
  reader.finish();
}

inline void read(ConfigReader& reader, EnergyConfig& config) {
  reader.required("source", config.source, "Where the numbers come from");
  reader.required_list("events", config.events, "What is counted and what it costs");
  reader.finish();
}

}  // namespace vitcod
