// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "hw_models/dma/transfer.hpp"
#include "hw_models/program/dram_layout.hpp"

namespace vitcod {

/// Makes the descriptors of a unit. Packets are cut at multiples of `packet_bytes` in the address
/// space, so that within a stretch no DRAM burst is read twice.
class TransferBuilder {
 public:
  TransferBuilder(DramLayout& layout, std::uint32_t packet_bytes, bool query_forwarding)
      : layout_(layout), packet_bytes_(packet_bytes), query_forwarding_(query_forwarding) {}

  /// Auto-encoder weights and biases of the layer, to both engines; null without an auto-encoder.
  std::unique_ptr<Transfer> weights(UnitContext& unit) const;
  /// CSC index of the unit (`bytes`), with the mask bits of its denser blocks.
  std::unique_ptr<Transfer> index(UnitContext& unit, std::uint64_t bytes) const;
  std::unique_ptr<Transfer> keys(UnitContext& unit) const;
  /// Q rows for the engine that holds each head: the denser one if it has columns of the head.
  std::unique_ptr<Transfer> queries(UnitContext& unit) const;
  /// Without forwarding: Q rows of heads in the denser engine, once more for the sparser engine;
  /// null if there are none.
  std::unique_ptr<Transfer> sparser_queries(UnitContext& unit) const;
  std::unique_ptr<Transfer> values(UnitContext& unit) const;
  /// Weights and biases of an encoding, to the encoder.
  std::unique_ptr<Transfer> encoder_weights(UnitContext& unit) const;
  /// Tokens of an encoding, to the encoder, each packet with the one of `compressed` it becomes.
  std::unique_ptr<Transfer> uncompressed(UnitContext& unit, Transfer& compressed) const;
  /// Results of an encoding: packets are made with the input's (see uncompressed).
  std::unique_ptr<Transfer> compressed(UnitContext& unit) const;
  /// Output rows: packets of whole rows of one head, in row order.
  std::unique_ptr<Transfer> output(UnitContext& unit) const;

 private:
  struct Stretch;
  void cut(Transfer& transfer, const Stretch& stretch) const;
  std::unique_ptr<Transfer> query_transfer(UnitContext& unit, bool for_second_engine) const;
  template <typename Wanted>
  void add_rows_of_heads(Transfer& transfer, TensorId tensor, std::uint32_t first_row,
                         std::uint32_t num_rows, std::uint32_t rows_a_head, Wanted wanted) const;

  DramLayout& layout_;
  const std::uint32_t packet_bytes_;
  const bool query_forwarding_;
};

/// True if the packet goes to `engine`: it holds bytes of rows for it, or of a table.
inline bool goes_to(const Packet& packet, std::size_t engine) {
  const bool is_table = packet.num_rows == 0 && !packet.ends_within_row;
  return packet.transfer->to_engine[engine] && (packet.holds_rows_of[engine] || is_table);
}

}  // namespace vitcod
