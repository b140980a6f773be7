// SPDX-License-Identifier: Apache-2.0
#include "hw_models/token_selector/token_selector.hpp"

#include <algorithm>

#include "hw_models/packet_unit/store_packets.hpp"
#include "hw_models/token_selector/token_selector_parts.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kOperandFractionBits = 5;
// log2(e) x / 32 is log2(e) x / sqrt(1024), of whole numbers.
constexpr std::uint32_t kLogitFeatures = 1024;
constexpr std::uint64_t kRoutedLogits = 2;  ///< of a token

/// Groups of `group` bytes of rows of `row_bytes` that are complete with the packet.
std::uint64_t groups_in(const Packet& packet, std::uint64_t row_bytes, std::uint64_t group) {
  return groups_within(packet.offset + packet.bytes, row_bytes, group) -
         groups_within(packet.offset, row_bytes, group);
}

bool ends_load(const Packet& packet, const SelectorPlacement& placement) {
  return packet.offset + packet.bytes == placement.bytes;
}

/// Bytes of the load, as the operation has them.
std::uint64_t load_bytes(const SelectorPlacement& placement) {
  using Kind = SelectorPlacement::Kind;
  if (placement.kind == Kind::kLogits) return placement.exit->classes;
  if (placement.kind == Kind::kRouting) return kRoutedLogits * placement.split->tokens;
  const ScoreSelect& select = *placement.select;
  if (placement.kind == Kind::kOrigins) return kOriginBytes * select.tokens_in;
  const std::uint64_t query = std::uint64_t{select.heads} * select.features;
  return placement.kind == Kind::kQuery ? query : query * select.tokens_in;
}

void copy_in(const Packet& packet, std::vector<std::uint8_t>& held) {
  std::copy(packet.payload->begin(), packet.payload->end(),
            held.begin() + static_cast<std::ptrdiff_t>(packet.offset));
}

/// Appends `num` numbers of 16 bits: those of `values`, then zeros.
void append(const std::vector<std::uint32_t>& values, std::size_t num,
            std::vector<std::uint8_t>& bytes) {
  for (std::size_t i = 0; i < num; ++i) append_16_bits(i < values.size() ? values[i] : 0, bytes);
}

}  // namespace

TokenSelector::TokenSelector(const sc_core::sc_module_name& name, Clock& clock,
                             const TokenSelectorConfig& config, StatGroup& parent)
    : PacketUnit(name, clock, "selecting", parent),
      cost_(cost_of(config)),
      score_bytes_(score_entry_bytes(config)),
      logit_format_(kLogitFeatures, 0) {}

PacketUnit::Step TokenSelector::work_on(const Packet& packet) {
  const auto& placement = placement_as<SelectorPlacement>(packet);
  check(placement.bytes == load_bytes(placement), "a load of the token selector of a wrong size");
  begin(placement);
  Step step;
  step.read_cycles = cost_.read_bandwidth.beat_cycles(packet.bytes);
  step.latency = cost_.latency;
  switch (placement.kind) {
    case SelectorPlacement::Kind::kQuery:
      take_query(packet);
      break;
    case SelectorPlacement::Kind::kOrigins:
      take_origins(packet, placement, step);
      break;
    case SelectorPlacement::Kind::kKeys:
      take_keys(packet, placement, step);
      break;
    case SelectorPlacement::Kind::kLogits:
      take_logits(packet, placement, step);
      break;
    case SelectorPlacement::Kind::kRouting:
      take_routing(packet, placement, step);
      break;
  }
  return step;
}

/// All memories are free for an operation's first packet.
void TokenSelector::begin(const SelectorPlacement& placement) {
  const bool is_test = placement.kind == SelectorPlacement::Kind::kLogits;
  const bool is_split = placement.kind == SelectorPlacement::Kind::kRouting;
  const void* operation = placement.select;
  if (is_test) operation = placement.exit;
  if (is_split) operation = placement.split;
  if (operation_ == operation) return;
  check(operation_ == nullptr, "the token selector was given an operation amid another one");
  const bool fits =
      is_test    ? cost_.fits(*placement.exit)
      : is_split ? cost_.fits(*placement.split)
                 : cost_.fits(*placement.select) && (!placement.fuses || cost_.emits_dropped);
  check(fits, "the token selector cannot hold what it was given");
  operation_ = operation;
  query_bytes_ = origin_bytes_ = 0;
  if (is_split) routing_logits_.assign(kRoutedLogits * placement.split->tokens, 0);
  if (is_test) weights_.restart(placement.exit->classes);
  if (is_test || is_split) return;
  const ScoreSelect& select = *placement.select;
  format_.emplace(select.features, kOperandFractionBits);
  query_.assign(std::size_t{select.heads} * select.features, 0);
  origins_.assign(kOriginBytes * select.tokens_in, 0);
  weights_.restart(select.tokens_in);
  choice_.restart(select.tokens_in);
}

