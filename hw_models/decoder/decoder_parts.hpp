// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/decoder/decoder_config.hpp"
#include "hw_models/decoder/head_mix_parts.hpp"

namespace vitcod {

/// Of one engine: its lines, the packet that it works on, and the register before the write port.
/// The way from there to the banks is the buffers'.
inline PartList parts_of(const DecoderConfig& config, std::uint32_t packet_bytes) {
  PartList parts = head_mix_parts(config.lines, config.macs_per_line, config.latency_cycles);
  parts.add_gated_registers(packet_bytes, 8).add_gated_registers(config.write_bytes_per_cycle, 8);
  return parts;
}

}  // namespace vitcod
