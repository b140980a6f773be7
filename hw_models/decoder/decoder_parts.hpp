// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/decoder/decoder_config.hpp"
#include "hw_models/decoder/head_mix_parts.hpp"
#include "hw_models/row_writer/row_writer_parts.hpp"

namespace vitcod {

/// Of one engine: its lines, the packet that it works on, and the register before the write port.
/// The way from there to the banks is the buffers'.
inline PartList parts_of(const DecoderConfig& config, std::uint32_t packet_bytes) {
  PartList parts = head_mix_parts(config.lines, config.macs_per_line, config.latency_cycles);
  parts += row_writer_parts(config.write_bytes_per_cycle, packet_bytes);
  return parts;
}

}  // namespace vitcod
