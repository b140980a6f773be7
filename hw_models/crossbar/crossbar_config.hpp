// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct CrossbarConfig {
  Bandwidth port_bytes_per_cycle;
};

inline void read(ConfigReader& reader, CrossbarConfig& config) {
  reader.required("port_bytes_per_cycle", config.port_bytes_per_cycle,
                  "Width of each input and each output port", at_least(1U));
  reader.finish();
}

}  // namespace vitcod
