// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "hw_models/engine/engine_contents.hpp"
#include "hw_models/index_filter/filter_placement.hpp"
#include "hw_models/index_filter/index_filter_cost.hpp"
#include "hw_models/index_filter/index_restriction.hpp"
#include "hw_models/index_filter/kept_tokens.hpp"
#include "hw_models/index_filter/source_walk.hpp"
#include "hw_models/packet_unit/packet_unit.hpp"

namespace vitcod {

/// Makes the index of the tokens that are kept from that of the whole map, on its way into the
/// index buffer. A packet of numbers takes the longer of ceil(numbers / entries_per_cycle) and
/// ceil(bytes / width) cycles; one of a source index the longer of its steps (SourceWalk) and its
/// bytes. Packets are handled in order, indices one after the other; each packet is delivered
/// `latency_cycles` after its last cycle, and what it gives is in the index buffer then.
class IndexFilter final : public PacketTaker {
 public:
  /// `contents`: of the index buffer's engine; null if no values are computed.
  IndexFilter(const sc_core::sc_module_name& name, Clock& clock, const IndexFilterConfig& config,
              EngineContents* contents, StatGroup& parent);

 private:
  Step work_on(const Packet& packet) override;
  std::uint64_t take_numbers(const Packet& packet, const FilterPlacement& placement);
  std::uint64_t take_index(const Packet& packet, const FilterPlacement& placement);
  void begin_index(const Packet& packet, const FilterPlacement& placement);
  void end_index(const FilterPlacement& placement);
  void count(const FilterSteps& steps);

  const IndexFilterCost cost_;
  EngineContents* const contents_;
  KeptTokens kept_;
  std::uint32_t low_byte_ = 0;      ///< of a number that two packets share
  std::optional<SourceWalk> walk_;  ///< of the index that is taken
  std::optional<IndexRestriction> restriction_;
  const Transfer* transfer_ = nullptr;  ///< that brings it

  Counter numbers_{statistics(), "numbers", "numbers of kept tokens that came"};
  Counter entries_{statistics(), "entries", "entries of source indices that came"};
  Counter kept_entries_{statistics(), "kept_entries",
                        "of these, entries between kept tokens: each counts its row"};
  Counter look_ups_{statistics(), "look_ups", "of a token or row in bitmap and rank table"};
  Counter mask_bytes_{statistics(), "mask_bytes", "bytes of mask bits that came"};
  Counter columns_written_{statistics(), "columns_written",
                           "words of the column table that were written"};
  Counter columns_read_{statistics(), "columns_read", "words of the column table that were read"};
  Counter row_counter_reads_{statistics(), "row_counter_reads",
                             "words that passes read and clear, of each lane's row counters"};
  Counter bytes_written_{statistics(), "bytes_written", "bytes written to the index buffer"};
};

}  // namespace vitcod
