// SPDX-License-Identifier: Apache-2.0
#include "hw_models/prob_value_array/prob_value_array.hpp"

#include <algorithm>
#include <cstdlib>

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
  if (busy_until_ > now) return busy_until_;
  if (kernel_ == nullptr) {
    if (!order_in->valid()) {
      cycles_.standing(Activity::kIdle);
      return kOnLink;
    }
    kernel_ = &kernel_as<ProbValueKernel>(*order_in->pop().kernel);
    rows_left_ = kernel_->tile->total_rows();
  }
  if (!row_in->valid()) {
    cycles_.standing(Activity::kWaitRows);
    return kOnLink;
  }
  const std::uint32_t row = row_in->front().row;
  const bool sends = ends_packet(row);
  if (sends && !packet_out->ready()) {
    cycles_.standing(Activity::kOutputBlocked);
    return kOnLink;
  }
  busy_until_ = now + begin_row(row_in->pop());
  cycles_.standing(Activity::kMultiplying);
  const Cycle leaves = busy_until_ - 1 + cost_.latency;
  if (sends) packet_out->push_at(packet_of(row), leaves);
  if (--rows_left_ == 0) {
    done_out->push_at(UnitDone{}, leaves);
    kernel_ = nullptr;
  }
  return busy_until_;
}

Cycle ProbValueArray::begin_row(const AttentionRow& row) {
  const PairTile& tile = *row.tile;
  check(&tile == kernel_->tile.get(), "a row came to the array before the order for it");
  const std::uint64_t features = tile.value_features;
  std::vector<std::uint64_t> of_bank(cost_.rows_per_cycle(features), 0);
  std::uint64_t kept = 0;
  tile.kept_values(row.row).for_each_kept(tile.query_of(row.row), [&](std::uint32_t key) {
    ++of_bank[key % of_bank.size()];
    ++kept;
  });
  ++rows_;
  macs_ += kept * features;
  value_bytes_ += kept * features;
  if (row.values != nullptr) compute(row);
  return cost_.row_cycles(*std::max_element(of_bank.begin(), of_bank.end()), features);
}

void ProbValueArray::compute(const AttentionRow& row) {
  const PairTile& tile = *row.tile;
  const std::size_t features = tile.value_features;
  const std::uint8_t* values =
      contents_->bytes(tile.value) + tile.head_of(row.row) * tile.num_keys * features;
  std::vector<std::int32_t> sums(features, 0);
  tile.kept_values(row.row).for_each_kept(tile.query_of(row.row), [&](std::uint32_t key) {
    const auto weight = static_cast<std::int32_t>(row.values->weights[key]);
    for (std::size_t f = 0; f < features; ++f) {
      sums[f] += weight * static_cast<std::int8_t>(values[key * features + f]);
    }
  });
  if (values_ == nullptr) values_ = std::make_shared<std::vector<std::uint8_t>>();
  std::uint64_t magnitude = 0;
  for (const std::int32_t sum : sums) {
    const std::int8_t output = ScoreFormat::normalise(sum, row.values->sum);
    magnitude += static_cast<std::uint64_t>(std::abs(int{output}));
    values_->push_back(static_cast<std::uint8_t>(output));
  }
  importance_->heads[tile.first_head + tile.head_of(row.row)] += magnitude;
}

bool ProbValueArray::ends_packet(std::uint32_t row) const {
  const std::uint32_t query = kernel_->tile->query_of(row) + 1;
  return query % kernel_->rows_a_packet == 0 || query == kernel_->tile->num_queries;
}

/// Of which `row` is the last one.
Packet ProbValueArray::packet_of(std::uint32_t row) {
  const PairTile& tile = *kernel_->tile;
  const Stretch& stretch = kernel_->store->stretches[tile.head_of(row)];
  const std::uint32_t query = tile.query_of(row);
  const std::uint32_t first = query / kernel_->rows_a_packet * kernel_->rows_a_packet;
  const std::uint64_t begin = std::uint64_t{first} * stretch.row_bytes;
  Packet packet;
  packet.transfer = kernel_->store;
  packet.outputs = kernel_->store->outputs;
  packet.address = stretch.address + begin;
  packet.offset = stretch.offset + begin;
  packet.first_row = stretch.first_row + first;
  packet.num_rows = query + 1 - first;
  packet.bytes = packet.num_rows * stretch.row_bytes;
  packet.payload = std::move(values_);
  values_ = nullptr;
  return packet;
}

}  // namespace vitcod
