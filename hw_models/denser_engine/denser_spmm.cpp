// SPDX-License-Identifier: Apache-2.0
#include "hw_models/denser_engine/denser_spmm.hpp"

#include <algorithm>

#include "hw_models/mac_lines/dot_product.hpp"

namespace vitcod {

DenserSpmm::DenserSpmm(UnitContext& unit, const MacLinesConfig& lines, const LineSplit& split,
                       const DenserParts& parts, LinkWriteIf<PartialRow>& row_out, Cycle start)
    : PhaseMachine(start),
      unit_(unit),
      parts_(parts),
      num_lines_(split.denser_lines),
      shape_(split.denser_groups),
      start_(start),
      row_out_(row_out),
      free_at_(start),
      idle_reason_(&parts_.statistics.wait_value) {
  parts_.qv_buffer.set_row_bytes(unit.work.layer->value_features);
  result_delay_ = parts_.qv_buffer.access_cycles() + lines.pipeline_cycles;
  find_head();
}

void DenserSpmm::find_head() {
  while (has_block() && unit_.work.num_denser(head_) == 0) ++head_;
  first_row_ = 0;
  next_column_ = 0;
  block_rows_ = std::min(shape_.num_groups, unit_.work.num_rows);
}

void DenserSpmm::step(Cycle now) {
  send_row(now);
  if (has_block() && free_at_ <= now) change_block(now);
  if (has_block() && free_at_ <= now) read_value(now);
  if (!has_block() && output_rows_ == 0 && !ending()) end_phase(now);
}

void DenserSpmm::send_row(Cycle now) {
  if (output_rows_ == 0 || row_out_.room() == 0) return;
  row_out_.push_at(PartialRow{output_first_}, now + result_delay_);
  ++output_first_;
  --output_rows_;
}

void DenserSpmm::change_block(Cycle now) {
  if (next_column_ < unit_.work.num_denser(head_)) return;
  if (output_rows_ > 0) {
    idle_reason_ = &parts_.statistics.wait_output;
    return;
  }
  output_first_ = head_ * unit_.work.num_rows + first_row_;
  output_rows_ = block_rows_;
  if (unit_.with_values) {
    for (std::uint32_t i = 0; i < block_rows_; ++i) compute_row(output_first_ + i);
  }
  *idle_reason_ += (now - free_at_) * num_lines_;
  free_at_ = now;
  idle_reason_ = &parts_.statistics.wait_value;
  next_column_ = 0;
  first_row_ += block_rows_;
  block_rows_ = std::min(shape_.num_groups, unit_.work.num_rows - first_row_);
  if (block_rows_ > 0) return;
  ++head_;
  find_head();
}

void DenserSpmm::read_value(Cycle now) {
  if (next_column_ == unit_.work.num_denser(head_)) return;  // waits for the output registers
  const std::uint32_t row = head_ * unit_.work.layer->num_keys + next_column_;
  if (parts_.qv_buffer.request(now, row) == 0) return;
  *idle_reason_ += (now - free_at_) * num_lines_;
  idle_reason_ = &parts_.statistics.wait_value;
  ++next_column_;
  free_at_ = now + shape_.cycles_per_entry;
  const std::uint64_t busy_lines = std::uint64_t{block_rows_} * shape_.lines_per_group;
  parts_.statistics.busy += busy_lines * shape_.cycles_per_entry;
  parts_.statistics.no_work += (num_lines_ - busy_lines) * shape_.cycles_per_entry;
  parts_.score_unit.note_reads(block_rows_);
  parts_.statistics.macs += std::uint64_t{block_rows_} * unit_.work.layer->value_features;
}

void DenserSpmm::compute_row(std::uint32_t row) const {
  constexpr std::size_t kEngine = index_of(EngineId::kDenser);
  const std::uint32_t head = row / unit_.work.num_rows;
  const OperandStore& values = *unit_.value[kEngine];
  const std::uint32_t features = values.features();
  std::int32_t* accumulator = unit_.accumulator[kEngine].data() + std::size_t{row} * features;
  for (std::uint32_t column = 0; column < unit_.work.num_denser(head); ++column) {
    const std::size_t place =
        std::size_t{unit_.denser_column_base[head] + column} * unit_.work.num_rows;
    const Score score = unit_.denser_score[place + row % unit_.work.num_rows];
    const std::uint32_t weight =
        score.mantissa == 0 ? 0 : ScoreFormat::weight(score, unit_.row_exponent[0][row]);
    unit_.row_sum[kEngine][row] += weight;
    accumulate(accumulator, static_cast<std::int32_t>(weight),
               values.row(head * unit_.work.layer->num_keys + column), features);
  }
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
