// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct StreamHubConfig {
  Bandwidth port_bytes_per_cycle;
};

inline void read(ConfigReader& reader, StreamHubConfig& config) {
  reader.required("port_bytes_per_cycle", config.port_bytes_per_cycle,
                  "Width of the way to the units and of the way back", at_least(1U));
  reader.finish();
}

}  // namespace vitcod
