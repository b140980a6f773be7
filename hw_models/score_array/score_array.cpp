// SPDX-License-Identifier: Apache-2.0
#include "hw_models/score_array/score_array.hpp"

#include <algorithm>
#include <bit>

#include "hw_models/mac_lines/dot_product.hpp"

namespace vitcod {

ScoreArray::ScoreArray(const sc_core::sc_module_name& name, Clock& clock,
                       const ScoreArrayConfig& config, EngineContents* contents, StatGroup& parent)
    : Block(name, clock),
      cost_(cost_of(config)),
      contents_(contents),
      format_(1, config.operand_fraction_bits),
      stats_(parent, basename()) {}

Cycle ScoreArray::tick(Cycle now) {
  if (busy_.at(now)) return busy_.end();
  if (kernel_ == nullptr) {
    if (!order_in->valid()) {
      cycles_.standing(Activity::kIdle);
      return kOnLink;
    }
    begin(*order_in->pop().kernel, now);
    return busy_.end();
  }
  if (drains_) return drain(now);
  if (!pass_in->valid()) {
    cycles_.standing(Activity::kWaitPass);
    return kOnLink;
  }
  work_on(pass_in->pop(), now);
  return busy_.end();
}

/// The first segment's K enters.
void ScoreArray::begin(const Kernel& kernel, Cycle now) {
  kernel_ = &kernel_as<ScoreArrayKernel>(kernel);
  const AttentionTile& tile = *kernel_->tile;
  check(cost_.accumulator_rows(tile.total_rows(), tile.value_features) <=
            cost_.config.accumulator_rows,
        "a tile has more rows than the array sums up");
  cycles_.standing(Activity::kLoading);
  busy_.begin(now, cost_.segment_cycles(tile.num_keys(), tile.query_features));
  if (contents_ == nullptr) return;
  format_ = ScoreFormat(tile.query_features, cost_.config.operand_fraction_bits);
  rows_.assign(tile.total_rows(), {});
}

/// A pass without sub-rows, which only tells that the tile has ended, takes the cycle it is seen.
void ScoreArray::work_on(const PackedPass& pass, Cycle now) {
  const AttentionTile& tile = *kernel_->tile;
  const std::uint64_t sub_rows = pass.num_sub_rows();
  PassCycles cycles{0, 0, 1};
  if (sub_rows > 0) {
    cycles = cost_.pass(sub_rows, {tile.query_features, tile.value_features, tile.num_keys()});
    summed_until_ = now + cycles.total() + cost_.tail(sub_rows, tile.query_features);
  }
  const Cycle exp = now + cycles.sddmm;
  const Cycle spmm = exp + cycles.exp;
  const Cycle summed = spmm + cycles.spmm;
  busy_.begin(now, (pass.ends_tile ? std::max(summed, summed_until_) : summed) - now);
  cycles_.pass(Activity::kSddmm, now, exp);
  cycles_.pass(Activity::kExp, exp, spmm);
  cycles_.pass(Activity::kSpmm, spmm, busy_.end());
  account_until(busy_.end());
  count(pass);
  if (contents_ != nullptr) compute(pass);
  if (pass.ends_tile) begin_drain(busy_.end());
}

void ScoreArray::count(const PackedPass& pass) {
  const AttentionTile& tile = *kernel_->tile;
  const std::uint64_t sub_rows = pass.num_sub_rows();
  if (sub_rows == 0) return;
  ++passes_;
  places_ += std::uint64_t{cost_.config.rows} * cost_.config.columns;
  std::uint64_t scores = 0;
  for (const SubRow& sub_row : *pass.sub_rows) {
    scores += static_cast<std::uint64_t>(std::popcount(sub_row.keys));
  }
  scores_ += scores;
  macs_ += scores * (tile.query_features + tile.value_features);
  const std::uint64_t keys = std::min(cost_.config.segment_keys,
                                      tile.num_keys() - pass.segment * cost_.config.segment_keys);
  query_bytes_ += sub_rows * tile.query_features;
  key_bytes_ += keys * tile.query_features;
  value_bytes_ += keys * tile.value_features;
  accumulations_ += sub_rows * tile.value_features;
  row_updates_ += sub_rows;
}

void ScoreArray::compute(const PackedPass& pass) {
  for (const SubRow& sub_row : *pass.sub_rows) rows_[sub_row.row].add(compute(sub_row, pass));
}

RowSums ScoreArray::compute(const SubRow& sub_row, const PackedPass& pass) const {
  const AttentionTile& tile = *kernel_->tile;
  const std::uint32_t first = pass.segment * cost_.config.segment_keys;
  const std::int8_t* query = contents_->query_value.row(kernel_->query, sub_row.row);
  std::vector<Score> scores;
  std::vector<std::uint32_t> keys;
  RowSums part;
  for (std::uint64_t left = sub_row.keys; left != 0; left &= left - 1) {
    const KeyToken token{first + static_cast<std::uint32_t>(std::countr_zero(left))};
    keys.push_back(value_of(tile.token_index(TileHead{pass.head}, token)));
    const std::int8_t* key = contents_->key_score.row(kernel_->key, keys.back());
    scores.push_back(format_.score(dot_product(query, key, tile.query_features)));
    part.exponent = std::max<std::int32_t>(part.exponent, scores.back().exponent);
  }
  part.accumulators.assign(tile.value_features, 0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::uint32_t weight = ScoreFormat::weight(scores[i], part.exponent);
    part.sum += weight;
    accumulate(part.accumulators.data(), static_cast<std::int16_t>(weight),
               contents_->query_value.row(kernel_->value, keys[i]), tile.value_features);
  }
  return part;
}

void ScoreArray::begin_drain(Cycle now) {
  const AttentionTile& tile = *kernel_->tile;
  for (std::uint32_t row = tile.total_rows(); row-- > 0;) {
    if (tile.has_sparse_entries(TileRow{row})) finished_.push_back(row);
  }
  drains_ = true;
  cycles_.standing(Activity::kDrain);
  if (finished_.empty()) {
    done_out->push_at(UnitDone{}, now - 1);
    end();
  } else {
    busy_.begin(now, cost_.drain_cycles(1, tile.value_features) - 1);
  }
}

/// The cycle in which the last features of a row leave.
Cycle ScoreArray::drain(Cycle now) {
  if (!row_out->ready()) {
    cycles_.standing(Activity::kWaitOutput);
    return kOnLink;
  }
  cycles_.standing(Activity::kDrain);
  const AttentionTile& tile = *kernel_->tile;
  PartialRow row{&tile, finished_.back(), nullptr};
  if (contents_ != nullptr) {
    RowSums& sums = rows_[row.row];
    row.values = std::make_shared<const PartialValues>(
        PartialValues{std::move(sums.accumulators), sums.sum});
  }
  row_out->push(std::move(row));
  drained_bytes_ += partial_row_bytes(tile.value_features);
  finished_.pop_back();
  if (finished_.empty()) {
    done_out->push(UnitDone{});
    end();
    return now + 1;
  }
  busy_.begin(now, cost_.drain_cycles(1, tile.value_features));
  return busy_.end();
}

void ScoreArray::end() {
  kernel_ = nullptr;
  drains_ = false;
}

}  // namespace vitcod
