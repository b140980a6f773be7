// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/dma/packet.hpp"

namespace vitcod {

/// The packets of `stretch` of a store, cut as loads are at multiples of `packet_bytes` in the
/// address space; rows divide `packet_bytes`. `values` are those of the whole store, null if none
/// are computed.
std::vector<Packet> packets_of_stretch(const Transfer& store, const Stretch& stretch,
                                       std::uint32_t packet_bytes, const Payload& values);

/// The packets of all stretches of a store.
std::vector<Packet> packets_of_store(const Transfer& store, std::uint32_t packet_bytes,
                                     const Payload& values);

/// In a list of tokens that are merged: the last one of its group.
inline constexpr std::uint32_t kEndOfGroup = 0x8000;

/// Appends `value` in 16 bits, little-endian.
inline void append_16_bits(std::uint32_t value, std::vector<std::uint8_t>& bytes) {
  bytes.push_back(static_cast<std::uint8_t>(value));
  bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
}

}  // namespace vitcod
