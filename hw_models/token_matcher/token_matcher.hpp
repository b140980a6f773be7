// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/decoder/row_assembler.hpp"
#include "hw_models/packet_unit/packet_unit.hpp"
#include "hw_models/token_matcher/match_placement.hpp"
#include "hw_models/token_matcher/token_likeness.hpp"
#include "hw_models/token_matcher/token_matcher_cost.hpp"

namespace vitcod {

/// Pairs of tokens of like keys (SimilarityMatch, workloads/token_merging.hpp); one match at a
/// time. A packet takes the longer of ceil(bytes / width) and, of keys, a cycle for each `macs`
/// bytes of a row, which are added to the sums over the heads. The packet with the last row adds
/// match_cycles (TokenMatcherCost). Results leave `latency_cycles` after that, a packet a cycle.
class TokenMatcher final : public PacketUnit {
 public:
  TokenMatcher(const sc_core::sc_module_name& name, Clock& clock, const TokenMatcherConfig& config,
               StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }
  /// MACs that it can do in a cycle.
  std::uint64_t multipliers() const { return cost_.macs; }

 private:
  using Kind = MatchPlacement::Kind;

  Step work_on(const Packet& packet) override;
  void begin(const MatchPlacement& placement);
  void take_sizes(const Packet& packet);
  void take_keys(const Packet& packet, const MatchPlacement& placement, Step& step);
  void count_keys(const Packet& packet, const MatchPlacement& placement, std::uint64_t words);
  void count_match(const SimilarityMatch& match);

  const TokenMatcherCost cost_;
  const SimilarityMatch* under_way_ = nullptr;
  std::uint64_t size_bytes_ = 0;  ///< of it, that have come
  std::uint64_t key_bytes_ = 0;   ///< likewise
  RowAssembler keys_in_;
  RowAssembler sizes_in_;
  TokenLikeness likeness_;

  Counter matches_{statistics(), "matches", "matches made"};
  Counter additions_{statistics(), "additions", "elements of keys added to sums over heads"};
  Counter macs_{statistics(), "macs", "multiply-accumulates of lengths and cosines"};
  Counter roots_{statistics(), "roots", "reciprocals of lengths"};
  Counter likenesses_{statistics(), "likenesses", "products scaled by a reciprocal length"};
  Counter sum_bytes_written_{statistics(), "sum_bytes_written",
                             "bytes of words of sums that were written"};
  Counter sum_bytes_read_{statistics(), "sum_bytes_read", "bytes of words of sums that were read"};
  Counter entry_bytes_written_{statistics(), "entry_bytes_written",
                               "bytes of reciprocals, cosines, destinations and links written"};
  Counter entry_bytes_read_{statistics(), "entry_bytes_read", "bytes of these that passes took"};
  Counter size_bytes_written_{statistics(), "size_bytes_written", "bytes of sizes that came"};
  Counter size_bytes_read_{statistics(), "size_bytes_read", "bytes of these that were emitted"};
};

}  // namespace vitcod
