// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/index_filter/index_filter_config.hpp"
#include "hw_models/index_filter/kept_tokens.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

inline constexpr std::uint64_t kColumnBytes = 3;      ///< its end among the entries; is it kept
inline constexpr std::uint64_t kRowCounterBytes = 2;  ///< entries of a row in one lane

/// Of the write port of the index buffer that the filter asks for. Row indices and column starts
/// have up to 2 bytes a lane each in a cycle: each fills such a word in two cycles or more.
inline std::uint64_t filter_write_bytes(const IndexFilterConfig& config) {
  return 4 * std::uint64_t{config.entries_per_cycle};
}

/// The sparser columns of one head. As many that follow each other as there are lanes are written,
/// or read, in a cycle: they lie in as many banks.
inline PartList column_table_parts(const IndexFilterConfig& config) {
  const std::uint64_t lanes = config.entries_per_cycle;
  PartList parts;
  parts.memory =
      MemoryNeed{ceil_div(std::uint64_t{config.max_tokens}, lanes) * lanes * kColumnBytes,
                 config.entries_per_cycle, kColumnBytes, 1};
  // Turned to the bank of the first, both ways.
  parts.add_network(lanes, 2 * lanes, 8 * kColumnBytes);
  return parts;
}

/// Counters of the rows of one head, a bank with counters of all rows for each lane, because two
/// lanes may hold the same row of two columns. A word has the counters of as many rows as there are
/// lanes: a pass reads one of each bank, and clears it. A read and a write in a cycle; what was
/// written in the cycle before is taken from a register.
inline PartList row_counter_parts(const IndexFilterConfig& config) {
  constexpr std::uint64_t kPorts = 2;
  constexpr std::uint64_t kCounterBits = 8 * kRowCounterBytes;
  const std::uint64_t lanes = config.entries_per_cycle;
  const std::uint64_t words = ceil_div(std::uint64_t{config.max_tokens}, lanes);
  const auto row_bits = static_cast<std::uint64_t>(std::bit_width(config.max_tokens));
  PartList parts;
  parts.memory = MemoryNeed{lanes * words * lanes * kRowCounterBytes, config.entries_per_cycle,
                            lanes * kRowCounterBytes, kPorts};
  parts
      .add_network(lanes, lanes, kCounterBits)  // the row's counter of the word
      .add_adders(lanes, kCounterBits)
      .add_registers(lanes, kCounterBits + row_bits)
      .add_comparators(lanes, row_bits)
      .add_multiplexers(lanes, kCounterBits)
      .add_adders(lanes * lanes, kCounterBits)  // pass: the lanes' counters, and running sums
      .add_registers(lanes, kCounterBits);
  return parts;
}

/// Bitmap and rank table: in flip-flops, since each lane looks up a word in every cycle. Each lane
/// of numbers is compared with each word's place, and adds to the words behind.
inline PartList kept_token_parts(const IndexFilterConfig& config) {
  const std::uint64_t lanes = config.entries_per_cycle;
  const std::uint64_t words = ceil_div(config.max_tokens, kRankWordTokens);
  const auto rank_bits = static_cast<std::uint64_t>(std::bit_width(config.max_tokens));
  const auto place_bits = static_cast<std::uint64_t>(std::bit_width(words));
  PartList parts;
  parts.add_gated_registers(words, kRankWordTokens + rank_bits)
      .add_comparators(lanes * words, place_bits)
      .add_adders(words, rank_bits)
      .add_multiplexers(lanes, words * kRankWordTokens);  // which bits are set
  // The word, its bits below the token's, counted, and the sum.
  parts.add_network(words, lanes, kRankWordTokens + rank_bits)
      .add_shifters(lanes, kRankWordTokens, std::bit_width(kRankWordTokens - 1))
      .add_adders(lanes, kRankWordTokens)
      .add_adders(lanes, rank_bits)
      .add_comparators(2 * lanes, rank_bits);  // rows of the tile
  return parts;
}

/// Mask bits of a denser column, 8 a lane: the bitmap from any byte on, clipped to the tile's rows;
/// where a kept bit goes; and those that are left, each moved down by any distance.
inline PartList mask_bit_parts(const IndexFilterConfig& config) {
  const std::uint64_t bits = 8 * std::uint64_t{config.entries_per_cycle};
  const auto levels = static_cast<std::uint64_t>(std::bit_width(bits));
  PartList parts;
  parts.add_network(ceil_div(config.max_tokens, 8U), 1, bits)
      .add_comparators(2, static_cast<std::uint64_t>(std::bit_width(config.max_tokens)))
      .add_adders(bits, levels)
      .add_shifters(1, bits, levels)
      .add_shifters(1, 2 * bits, levels);  // behind the bits that are there
  return parts;
}

/// The packet that is worked on, which moves down by what a step takes; bitmap and ranks; each
/// lane's column among those of the step; kept row indices, and starts of kept columns, moved
/// together; the two words that are gathered of each, and the port's multiplexer.
inline PartList parts_of(const IndexFilterConfig& config, std::uint32_t packet_bytes) {
  constexpr std::uint64_t kIndexBits = 16;
  constexpr std::uint64_t kPlaces = 4;  // of column starts, row starts, row indices, mask bits
  constexpr std::uint64_t kPlaceBits = 24;
  constexpr std::uint64_t kStreams = 2;
  const std::uint64_t lanes = config.entries_per_cycle;
  const std::uint64_t write_bits = 8 * filter_write_bytes(config);
  const auto lane_bits = static_cast<std::uint64_t>(std::bit_width(lanes));
  PartList parts = kept_token_parts(config);
  parts += mask_bit_parts(config);
  parts.add_gated_registers(packet_bytes, 8)
      .add_gated_registers(config.read_bytes_per_cycle, 8)
      .add_shifters(1, std::uint64_t{8} * packet_bytes,
                    static_cast<std::uint64_t>(std::bit_width(2 * lanes)))
      .add_adders(lanes, kIndexBits)               // a column's length, of two starts
      .add_comparators(lanes * lanes, kIndexBits)  // an entry's number with a column's end
      .add_adders(lanes * lanes, 1)                // the ends before it, counted
      .add_network(lanes, lanes, 1)                // is its column kept
      .add_adders(kStreams * lanes, lane_bits)     // how many lanes before are kept
      .add_network(lanes, kStreams * lanes, kIndexBits)
      .add_adders(lanes, kIndexBits)  // a new start: entries before, and in the step
      .add_registers(config.latency_cycles * lanes, kStreams * kIndexBits)
      .add_accumulators(kPlaces, kPlaceBits)
      .add_shifters(kStreams, write_bits,
                    static_cast<std::uint64_t>(std::bit_width(write_bits / 8)))
      .add_gated_registers(2 * kStreams, write_bits)
      .add_network(kStreams, 1, write_bits + kPlaceBits)
      .add_multiplexers(1,
                        write_bits + kPlaceBits);  // of the index buffer: the decoder, the filter
  return parts;
}

}  // namespace vitcod
