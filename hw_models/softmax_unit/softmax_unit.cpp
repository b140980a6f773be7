// SPDX-License-Identifier: Apache-2.0
#include "hw_models/softmax_unit/softmax_unit.hpp"

#include <algorithm>

#include "hw_models/query_key_array/low_bits.hpp"

namespace vitcod {

SoftmaxUnit::SoftmaxUnit(const sc_core::sc_module_name& name, Clock& clock,
                         const SoftmaxUnitConfig& config, const LowBitsConfig& low_bits,
                         Importance* importance, StatGroup& parent)
    : Block(name, clock),
      cost_(cost_of(config)),
      fraction_bits_(config.operand_fraction_bits),
      threshold_(low_bits.threshold()),
      importance_(importance),
      stats_(parent, basename()) {}

Cycle SoftmaxUnit::tick(Cycle now) {
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
  const std::uint64_t keys = row.tile->num_keys;
  check(keys <= cost_.max_keys, "a row is longer than the softmax unit holds");
  if (row.values != nullptr) weigh(row);
  ++rows_;
  scores_ += keys;
  if (row.tile->is_final(row.row)) {
    importances_ += keys;
  } else {
    ++flat_rows_;
    row.values = nullptr;
  }
  busy_.begin(now, cost_.row_cycles(keys));
  cycles_.standing(Activity::kNormalising);
  row_out->push_at(std::move(row), busy_.last() + cost_.latency);
  return busy_.end();
}

void SoftmaxUnit::weigh(const AttentionRow& row) {
  const PairTile& tile = *row.tile;
  if (tile.begins_cascade && row.row == 0) importance_->restart(tile.num_keys, tile.block_heads);
  RowValues& values = *row.values;
  const ScoreFormat format(tile.query_features, fraction_bits_);
  std::vector<Score> scores;
  std::int32_t largest = kNoExponent;
  for (const std::int32_t product : values.products) {
    scores.push_back(format.score(product, tile.has_low_scores ? kLowBits : 0));
    largest = std::max<std::int32_t>(largest, scores.back().exponent);
  }
  values.products.clear();
  std::uint64_t most = 0;
  for (const Score score : scores) {
    values.weights.push_back(ScoreFormat::weight(score, largest));
    values.sum += values.weights.back();
    most = std::max<std::uint64_t>(most, values.weights.back());
  }
  if (tile.pass == RowPass::kFirst) {
    const bool is_flat = (most << 16U) < std::uint64_t{threshold_} * values.sum;
    check(is_flat == tile.is_flat(row.row),
          "the softmax unit asks for low bits of other rows than the trace");
  }
  if (!tile.is_final(row.row)) return;
  const std::uint64_t reciprocal = (std::uint64_t{1} << 24U) / values.sum;
  for (std::size_t key = 0; key < values.weights.size(); ++key) {
    importance_->tokens[key] += (values.weights[key] * reciprocal) >> 8U;
  }
}

}  // namespace vitcod
