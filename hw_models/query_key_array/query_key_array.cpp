// SPDX-License-Identifier: Apache-2.0
#include "hw_models/query_key_array/query_key_array.hpp"

#include "hw_models/query_key_array/low_bits.hpp"

namespace vitcod {

QueryKeyArray::QueryKeyArray(const sc_core::sc_module_name& name, Clock& clock,
                             const QueryKeyArrayCost& cost, const GemmContents* contents,
                             StatGroup& parent)
    : Block(name, clock), cost_(cost), contents_(contents), stats_(parent, basename()) {}

Cycle QueryKeyArray::tick(Cycle now) {
  if (busy_.at(now)) return busy_.end();
  if (tile_ == nullptr) {
    if (!order_in->valid()) {
      cycles_.standing(Activity::kIdle);
      return kOnLink;
    }
    tile_ = kernel_as<QueryKeyKernel>(*order_in->pop().kernel).tile.get();
    next_row_ = 0;
  }
  if (!row_out->ready()) {
    cycles_.standing(Activity::kOutputBlocked);
    return kOnLink;
  }
  const std::uint64_t features = tile_->query_features;
  busy_.begin(now, cost_.row_cycles(tile_->num_keys, features));
  cycles_.standing(Activity::kMultiplying);
  scores_ += tile_->num_keys;
  macs_ += tile_->num_keys * features;
  const std::uint64_t row_bytes = features + (tile_->has_low_scores ? low_bytes(features) : 0);
  if (tile_->has_low_scores) macs_with_low_bits_ += tile_->num_keys * features;
  key_bytes_ += tile_->num_keys * row_bytes;
  query_bytes_ += row_bytes;
  const Cycle leaves = busy_.last() + cost_.latency;
  const std::uint32_t row = tile_->row(next_row_);
  row_out->push_at(AttentionRow{tile_, row, products(row)}, leaves);
  if (++next_row_ == tile_->total_rows()) {
    done_out->push_at(UnitDone{}, busy_.last());
    tile_ = nullptr;
  }
  return busy_.end();
}

std::shared_ptr<RowValues> QueryKeyArray::products(std::uint32_t row) const {
  if (contents_ == nullptr) return nullptr;
  const std::size_t features = tile_->query_features;
  const std::uint8_t* query = contents_->bytes(tile_->query) + row * features;
  const std::size_t first_key = std::size_t{tile_->head_of(row)} * tile_->num_keys * features;
  const std::uint8_t* key = contents_->bytes(tile_->key) + first_key;
  const std::uint8_t* query_low = nullptr;
  const std::uint8_t* key_low = nullptr;
  if (tile_->has_low_scores) {
    query_low = contents_->bytes(tile_->query_low) + low_bytes(row * features);
    key_low = contents_->bytes(tile_->key_low) + low_bytes(first_key);
  }
  std::vector<std::int32_t> operand(features);
  for (std::size_t f = 0; f < features; ++f) operand[f] = operand_at(query, query_low, f);
  auto values = std::make_shared<RowValues>();
  for (std::size_t k = 0; k < tile_->num_keys; ++k) {
    std::int32_t sum = 0;
    for (std::size_t f = 0; f < features; ++f) {
      sum += operand[f] * operand_at(key, key_low, k * features + f);
    }
    values->products.push_back(sum);
  }
  return values;
}

}  // namespace vitcod
