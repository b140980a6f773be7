// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/decoder/row_assembler.hpp"
#include "hw_models/packet_unit/packet_unit.hpp"
#include "hw_models/token_merger/merge_placement.hpp"
#include "hw_models/token_merger/token_merger_cost.hpp"

namespace vitcod {

/// Weighted means of groups of rows of the residual stream, as the DMA brings them group by group.
/// A group of one passes as it is. A packet takes the longer of its way in, its words' way through
/// the lanes and its rows' way out; for each group of several that ends with it the reciprocal and
/// a pass over the sums follow. Rows leave `latency_cycles` after the last of these; packets are
/// handled in order.
class TokenMergerUnit final : public PacketUnit {
 public:
  TokenMergerUnit(const sc_core::sc_module_name& name, Clock& clock,
                  const TokenMergerConfig& config, StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }
  /// MACs that it can do in a cycle.
  std::uint64_t multipliers() const { return cost_.lanes; }

 private:
  using Kind = MergePlacement::Kind;

  Step work_on(const Packet& packet) override;
  /// ModelError if the packet needs more than the unit holds.
  void check_room(const Packet& packet, const MergePlacement& placement) const;
  void count_members(const Packet& packet);
  std::uint64_t count_rows(const Packet& packet, const MergePlacement& placement);
  void take_members(const Packet& packet, const MergePlacement& placement);
  Payload merge(const Packet& packet, const MergePlacement& placement);
  void take_row(const MergePlacement& placement, std::uint32_t row, const std::uint8_t* bytes,
                std::vector<std::uint8_t>& results);
  std::vector<Packet> results(const Packet& packet, const MergePlacement& placement,
                              const Payload& rows);

  const TokenMergerCost cost_;
  const std::uint64_t sum_bytes_;
  RowAssembler rows_in_;
  std::vector<std::uint8_t> members_;
  std::vector<std::int64_t> sums_;   ///< of the group
  std::uint64_t weight_ = 0;         ///< likewise
  std::vector<std::uint8_t> sizes_;  ///< of the tile's groups

  Counter rows_{statistics(), "rows", "rows that came"};
  Counter groups_{statistics(), "groups", "groups of several rows, which were divided"};
  Counter macs_{statistics(), "macs", "elements that were weighed and added"};
  Counter means_{statistics(), "means", "elements of groups of several, made of sums"};
  Counter member_bytes_written_{statistics(), "member_bytes_written",
                                "bytes of members that entered"};
  Counter member_bytes_read_{statistics(), "member_bytes_read",
                             "of these, what went to the DMA and the lanes: each once"};
  Counter sum_bytes_written_{statistics(), "sum_bytes_written",
                             "bytes of the words of sums that were written"};
  Counter sum_bytes_read_{statistics(), "sum_bytes_read",
                          "bytes of the words of sums that were read"};
  Counter row_bytes_{statistics(), "row_bytes", "bytes of rows that entered"};
  Counter result_bytes_{statistics(), "result_bytes", "bytes of rows that left"};
};

}  // namespace vitcod
