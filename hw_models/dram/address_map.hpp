// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hw_models/dram/dram_command.hpp"
#include "hw_models/dram/dram_config.hpp"
#include "hw_models/dram/dram_messages.hpp"

namespace vitcod {

/// A part of a byte range that lies in one channel: consecutive channel-local bursts.
struct DramRun {
  std::uint32_t channel = 0;
  std::uint64_t first_burst = 0;  ///< channel-local burst index
  std::uint32_t num_bursts = 0;   ///< 1 to kMaxDramRunBursts

  friend bool operator==(const DramRun&, const DramRun&) = default;
};

/// Where a byte address lies. The map is a list of fields, least significant first, separated by
/// commas: `offset` (byte within a burst, must come first), `channel`, `rank`, `bank_group`,
/// `bank`, `column` (in bursts), `row`. A field may be cut in pieces: `column:2` takes its next 2
/// bits, and its last piece needs no width. A field of width 0 may be left out. Three maps have
/// names:
///   interleaved        offset,channel,bank_group,column,bank,rank,row
///   bank_groups_first  offset,bank_group,channel,column,bank,rank,row
///   row_linear         offset,channel,column,bank_group,bank,rank,row
/// Addresses beyond the capacity wrap. The channel-local burst index is the address without its
/// offset and channel bits, the other bits kept in order.
class AddressMap {
 public:
  /// Throws ConfigError at `/address_map`.
  AddressMap(const DramOrganization& organization, std::string_view map);
  explicit AddressMap(const DramConfig& config)
      : AddressMap(config.organization, config.address_map) {}

  std::uint32_t burst_bytes() const { return 1U << offset_bits_; }
  std::uint64_t capacity_bytes() const { return std::uint64_t{1} << address_bits_; }

  std::uint32_t channel_of(std::uint64_t address) const {
    return static_cast<std::uint32_t>(gather(channel_, address));
  }
  /// The channel-local index of the burst that holds `address`.
  std::uint64_t burst_of(std::uint64_t address) const { return gather(local_, address); }

  /// The place of a channel-local burst.
  DramCoordinates decode(std::uint64_t burst) const {
    return {static_cast<std::uint32_t>(gather(rank_, burst)),
            static_cast<std::uint32_t>(gather(bank_group_, burst)),
            static_cast<std::uint32_t>(gather(bank_, burst)),
            static_cast<std::uint32_t>(gather(row_, burst)),
            static_cast<std::uint32_t>(gather(column_, burst))};
  }

  /// The byte address of a place, for tools and tests: inverse of channel_of, burst_of and decode.
  std::uint64_t address_of(std::uint32_t channel, const DramCoordinates& at) const;

  /// The runs that hold the `bytes` bytes from `address` (whole bursts), in the order of their
  /// first bytes; runs of different channels that start within the same stretch are interleaved.
  std::vector<DramRun> split(std::uint64_t address, std::uint64_t bytes) const;
  /// As split(), into a list that a caller may keep: what `runs` held is gone.
  void split_into(std::uint64_t address, std::uint64_t bytes, std::vector<DramRun>& runs) const;

 private:
  /// `width` bits from bit `from` of the source become the bits from `to` of the result.
  struct Piece {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint64_t mask = 0;
  };
  /// A field in pieces; nearly always one. The first one holds the lowest bits; without any it is
  /// 0.
  struct Field {
    std::uint32_t num_pieces = 0;
    std::uint32_t width = 0;
    std::array<Piece, 8> pieces{};
  };

  static std::uint64_t gather(const Field& field, std::uint64_t source) {
    std::uint64_t value = (source >> field.pieces[0].from) & field.pieces[0].mask;
    for (std::uint32_t i = 1; i < field.num_pieces; ++i) {
      const Piece& piece = field.pieces[i];
      value |= ((source >> piece.from) & piece.mask) << piece.to;
    }
    return value;
  }
  void split_evenly(std::uint64_t first, std::uint64_t last, std::uint32_t stretch_bits,
                    std::vector<DramRun>& runs) const;
  void split_burstwise(std::uint64_t first, std::uint64_t last, std::vector<DramRun>& runs) const;
  static std::uint64_t scatter(const Field& field, std::uint64_t value);
  static void append(Field& field, std::uint32_t from, std::uint32_t width);

  std::uint32_t offset_bits_ = 0;
  std::uint32_t address_bits_ = 0;
  Field channel_;                                  ///< from byte addresses
  Field local_;                                    ///< from byte addresses
  Field rank_, bank_group_, bank_, row_, column_;  ///< from channel-local burst indices
};

}  // namespace vitcod
