// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct CrossbarConfig {
  std::uint32_t port_bytes_per_cycle = 1;
};

inline void read(ConfigReader& reader, CrossbarConfig& config) {
  reader.required("port_bytes_per_cycle", config.port_bytes_per_cycle,
                  "Width of each input and each output port", at_least(1U));
  reader.finish();
}

}  // namespace vitcod
