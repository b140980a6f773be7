// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct GlobalBufferConfig {
  std::uint32_t capacity_bytes = 0;
  std::uint32_t staging_bytes = 0;
  Bandwidth port_bytes_per_cycle;
  std::uint32_t bank_bytes = 1;
};

inline void read(ConfigReader& reader, GlobalBufferConfig& config) {
  reader.required("capacity_bytes", config.capacity_bytes, "All of the buffer", at_least(1U));
  reader.required("staging_bytes", config.staging_bytes,
                  "Part of the capacity that packets pass through", at_least(1U));
  reader.required("bank_bytes", config.bank_bytes,
                  "A bank of its memory: the compiler hands out whole banks", at_least(1U));
  reader.required("port_bytes_per_cycle", config.port_bytes_per_cycle,
                  "Width of the write port and of the read port", at_least(1U));
  reader.require(config.staging_bytes <= config.capacity_bytes, "staging_bytes",
                 "must not exceed capacity_bytes");
  reader.finish();
}

}  // namespace vitcod
