// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/decoder/row_assembler.hpp"
#include "hw_models/packet_unit/packet_unit.hpp"
#include "hw_models/token_gather/gather_placement.hpp"
#include "hw_models/token_gather/token_gather_cost.hpp"

namespace vitcod {

/// Rows of the residual stream that are kept, as the DMA brings them, with new features at their
/// end. Numbers of rows stay in the unit, which hands them to the DMA; so do new features of a
/// tile, until its rows have come. A packet takes the longer of its way in and of its rows' way
/// out; these leave `latency_cycles` after the last cycle. Packets are handled in order.
class TokenGatherUnit final : public PacketUnit {
 public:
  TokenGatherUnit(const sc_core::sc_module_name& name, Clock& clock,
                  const TokenGatherConfig& config, StatGroup& parent);

 private:
  using Kind = GatherPlacement::Kind;

  /// ModelError if the packet needs more than the unit holds.
  Step work_on(const Packet& packet) override;
  void check_room(const Packet& packet, const GatherPlacement& placement) const;
  void count(const Packet& packet, const GatherPlacement& placement);
  Payload gather(const Packet& packet, const GatherPlacement& placement);
  void append_row(const GatherPlacement& placement, std::uint32_t row, const std::uint8_t* elements,
                  std::vector<std::uint8_t>& results) const;

  const TokenGatherCost cost_;
  RowAssembler rows_in_;
  std::vector<std::uint8_t> new_features_;  ///< of the tile, row by row

  Counter rows_{statistics(), "rows", "rows gathered"};
  Counter number_bytes_written_{statistics(), "number_bytes_written",
                                "bytes of rows' numbers that entered"};
  Counter number_bytes_read_{
      statistics(), "number_bytes_read",
      "of these, what went to the DMA: each number once, an order's more often"};
  Counter new_bytes_written_{statistics(), "new_bytes_written",
                             "bytes of new features that entered"};
  Counter new_bytes_read_{statistics(), "new_bytes_read", "of these, what left behind rows"};
  Counter row_bytes_written_{statistics(), "row_bytes_written", "bytes of rows that entered"};
  Counter row_bytes_read_{statistics(), "row_bytes_read", "of these, what left in whole rows"};
  Counter result_bytes_{statistics(), "result_bytes", "bytes of rows with their new features"};
};

}  // namespace vitcod
