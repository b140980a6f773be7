// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "hw_models/program/unit_context.hpp"

namespace vitcod {

/// What a transfer carries; statistics are kept by it.
enum class TensorRole : std::uint8_t {
  kWeights,
  kIndex,
  kKey,
  kQuery,
  kValue,
  kOutput,
  kUncompressed,  ///< what the encoder reads
  kCompressed,    ///< what the encoder writes
};
inline constexpr std::size_t kNumTensorRoles = 8;
inline constexpr std::array<std::string_view, kNumTensorRoles> kTensorRoleNames = {
    "weights", "index", "key", "query", "value", "output", "uncompressed", "compressed"};

/// Why bytes cross the DRAM interface.
enum class TransferReason : std::uint8_t { kFirstLoad, kReload, kWriteBack };
inline constexpr std::size_t kNumTransferReasons = 3;
inline constexpr std::array<std::string_view, kNumTransferReasons> kTransferReasonNames = {
    "first_load", "reload", "write_back"};

struct Transfer;

/// The unit of transport through DMA, global buffers and crossbar: a stretch of a tensor, and the
/// rows that are complete with it.
struct Packet {
  const Transfer* transfer = nullptr;
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  std::uint32_t first_row = 0;  ///< of the transfer: the first row whose last byte is in the packet
  std::uint32_t num_rows = 0;
  /// Rows that each engine writes into its buffers, after decoding if compressed.
  std::array<std::uint32_t, 2> engine_rows{};
  bool ends_within_row = false;         ///< its last bytes are the beginning of a row
  std::array<bool, 2> holds_rows_of{};  ///< by engine: some bytes of rows that the engine keeps
  bool in_dram = true;                  ///< false: still in the input buffer from an earlier unit
  bool stays = false;                   ///< keeps its place in the input buffer for later units
  const Packet* result = nullptr;       ///< of the encoder's input: the packet that it becomes
  bool leaves = false;                  ///< last use of a packet that stayed
};

/// A descriptor: one tensor's part for one unit, in packets.
struct Transfer {
  TensorRole role = TensorRole::kQuery;
  TransferReason reason = TransferReason::kFirstLoad;
  UnitContext* unit = nullptr;
  bool compressed = false;          ///< rows are tokens of compressed heads, to be decoded
  std::uint32_t row_bytes = 0;      ///< of a row as an engine stores it
  std::array<bool, 2> to_engine{};  ///< which engines it is meant for
  bool to_encoder = false;
  std::vector<Packet> packets;
  std::uint32_t num_deliveries = 0;  ///< (packet, receiver) pairs; loads only

  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const Packet& packet : packets) sum += packet.bytes;
    return sum;
  }
};

/// Beat of the links that carry packets.
struct PacketRef {
  const Packet* packet = nullptr;
};

}  // namespace vitcod