void TokenSelector::take_query(const Packet& packet) {
  query_bytes_ += packet.bytes;
  query_bytes_written_ += packet.bytes;
  if (packet.payload != nullptr) copy_in(packet, query_);
}

void TokenSelector::take_origins(const Packet& packet, const SelectorPlacement& placement,
                                 Step& step) {
  const std::uint64_t word = kOriginBytes * cost_.entries;
  step.work_cycles = groups_in(packet, placement.bytes, word);
  origin_bytes_ += packet.bytes;
  origin_bytes_written_ += step.work_cycles * word;
  if (packet.payload != nullptr) copy_in(packet, origins_);
}

void TokenSelector::take_keys(const Packet& packet, const SelectorPlacement& placement,
                              Step& step) {
  const ScoreSelect& select = *placement.select;
  check(query_bytes_ == std::uint64_t{select.heads} * select.features,
        "keys came before the whole query that they need");
  const std::uint64_t groups = groups_in(packet, select.features, cost_.macs);
  const std::uint64_t heads =
      (packet.first_row + packet.num_rows) / select.tokens_in - packet.first_row / select.tokens_in;
  step.work_cycles = groups;
  if (heads > 0) {  // its passes begin when its last row is there
    step.work_cycles =
        std::max(step.read_cycles, groups) + heads * cost_.head_cycles(select.tokens_in);
  }
  macs_ += packet.bytes;
  scores_ += packet.num_rows;
  // A row of one group leaves the query's in the register behind the memory.
  query_bytes_read_ += cost_.macs * (select.features > cost_.macs ? groups : heads);
  count_heads(select, heads);
  if (packet.payload != nullptr) score(packet, select);
  if (!ends_load(packet, placement)) return;
  check(!placement.has_origins || origin_bytes_ == kOriginBytes * select.tokens_in,
        "keys ended before the origins of their tokens had come");
  step.work_cycles += cost_.choice_cycles(select, placement.fuses);
  count_choice(placement);
  step.results = packets_of_store(*placement.store, placement.packet_bytes,
                                  packet.payload != nullptr ? chosen(placement) : nullptr);
  operation_ = nullptr;
}

void TokenSelector::take_logits(const Packet& packet, const SelectorPlacement& placement,
                                Step& step) {
  const std::uint64_t classes = placement.exit->classes;
  step.work_cycles = groups_in(packet, classes, cost_.entries);
  logits_ += packet.bytes;
  if (packet.payload != nullptr) {
    for (std::size_t i = 0; i < packet.bytes; ++i) {
      const auto logit = static_cast<std::int8_t>((*packet.payload)[i]);
      weights_.put(packet.offset + i, logit_format_.score(logit));
    }
  }
  if (!ends_load(packet, placement)) return;
  step.work_cycles = std::max(step.read_cycles, step.work_cycles) + cost_.test_cycles(classes);
  const std::uint64_t bytes = cost_.words(classes) * cost_.entries * kScoreBytes;
  entry_bytes_written_ += bytes;
  entry_bytes_read_ += bytes;
  ++exits_;
  Payload values;
  if (packet.payload != nullptr) {
    const bool is_taken =
        weights_.largest_weight() << 16U >= placement.exit->confidence * weights_.sum();
    values = std::make_shared<const std::vector<std::uint8_t>>(1, is_taken ? 1 : 0);
  }
  step.results = packets_of_store(*placement.store, placement.packet_bytes, values);
  operation_ = nullptr;
}

/// A token's two logits are compared as they enter; its choice lies where scores do. Each of two
/// passes emits the tokens of an expert.
void TokenSelector::take_routing(const Packet& packet, const SelectorPlacement& placement,
                                 Step& step) {
  const std::uint64_t tokens = placement.split->tokens;
  step.work_cycles = groups_in(packet, kRoutedLogits * tokens, cost_.entries);
  if (packet.payload != nullptr) {
    std::copy(packet.payload->begin(), packet.payload->end(),
              routing_logits_.begin() + static_cast<std::ptrdiff_t>(packet.offset));
  }
  if (!ends_load(packet, placement)) return;
  step.work_cycles = std::max(step.read_cycles, step.work_cycles) + cost_.order_cycles(tokens);
  const std::uint64_t bytes = cost_.words(tokens) * cost_.entries * score_bytes_;
  score_bytes_written_ += bytes;
  score_bytes_read_ += 2 * bytes;
  routed_tokens_ += tokens;
  step.results = packets_of_store(*placement.store, placement.packet_bytes,
                                  packet.payload != nullptr ? routed() : nullptr);
  operation_ = nullptr;
}

