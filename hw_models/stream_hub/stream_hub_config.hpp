// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct StreamHubConfig {
  std::uint32_t port_bytes_per_cycle = 1;
};

inline void read(ConfigReader& reader, StreamHubConfig& config) {
  reader.required("port_bytes_per_cycle", config.port_bytes_per_cycle,
                  "Width of the way to the units and of the way back", at_least(1U));
  reader.finish();
}

}  // namespace vitcod
