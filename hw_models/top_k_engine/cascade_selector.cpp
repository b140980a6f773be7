// SPDX-License-Identifier: Apache-2.0
#include "hw_models/top_k_engine/cascade_selector.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "hw_models/packet_unit/store_packets.hpp"

namespace vitcod {
namespace {

constexpr std::uint64_t kNumberBytes = 2;

/// Values of a store: the tokens that stay.
Payload numbers_of(const CascadeChoice& choice) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint32_t token : choice.tokens) append_16_bits(token, bytes);
  return std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
}

void keep_of(std::vector<std::uint64_t>& values, const std::vector<std::uint32_t>& kept) {
  for (std::size_t i = 0; i < kept.size(); ++i) values[i] = values[kept[i]];
  values.resize(kept.size());
}

}  // namespace

CascadeChoice choose(const CascadeChoice& sizes, const Importance& importance,
                     const TopKCost& cost) {
  CascadeChoice choice = sizes;
  const std::uint32_t prefix = sizes.prefix_tokens;
  const std::span candidates = std::span(importance.tokens).subspan(prefix);
  const TopK tokens =
      quick_select(candidates, static_cast<std::uint32_t>(sizes.tokens.size()) - prefix);
  for (std::uint32_t token = 0; token < prefix; ++token) choice.tokens[token] = token;
  std::transform(tokens.kept.begin(), tokens.kept.end(), choice.tokens.begin() + prefix,
                 [prefix](std::uint32_t place) { return prefix + place; });
  const TopK heads = quick_select(importance.heads, static_cast<std::uint32_t>(sizes.heads.size()));
  choice.heads = heads.kept;
  choice.search = cost.work(tokens, candidates.size());
  choice.search += cost.work(heads, sizes.num_heads);
  return choice;
}

CascadeSelector::CascadeSelector(const sc_core::sc_module_name& name, Clock& clock,
                                 const TopKConfig& config, Importance* importance,
                                 StatGroup& parent)
    : Block(name, clock),
      cost_(cost_of(config)),
      importance_(importance),
      stats_(parent, basename()) {}

Cycle CascadeSelector::tick(Cycle now) {
  if (busy_.at(now)) return busy_.end();
  if (!packets_.empty()) {
    if (!packet_out->ready()) {
      cycles_.standing(Activity::kOutputBlocked);
      return kOnLink;
    }
    send_next(now);
    return busy_.end();
  }
  if (!order_in->valid()) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  begin(kernel_as<CascadeKernel>(*order_in->pop().kernel), now);
  return busy_.end();
}

void CascadeSelector::begin(const CascadeKernel& kernel, Cycle now) {
  const CascadeChoice& choice = kernel.choice;
  check(std::max(choice.num_tokens, choice.num_heads) <= cost_.max_entries,
        "more tokens or heads than the FIFOs hold");
  ++selections_;
  tokens_dropped_ += choice.num_tokens - choice.tokens.size();
  heads_dropped_ += choice.num_heads - choice.heads.size();
  words_ += choice.search.words;
  if (importance_ != nullptr) {
    check_choice(choice);
    keep_of(importance_->tokens, choice.tokens);
    keep_of(importance_->heads, choice.heads);
  }
  busy_.begin(now, std::max<Cycle>(1, cost_.cycles(choice.search)));
  cycles_.standing(Activity::kSelecting);
  if (kernel.store == nullptr) return done_out->push_at(UnitDone{}, busy_.last());
  check(kernel.store->bytes() == kNumberBytes * choice.tokens.size(),
        "a store of another size than the tokens that stay");
  const std::vector<Packet> packets = packets_of_store(
      *kernel.store, kernel.packet_bytes, importance_ == nullptr ? nullptr : numbers_of(choice));
  packets_.assign(packets.begin(), packets.end());
}

void CascadeSelector::send_next(Cycle now) {
  const std::uint64_t numbers = packets_.front().bytes / kNumberBytes;
  const std::uint64_t words = cost_.storing_cycles(numbers);
  numbers_stored_ += numbers;
  words_ += words;
  busy_.begin(now, words);
  cycles_.standing(Activity::kStoring);
  packet_out->push_at(std::move(packets_.front()), busy_.last());
  packets_.pop_front();
  if (packets_.empty()) done_out->push_at(UnitDone{}, busy_.last());
}

void CascadeSelector::check_choice(const CascadeChoice& choice) const {
  const CascadeChoice own = choose(choice, *importance_, cost_);
  check(own.tokens == choice.tokens, "the top-k engine keeps other tokens than the trace");
  check(own.heads == choice.heads, "the top-k engine keeps other heads than the trace");
  check(own.search == choice.search,
        "the top-k engine searches otherwise for tokens and heads than the trace says");
}

}  // namespace vitcod
