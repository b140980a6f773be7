// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "hw_models/decoder/row_assembler.hpp"
#include "hw_models/packet_unit/packet_unit.hpp"
#include "hw_models/token_selector/selector_placement.hpp"
#include "hw_models/token_selector/token_choice.hpp"
#include "hw_models/token_selector/token_selector_cost.hpp"
#include "hw_models/token_selector/token_weights.hpp"

namespace vitcod {

/// Scores tokens by the class token's attention and says which stay (ScoreSelect), and tests logits
/// for an early exit (ExitTest), and sends tokens to experts (RouterSplit); one operation at a
/// time.
///
/// A packet takes the longer of ceil(bytes / width) and what is done with its bytes as they enter:
/// a cycle for each `macs` bytes of a row of K, for each `entries_per_cycle` origins or logits. The
/// packet with a head's last row adds head_cycles, that with the last one of all choice_cycles,
/// that with the last logit test_cycles or order_cycles (TokenSelectorCost). Results leave
/// `latency_cycles` after the last of these, a packet a cycle.
class TokenSelector final : public PacketUnit {
 public:
  TokenSelector(const sc_core::sc_module_name& name, Clock& clock,
                const TokenSelectorConfig& config, StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }
  /// MACs that it can do in a cycle.
  std::uint64_t multipliers() const { return cost_.macs; }

 private:
  Step work_on(const Packet& packet) override;
  void begin(const SelectorPlacement& placement);
  void take_query(const Packet& packet);
  void take_origins(const Packet& packet, const SelectorPlacement& placement, Step& step);
  void take_keys(const Packet& packet, const SelectorPlacement& placement, Step& step);
  void take_logits(const Packet& packet, const SelectorPlacement& placement, Step& step);
  void take_routing(const Packet& packet, const SelectorPlacement& placement, Step& step);
  Payload routed() const;
  void score(const Packet& packet, const ScoreSelect& select);
  void end_head(const ScoreSelect& select);
  Payload chosen(const SelectorPlacement& placement) const;
  Payload members(const ScoreSelect& select) const;
  void count_heads(const ScoreSelect& select, std::uint64_t heads);
  void count_choice(const SelectorPlacement& placement);

  const TokenSelectorCost cost_;
  const std::uint64_t score_bytes_;  ///< of an entry
  const ScoreFormat logit_format_;
  const void* operation_ = nullptr;  ///< the selection or test that is under way
  std::uint64_t query_bytes_ = 0;    ///< of it, that have come
  std::uint64_t origin_bytes_ = 0;   ///< likewise

  std::optional<ScoreFormat> format_;  ///< of the selection's products
  std::vector<std::int8_t> routing_logits_;
  std::vector<std::uint8_t> query_;
  std::vector<std::uint8_t> origins_;
  RowAssembler keys_in_;
  TokenWeights weights_;
  TokenChoice choice_;

  Counter macs_{statistics(), "macs", "multiply-accumulates of scoring"};
  Counter tokens_{statistics(), "tokens", "tokens scored"};
  Counter scores_{statistics(), "scores", "products looked up, one a token and head"};
  Counter logits_{statistics(), "logits", "logits looked up"};
  Counter divisions_{statistics(), "divisions", "reciprocals of a head's sum"};
  Counter selections_{statistics(), "selections", "selections made"};
  Counter exits_{statistics(), "exits", "exits tested"};
  Counter routed_tokens_{statistics(), "routed_tokens", "tokens sent to one of two experts"};
  Counter query_bytes_written_{statistics(), "query_bytes_written", "bytes of queries that came"};
  Counter query_bytes_read_{statistics(), "query_bytes_read",
                            "bytes of queries that the multipliers took"};
  Counter entry_bytes_written_{statistics(), "entry_bytes_written",
                               "bytes of words of mantissas and exponents written"};
  Counter entry_bytes_read_{statistics(), "entry_bytes_read", "bytes of these that passes took"};
  Counter score_bytes_written_{statistics(), "score_bytes_written",
                               "bytes of words of scores written"};
  Counter score_bytes_read_{statistics(), "score_bytes_read", "bytes of these that passes took"};
  Counter origin_bytes_written_{statistics(), "origin_bytes_written",
                                "bytes of words of origins written"};
  Counter origin_bytes_read_{statistics(), "origin_bytes_read", "bytes of these that a pass took"};
};

}  // namespace vitcod
