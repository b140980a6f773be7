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
      free_at_(start),
      idle_reason_(&parts_.statistics.wait_value) {
  parts_.qv_buffer.set_row_bytes(tile_.value_features);
  result_delay_ = parts_.qv_buffer.access_cycles() + lines.pipeline_cycles;
  find_head();
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
  if (!has_block() && output_rows_ == 0 && !ending()) end_phase(now);
}

void DenserSpmm::send_row(Cycle now) {
  if (output_rows_ == 0 || row_out_.room() == 0) return;
  PartialRow row{output_first_, nullptr};
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
    idle_reason_ = &parts_.statistics.wait_output;
    return;
  }
  output_first_ = head_ * tile_.num_rows + first_row_;
  output_rows_ = block_rows_;
  if (parts_.values.are_computed()) {
    for (std::uint32_t i = block_rows_; i-- > 0;) {
      output_values_.push_back(compute_row(output_first_ + i));
    }
  }
  *idle_reason_ += (now - free_at_) * num_lines_;
  free_at_ = now;
  idle_reason_ = &parts_.statistics.wait_value;
  next_column_ = 0;
  first_row_ += block_rows_;
  block_rows_ = std::min(shape_.num_groups, tile_.num_rows - first_row_);
  if (block_rows_ > 0) return;
  ++head_;
  find_head();
}

void DenserSpmm::read_value(Cycle now) {
  if (next_column_ == tile_.num_denser(head_)) return;  // waits for the output registers
  const std::uint32_t row = tile_.key_index(head_, next_column_);
  if (parts_.qv_buffer.request(now, row) == 0) return;
  *idle_reason_ += (now - free_at_) * num_lines_;
  idle_reason_ = &parts_.statistics.wait_value;
  ++next_column_;
  free_at_ = now + shape_.cycles_per_entry;
  const std::uint64_t busy_lines = std::uint64_t{block_rows_} * shape_.lines_per_group;
  parts_.statistics.busy += busy_lines * shape_.cycles_per_entry;
  parts_.statistics.no_work += (num_lines_ - busy_lines) * shape_.cycles_per_entry;
  parts_.score_unit.note_reads(block_rows_);
  parts_.statistics.macs += std::uint64_t{block_rows_} * tile_.value_features;
}

std::shared_ptr<const PartialValues> DenserSpmm::compute_row(std::uint32_t row) const {
  const std::uint32_t head = tile_.head_of_row(row);
  auto values = std::make_shared<PartialValues>();
  values->accumulators.assign(tile_.value_features, 0);
  for (std::uint32_t column = 0; column < tile_.num_denser(head); ++column) {
    const Score score = parts_.scores.at(tile_, head, column, row % tile_.num_rows);
    const std::uint32_t weight =
        score.mantissa == 0 ? 0 : ScoreFormat::weight(score, parts_.values.exponents->merged[row]);
    values->row_sum += weight;
    const std::int8_t* value =
        parts_.values.contents->query_value.row(operands_.value, tile_.key_index(head, column));
    accumulate(values->accumulators.data(), static_cast<std::int32_t>(weight), value,
               tile_.value_features);
  }
  return values;
}

Cycle DenserSpmm::next_event(Cycle now) const {
  if (output_rows_ > 0) return now + 1;
  return has_block() ? std::max(free_at_, now + 1) : kOnLink;
}

EngineActivity DenserSpmm::activity(Cycle now) const {
  if (free_at_ > now) return EngineActivity::kBusy;
  if (ending()) return EngineActivity::kDrain;
  return output_rows_ > 0 ? EngineActivity::kWaitOutput : EngineActivity::kWaitValue;
}

void DenserSpmm::end_phase(Cycle now) {
  const Cycle end = now + 1 + result_delay_;
  end_at(end);
  parts_.statistics.no_work += (end - free_at_) * num_lines_;
}

}  // namespace vitcod
