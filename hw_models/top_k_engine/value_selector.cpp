// SPDX-License-Identifier: Apache-2.0
#include "hw_models/top_k_engine/value_selector.hpp"

#include <algorithm>

namespace vitcod {

ValueSelector::ValueSelector(const sc_core::sc_module_name& name, Clock& clock,
                             const TopKConfig& config, StatGroup& parent)
    : Block(name, clock), cost_(cost_of(config)), stats_(parent, basename()) {}

Cycle ValueSelector::tick(Cycle now) {
  if (busy_.at(now)) return busy_.end();
  if (!row_in->valid()) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  if (!row_out->ready()) {
    cycles_.standing(Activity::kOutputBlocked);
    return kOnLink;
  }
  AttentionRow row = row_in->pop();
  const bool is_final = row.tile->is_final(row.row);
  const SearchWork search = is_final ? row.tile->search(row.row) : SearchWork{};
  if (row.values != nullptr) check_choice(row);
  if (is_final) entries_ += row.tile->num_keys;
  if (search.words > 0) {
    check(row.tile->num_keys <= cost_.max_entries, "a row is longer than the FIFOs hold");
    ++rows_;
    words_ += search.words;
  }
  busy_.begin(now, std::max<Cycle>(1, cost_.cycles(search)));
  cycles_.standing(search.words > 0 ? Activity::kSelecting : Activity::kPassing);
  row_out->push_at(std::move(row), busy_.last());
  return busy_.end();
}

void ValueSelector::check_choice(const AttentionRow& row) const {
  const std::uint32_t query = row.tile->query_of(row.row);
  std::vector<std::uint32_t> kept;
  row.tile->kept_values(row.row).for_each_kept(query,
                                               [&](std::uint32_t key) { kept.push_back(key); });
  const std::vector<std::uint64_t> weights(row.values->weights.begin(), row.values->weights.end());
  const TopK own = quick_select(weights, static_cast<std::uint32_t>(kept.size()));
  check(own.kept == kept, "the top-k engine chooses other rows of V than the trace");
  check(cost_.work(own, weights.size()) == row.tile->search(row.row),
        "the top-k engine searches otherwise for rows of V than the trace says");
}

}  // namespace vitcod
