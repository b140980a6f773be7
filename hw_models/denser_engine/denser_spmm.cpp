// SPDX-License-Identifier: Apache-2.0
#include "hw_models/denser_engine/denser_spmm.hpp"

#include <algorithm>

#include "hw_models/mac_lines/dot_product.hpp"

namespace vitcod {

DenserSpmm::DenserSpmm(const SpmmKernel& kernel, const MacLinesConfig& lines,
                       const DenserParts& parts, LinkWriteIf<PartialRow>& row_out, Cycle start)
    : PhaseMachine(start),
      tile_(*kernel.tile),
      operands_(kernel.operands),
      parts_(parts),
      num_lines_(kernel.split.denser_lines),
      shape_(kernel.split.denser_groups),
      start_(start),
      row_out_(row_out),
      words_(tile_, items_a_word(parts.score_buffer.word_bytes(), kScoreBytes)),
      free_at_(start),
      idle_reason_(&parts_.statistics.wait_value) {
  const OperandBanks& banks = operands_.banks[index_of(EngineId::kDenser)];
  parts_.qv_buffer.begin(tile_.value_features, banks.value);
  parts_.score_buffer.begin(banks.scores);
  result_delay_ = parts_.qv_buffer.latency_cycles() + lines.pipeline_cycles;
  find_head();
  if (has_block()) fetch_ = Fetch{head_, first_row_, block_rows_, 0, 0, start};
}

void DenserSpmm::find_head() {
  while (has_block() && tile_.num_denser(head_) == 0) ++head_;
  first_row_ = 0;
  next_column_ = 0;
  block_rows_ = std::min(shape_.num_groups, tile_.num_rows);
}

void DenserSpmm::step(Cycle now) {
  send_row(now);
  if (has_block() && free_at_ <= now) change_block(now);
  if (has_block() && free_at_ <= now) read_value(now);
  if (fetch_.is_pending()) fetch_words(now);
  if (!has_block() && output_rows_ == 0 && !ending()) end_phase(now);
}

void DenserSpmm::send_row(Cycle now) {
  if (output_rows_ == 0 || row_out_.room() == 0) return;
  PartialRow row{&tile_, output_first_, nullptr};
  if (!output_values_.empty()) {
    row.values = std::move(output_values_.back());
    output_values_.pop_back();
  }
  row_out_.push_at(std::move(row), now + result_delay_);
  ++output_first_;
  --output_rows_;
}

void DenserSpmm::change_block(Cycle now) {
  if (next_column_ < tile_.num_denser(head_)) return;
  if (output_rows_ > 0) {
    wait_for(parts_.statistics.wait_output, now);
    return;
  }
  output_first_ = value_of(tile_.row_index(TileHead{head_}, HeadRow{first_row_}));
  output_rows_ = block_rows_;
  if (parts_.values.are_computed()) {
    for (std::uint32_t i = block_rows_; i-- > 0;) {
      output_values_.push_back(compute_row(output_first_ + i));
    }
  }
  wait_for(parts_.statistics.wait_value, now);
  next_column_ = 0;
  first_row_ += block_rows_;
  block_rows_ = std::min(shape_.num_groups, tile_.num_rows - first_row_);
  if (block_rows_ > 0) return;
  ++head_;
  find_head();
}

void DenserSpmm::read_value(Cycle now) {
  if (next_column_ == tile_.num_denser(head_)) return;  // waits for the output registers
  const bool begins_word = next_column_ % words_.scores_a_word() == 0;
  if (begins_word && !has_words(now)) {
    wait_for(parts_.statistics.wait_scores, now);
    return;
  }
  wait_for(parts_.statistics.wait_value, now);
  const std::uint32_t row =
      tile_.key_place(EngineId::kDenser, TileHead{head_}, KeyPosition{next_column_});
  const std::uint32_t lines = block_rows_ * shape_.lines_per_group;
  if (parts_.qv_buffer.request(now, row, 0, lines) == 0) return;
  if (begins_word) advance_fetch();
  ++next_column_;
  free_at_ = now + shape_.cycles_per_entry;
  const std::uint64_t busy_lines = std::uint64_t{block_rows_} * shape_.lines_per_group;
  parts_.statistics.multiply(now, busy_lines, shape_.cycles_per_entry);
  parts_.statistics.no_work += (num_lines_ - busy_lines) * shape_.cycles_per_entry;
  parts_.statistics.macs += std::uint64_t{block_rows_} * tile_.value_features;
}

/// The lines were idle from `free_at_` to `now` for the reason that stood; `reason` stands from
/// now.
void DenserSpmm::wait_for(Counter& reason, Cycle now) {
  *idle_reason_ += (now - free_at_) * num_lines_;
  free_at_ = now;
  idle_reason_ = &reason;
}

bool DenserSpmm::has_words(Cycle now) const { return !fetch_.is_pending() && fetch_.at <= now; }

/// Row by row, as many as S takes.
void DenserSpmm::fetch_words(Cycle now) {
  while (fetch_.is_pending()) {
    const std::uint64_t word =
        words_.word(TileHead{fetch_.head}, HeadRow{fetch_.first_row + fetch_.num_asked},
                    KeyPosition{fetch_.column});
    const Cycle at = parts_.score_buffer.read(now, word, fetch_.num_asked * shape_.lines_per_group,
                                              shape_.lines_per_group);
    if (at == 0) return;
    fetch_.at = at;
    ++fetch_.num_asked;
  }
}

/// The groups use the words that were fetched: the next ones are those of the columns behind them,
/// or of the next block.
void DenserSpmm::advance_fetch() {
  fetch_.num_asked = 0;
  fetch_.column += words_.scores_a_word();
  if (fetch_.column < tile_.num_denser(fetch_.head)) return;
  fetch_.column = 0;
  fetch_.first_row += fetch_.num_rows;
  if (fetch_.first_row == tile_.num_rows) {
    fetch_.first_row = 0;
    do {
      ++fetch_.head;
    } while (fetch_.head < tile_.num_heads && tile_.num_denser(fetch_.head) == 0);
  }
  fetch_.num_rows = fetch_.head < tile_.num_heads
                        ? std::min(shape_.num_groups, tile_.num_rows - fetch_.first_row)
                        : 0;
}

std::shared_ptr<const PartialValues> DenserSpmm::compute_row(std::uint32_t row) const {
  const TileHead head = tile_.head_of_row(TileRow{row});
  auto values = std::make_shared<PartialValues>();
  values->accumulators.assign(tile_.value_features, 0);
  const std::int32_t exponent = exponent_of_row(tile_, *parts_.values.exponents, row);
  const std::int8_t* first = parts_.values.contents->query_value.row(
      operands_.value, value_of(tile_.key_index(head, KeyPosition{0})));
  for (std::uint32_t column = 0; column < tile_.num_denser(value_of(head)); ++column) {
    const Score score =
        parts_.scores.at(tile_, head, KeyPosition{column}, tile_.row_of_head(TileRow{row}));
    const std::uint32_t weight = score.mantissa == 0 ? 0 : ScoreFormat::weight(score, exponent);
    values->row_sum += weight;
    accumulate(values->accumulators.data(), static_cast<std::int16_t>(weight),
               first + std::size_t{column} * tile_.value_features, tile_.value_features);
  }
  return values;
}

Cycle DenserSpmm::next_event(Cycle now) const {
  if (output_rows_ > 0 || fetch_.is_pending()) return now + 1;
  if (!has_block()) return kOnLink;
  if (free_at_ > now) return free_at_;  // the lines are busy no longer
  const bool needs_words = next_column_ % words_.scores_a_word() == 0;
  return std::max(now + 1, needs_words ? fetch_.at : Cycle{0});
}

EngineActivity DenserSpmm::activity(Cycle now) const {
  if (free_at_ > now) return EngineActivity::kBusy;
  if (ending()) return EngineActivity::kDrain;
  if (idle_reason_ == &parts_.statistics.wait_scores) return EngineActivity::kWaitScores;
  return output_rows_ > 0 ? EngineActivity::kWaitOutput : EngineActivity::kWaitValue;
}

void DenserSpmm::end_phase(Cycle now) {
  const Cycle end = now + 1 + result_delay_;
  end_at(end);
  parts_.statistics.no_work += (end - free_at_) * num_lines_;
}

}  // namespace vitcod
