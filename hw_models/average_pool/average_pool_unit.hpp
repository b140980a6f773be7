// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/average_pool/average_pool_cost.hpp"
#include "hw_models/average_pool/pool_placement.hpp"
#include "hw_models/packet_unit/packet_unit.hpp"

namespace vitcod {

/// Mean over tokens as they come, 8 bits in and out. The lanes add a word, at most `lanes` features
/// of one token, to the sums of a memory in a cycle; a word that spans packets waits for its last
/// byte. A packet takes the longer of the words that are complete with it and ceil(bytes / width)
/// cycles. The last of a pool takes also ceil(features / lanes) cycles, in which the lanes pass
/// over the sums; the means leave `latency_cycles` after that, a packet a cycle. One pool at a
/// time.
class AveragePoolUnit final : public PacketUnit {
 public:
  AveragePoolUnit(const sc_core::sc_module_name& name, Clock& clock,
                  const AveragePoolConfig& config, StatGroup& parent);

 private:
  Step work_on(const Packet& packet) override;
  void follow(const Packet& packet, const PoolPlacement& placement);
  void count(const Packet& packet, const PoolPlacement& placement, bool is_last);
  void add(const Packet& packet, std::size_t features);
  std::vector<std::uint8_t> means(const PoolPlacement& placement) const;
  std::vector<Packet> results(const PoolPlacement& placement, bool has_values) const;

  const AveragePoolCost cost_;
  const std::uint64_t word_bytes_;       ///< of the memory of sums
  const Transfer* under_way_ = nullptr;  ///< the load whose pool has begun and not ended
  std::uint64_t next_offset_ = 0;        ///< of its next packet
  std::vector<std::uint64_t> sums_;      ///< of summands plus 128

  Counter pools_{statistics(), "pools", "pools that ended"};
  Counter elements_{statistics(), "elements", "elements added"};
  Counter means_{statistics(), "means", "means made of sums"};
  Counter sum_bytes_written_{statistics(), "sum_bytes_written",
                             "bytes of the words of sums that were written"};
  Counter sum_bytes_read_{statistics(), "sum_bytes_read",
                          "bytes of the words of sums that were read"};
};

}  // namespace vitcod
