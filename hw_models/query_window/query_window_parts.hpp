// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/local_buffer/local_buffer_parts.hpp"
#include "hw_models/query_window/query_window_config.hpp"

namespace vitcod {

/// What lies around a window.
struct QueryWindowUse {
  std::uint64_t lines = 1;          ///< of both engines
  std::uint64_t access_bytes = 1;   ///< of the sparser engine's Q registers at a time
  std::uint64_t written_bytes = 1;  ///< a cycle, that the decoder has for them
};

/// The frames of the tile that is worked on and of the next one, whose rows come ahead: where each
/// begins, which of its rows are there and which are read. Each line's request is compared with the
/// frame of its head. No memory: the rows lie in the banks of the pool.
inline PartList frame_parts(const QueryWindowConfig& config, std::uint64_t lines) {
  constexpr std::uint64_t kTiles = 2;
  constexpr std::uint64_t kStates = 2;  // there, read
  PartList parts;
  parts.add_accumulators(kTiles * config.heads, kRowAddressBits)
      .add_gated_registers(kTiles * config.heads * config.rows, kStates)
      .add_network(config.heads, lines, kRowAddressBits)
      .add_adders(lines, kRowAddressBits)
      .add_comparators(2 * lines, kRowAddressBits);
  return parts;
}

/// The way of a missed row: who waits for it, its address, what the DMA engine knows of it, its
/// bytes while they come and on the links to the decoder and from there, and the second source of
/// each line's Q register.
inline PartList fetch_parts(const QueryWindowConfig& config, const QueryWindowUse& use) {
  constexpr std::uint64_t kAddressBits = 40;
  constexpr std::uint64_t kRowBits = 128;  // address, bytes, line, head, runs that are left
  constexpr std::uint64_t kLinkPlaces = 2;
  PartList parts;
  parts.add_registers(use.lines, 1)
      .add_network(use.lines, 1, kRowAddressBits)
      .add_gated_registers(config.heads, kAddressBits)
      .add_network(config.heads, 1, kAddressBits)
      .add_multipliers(1, kRowAddressBits, kRowAddressBits)
      .add_adders(1, kAddressBits)
      .add_queue(config.fetches + kLinkPlaces, kRowBits)
      .add_queue(config.fetches + kLinkPlaces, std::uint64_t{8} * config.fetch_bytes)
      .add_multiplexers(1, std::uint64_t{8} * config.fetch_bytes)
      .add_queue(kLinkPlaces, 8 * use.written_bytes)
      .add_network(2, use.lines, 8 * use.access_bytes);
  return parts;
}

inline PartList parts_of(const QueryWindowConfig& config, const QueryWindowUse& use) {
  PartList parts = frame_parts(config, use.lines);
  parts += fetch_parts(config, use);
  return parts;
}

}  // namespace vitcod