/// Values of the order.
Payload TokenSelector::routed() const {
  std::vector<std::uint32_t> order;
  for (const bool is_first : {true, false}) {
    for (std::uint32_t token = 0; token < routing_logits_.size() / kRoutedLogits; ++token) {
      const std::int8_t* const logits = &routing_logits_[kRoutedLogits * token];
      if ((logits[0] >= logits[1]) == is_first) order.push_back(token);
    }
  }
  std::vector<std::uint8_t> values;
  append(order, order.size(), values);
  return std::make_shared<const std::vector<std::uint8_t>>(std::move(values));
}

/// The rows that are complete with the packet; a head's last one ends it.
void TokenSelector::score(const Packet& packet, const ScoreSelect& select) {
  keys_in_.take(packet, select.features, [&](std::uint32_t row, const std::uint8_t* key) {
    const std::uint32_t head = row / select.tokens_in;
    const std::uint32_t token = row % select.tokens_in;
    const std::uint8_t* query = &query_[std::size_t{head} * select.features];
    std::int32_t product = 0;
    for (std::uint32_t f = 0; f < select.features; ++f) {
      product += static_cast<std::int8_t>(query[f]) * static_cast<std::int8_t>(key[f]);
    }
    weights_.put(token, format_->score(product));
    if (token + 1 == select.tokens_in) end_head(select);
  });
}

void TokenSelector::end_head(const ScoreSelect& select) {
  const std::uint64_t reciprocal = (std::uint64_t{1} << 24U) / weights_.sum();
  for (std::size_t token = 0; token < select.tokens_in; ++token) {
    choice_.add(token, (weights_.weight(token) * reciprocal) >> 8U);
  }
  weights_.restart(select.tokens_in);
}

/// Values of the results, in the size that the trace gives them.
Payload TokenSelector::chosen(const SelectorPlacement& placement) const {
  if (placement.fuses) return members(*placement.select);
  const std::vector<std::uint32_t> numbers = choice_.kept(*placement.select);
  std::vector<std::uint32_t> origins = numbers;
  if (placement.has_origins) {
    for (std::uint32_t& origin : origins) {
      const std::uint8_t* bytes = &origins_[kOriginBytes * origin];
      origin = bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8U;
    }
  }
  const std::size_t num = placement.store->stretches.front().bytes / kOriginBytes;
  std::vector<std::uint8_t> values;
  append(numbers, num, values);
  append(origins, num, values);
  return std::make_shared<const std::vector<std::uint8_t>>(std::move(values));
}

/// The table of members of a fused token (workloads/token_merging.hpp).
Payload TokenSelector::members(const ScoreSelect& select) const {
  const std::vector<std::uint32_t> kept = choice_.kept(select);
  std::vector<std::uint32_t> order = kept;
  for (std::uint32_t token = 0; token < select.tokens_in; ++token) {
    if (!std::binary_search(kept.begin(), kept.end(), token)) order.push_back(token);
  }
  std::vector<std::uint8_t> values;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool ends_group = i < kept.size() || i + 1 == order.size();
    append_16_bits(order[i] | (ends_group ? kEndOfGroup : 0U), values);
  }
  for (const std::uint32_t token : order) append_16_bits(choice_.weight(token, select), values);
  return std::make_shared<const std::vector<std::uint8_t>>(std::move(values));
}

/// A head's entries are written once, read for their sum and for the scores; the scores of the
/// first head are only written.
void TokenSelector::count_heads(const ScoreSelect& select, std::uint64_t heads) {
  const std::uint64_t entries = cost_.words(select.tokens_in) * cost_.entries;
  divisions_ += heads;
  entry_bytes_written_ += heads * entries * kScoreBytes;
  entry_bytes_read_ += 2 * heads * entries * kScoreBytes;
  score_bytes_written_ += heads * entries * score_bytes_;
  score_bytes_read_ += heads * entries * score_bytes_;
}

void TokenSelector::count_choice(const SelectorPlacement& placement) {
  const ScoreSelect& select = *placement.select;
  const std::uint64_t words = cost_.words(select.tokens_in);
  const std::uint64_t searched = select.rule == SelectionRule::kTopK
                                     ? score_bits(select.heads) * cost_.patch_words(select)
                                     : 0;
  ++selections_;
  tokens_ += select.tokens_in;
  // The first head's scores were not read, each of the passes that emit reads them.
  const std::uint64_t emitting = (cost_.emit_passes(placement.fuses) - 1) * words;
  score_bytes_read_ += (searched + emitting) * cost_.entries * score_bytes_;
  if (placement.has_origins) origin_bytes_read_ += words * cost_.entries * kOriginBytes;
}

}  // namespace vitcod
