// SPDX-License-Identifier: Apache-2.0
#include "hw_models/token_matcher/token_matcher.hpp"

#include <algorithm>

#include "hw_models/packet_unit/store_packets.hpp"
#include "hw_models/token_matcher/token_matcher_parts.hpp"

namespace vitcod {

TokenMatcher::TokenMatcher(const sc_core::sc_module_name& name, Clock& clock,
                           const TokenMatcherConfig& config, StatGroup& parent)
    : PacketUnit(name, clock, "matching", parent), cost_(cost_of(config)) {}

PacketUnit::Step TokenMatcher::work_on(const Packet& packet) {
  const auto& placement = placement_as<MatchPlacement>(packet);
  begin(placement);
  Step step;
  step.read_cycles = cost_.read_bandwidth.beat_cycles(packet.bytes);
  step.latency = cost_.latency;
  if (placement.kind == Kind::kSizes) {
    take_sizes(packet);
  } else {
    take_keys(packet, placement, step);
  }
  return step;
}

/// All memories are free for a match's first packet.
void TokenMatcher::begin(const MatchPlacement& placement) {
  if (under_way_ == placement.match) return;
  check(under_way_ == nullptr, "the token matcher was given a match amid another one");
  check(cost_.fits(*placement.match), "the token matcher cannot hold what it was given");
  under_way_ = placement.match;
  size_bytes_ = key_bytes_ = 0;
  likeness_.restart(*placement.match);
}

void TokenMatcher::take_sizes(const Packet& packet) {
  size_bytes_ += packet.bytes;
  size_bytes_written_ += packet.bytes;
  if (packet.payload == nullptr) return;
  sizes_in_.take(packet, kSizeBytes, [this](std::uint32_t token, const std::uint8_t* bytes) {
    likeness_.set_size(token, bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8U);
  });
}

void TokenMatcher::take_keys(const Packet& packet, const MatchPlacement& placement, Step& step) {
  const SimilarityMatch& match = *placement.match;
  check(!placement.has_sizes || size_bytes_ == kSizeBytes * match.tokens,
        "keys came before the sizes of all tokens");
  key_bytes_ += packet.bytes;
  check(key_bytes_ <= placement.key_bytes(), "more keys came than the match has");
  const std::uint64_t end = packet.offset + packet.bytes;
  step.work_cycles =
      cost_.words_within(end, match.features) - cost_.words_within(packet.offset, match.features);
  count_keys(packet, placement, step.work_cycles);
  if (packet.payload != nullptr) {
    keys_in_.take(packet, match.features, [&](std::uint32_t row, const std::uint8_t* key) {
      likeness_.add_key(row % match.tokens, key);
    });
  }
  if (key_bytes_ < placement.key_bytes()) return;
  step.work_cycles = std::max(step.read_cycles, step.work_cycles) + cost_.match_cycles(match);
  count_match(match);
  Payload values;
  if (packet.payload != nullptr) {
    values = std::make_shared<const std::vector<std::uint8_t>>(likeness_.members(placement.heads));
  }
  step.results = packets_of_store(*placement.store, placement.packet_bytes, values);
  under_way_ = nullptr;
}

/// Words are accessed as a whole. Those of the first head are written without being read.
void TokenMatcher::count_keys(const Packet& packet, const MatchPlacement& placement,
                              std::uint64_t words) {
  const SimilarityMatch& match = *placement.match;
  const std::uint64_t first_head = match.tokens * cost_.words(match.features);
  const std::uint64_t before = cost_.words_within(packet.offset, match.features);
  const std::uint64_t unread = before < first_head ? std::min(first_head - before, words) : 0;
  additions_ += packet.bytes;
  sum_bytes_written_ += words * cost_.macs * kKeySumBytes;
  sum_bytes_read_ += (words - unread) * cost_.macs * kKeySumBytes;
}

void TokenMatcher::count_match(const SimilarityMatch& match) {
  const std::uint64_t tokens = match.tokens;
  const std::uint64_t sources = sources_of(match);
  const std::uint64_t pairs = sources * destinations_of(match);
  const std::uint64_t searched = kCosineBits * cost_.source_words(match) * cost_.entries;
  ++matches_;
  macs_ += (tokens + pairs) * match.features;
  roots_ += tokens;
  likenesses_ += pairs + sources;
  sum_bytes_read_ +=
      (tokens + sources + pairs) * cost_.words(match.features) * cost_.macs * kKeySumBytes;
  // A reciprocal a token; a cosine and a destination a source; a link a source, and a token's next.
  entry_bytes_written_ += tokens * kReciprocalBytes + sources * (kCosineBytes + kLinkBytes) +
                          2 * kLinkBytes * match.merged;
  entry_bytes_read_ += (pairs + sources) * kReciprocalBytes + (searched + sources) * kCosineBytes +
                       match.merged * kLinkBytes * 2 + tokens * kLinkBytes;
  size_bytes_read_ += tokens * kSizeBytes;
}

}  // namespace vitcod
