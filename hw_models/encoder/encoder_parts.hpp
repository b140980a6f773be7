// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/decoder/head_mix_parts.hpp"
#include "hw_models/encoder/encoder_config.hpp"

namespace vitcod {

/// Its lines, and the packet that it works on.
inline PartList parts_of(const EncoderConfig& config, std::uint32_t packet_bytes) {
  PartList parts = head_mix_parts(config.lines, config.macs_per_line, config.latency_cycles);
  parts.add_gated_registers(packet_bytes, 8).add_gated_registers(config.read_bytes_per_cycle, 8);
  return parts;
}

}  // namespace vitcod
