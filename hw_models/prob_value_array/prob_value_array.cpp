// SPDX-License-Identifier: Apache-2.0
#include "hw_models/prob_value_array/prob_value_array.hpp"

#include <algorithm>
#include <cstdlib>

#include "hw_models/query_key_array/low_bits.hpp"
#include "hw_models/score_unit/score_format.hpp"

namespace vitcod {

ProbValueArray::ProbValueArray(const sc_core::sc_module_name& name, Clock& clock,
                               const ProbValueArrayCost& cost, const GemmContents* contents,
                               Importance* importance, StatGroup& parent)
    : Block(name, clock),
      cost_(cost),
      contents_(contents),
      importance_(importance),
      stats_(parent, basename()) {}

Cycle ProbValueArray::tick(Cycle now) {
  if (busy_.at(now)) return busy_.end();
  if (kernel_ == nullptr) {
    if (!order_in->valid()) {
      cycles_.standing(Activity::kIdle);
      return kOnLink;
    }
    kernel_ = &kernel_as<ProbValueKernel>(*order_in->pop().kernel);
    next_row_ = 0;
  }
  if (!row_in->valid()) {
    cycles_.standing(Activity::kWaitRows);
    return kOnLink;
  }
  const bool sends = ends_packet(next_row_);
  if (sends && !packet_out->ready()) {
    cycles_.standing(Activity::kOutputBlocked);
    return kOnLink;
  }
  busy_.begin(now, begin_row(row_in->pop()));
  cycles_.standing(Activity::kMultiplying);
  const Cycle leaves = busy_.last() + cost_.latency;
  if (sends) packet_out->push_at(next_packet(), leaves);
  if (++next_row_ == kernel_->tile->total_rows()) {
    done_out->push_at(UnitDone{}, leaves);
    kernel_ = nullptr;
  }
  return busy_.end();
}

Cycle ProbValueArray::begin_row(const AttentionRow& row) {
  const PairTile& tile = *row.tile;
  check(&tile == kernel_->tile.get(), "a row came to the array before the order for it");
  if (!tile.is_final(row.row)) return 1;
  const std::uint64_t features = tile.value_features;
  if (packet_rows_++ == 0) packet_begin_ = row.row;
  std::vector<std::uint64_t> of_bank(cost_.rows_per_cycle(features), 0);
  std::uint64_t kept = 0;
  tile.kept_values(row.row).for_each_kept(tile.query_of(row.row), [&](std::uint32_t key) {
    ++of_bank[key % of_bank.size()];
    ++kept;
  });
  ++rows_;
  macs_ += kept * features;
  if (tile.has_low_values) macs_with_low_bits_ += kept * features;
  value_bytes_ += kept * (features + (tile.has_low_values ? low_bytes(features) : 0));
  if (row.values != nullptr) compute(row);
  return cost_.row_cycles(*std::max_element(of_bank.begin(), of_bank.end()), features);
}

void ProbValueArray::compute(const AttentionRow& row) {
  const PairTile& tile = *row.tile;
  const std::size_t features = tile.value_features;
  const std::size_t first = std::size_t{tile.head_of(row.row)} * tile.num_keys * features;
  const std::uint8_t* values = contents_->bytes(tile.value) + first;
  const std::uint8_t* low =
      tile.has_low_values ? contents_->bytes(tile.value_low) + low_bytes(first) : nullptr;
  std::vector<std::int32_t> sums(features, 0);
  tile.kept_values(row.row).for_each_kept(tile.query_of(row.row), [&](std::uint32_t key) {
    const auto weight = static_cast<std::int32_t>(row.values->weights[key]);
    for (std::size_t f = 0; f < features; ++f) {
      sums[f] += weight * operand_at(values, low, key * features + f);
    }
  });
  if (values_ == nullptr) values_ = std::make_shared<std::vector<std::uint8_t>>();
  std::uint64_t magnitude = 0;
  for (const std::int32_t sum : sums) {
    const std::int8_t output =
        ScoreFormat::normalise(sum, row.values->sum, low == nullptr ? 0 : kLowBits);
    magnitude += static_cast<std::uint64_t>(std::abs(int{output}));
    values_->push_back(static_cast<std::uint8_t>(output));
  }
  importance_->heads[tile.first_head + tile.head_of(row.row)] += magnitude;
}

/// Row number `i` of the pass is the last one before another head, the end of a packet's rows, or a
/// row that the pass makes no output of.
bool ProbValueArray::ends_packet(std::uint32_t i) const {
  const PairTile& tile = *kernel_->tile;
  const std::uint32_t row = tile.row(i);
  if (!tile.is_final(row)) return false;
  const std::uint32_t query = tile.query_of(row) + 1;
  if (query % kernel_->rows_a_packet == 0 || query == tile.num_queries) return true;
  return !tile.is_final(row + 1);
}

/// Of the rows since the last one.
Packet ProbValueArray::next_packet() {
  const PairTile& tile = *kernel_->tile;
  const std::uint64_t row_bytes = tile.value_features;
  const auto& stretches = kernel_->store->stretches;
  // Those of rows that follow each other.
  const auto after =
      std::upper_bound(stretches.begin(), stretches.end(), packet_begin_,
                       [](std::uint32_t row, const Stretch& s) { return row < s.first_row; });
  const Stretch& stretch = *std::prev(after);
  const std::uint64_t begin = (packet_begin_ - stretch.first_row) * row_bytes;
  Packet packet;
  packet.transfer = kernel_->store;
  packet.outputs = kernel_->store->outputs;
  packet.address = stretch.address + begin;
  packet.offset = stretch.offset + begin;
  packet.first_row = packet_begin_;
  packet.num_rows = packet_rows_;
  packet.bytes = static_cast<std::uint32_t>(packet_rows_ * row_bytes);
  packet.payload = std::move(values_);
  values_ = nullptr;
  packet_rows_ = 0;
  return packet;
}

}  // namespace vitcod
