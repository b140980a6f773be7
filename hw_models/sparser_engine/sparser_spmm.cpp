// SPDX-License-Identifier: Apache-2.0
#include "hw_models/sparser_engine/sparser_spmm.hpp"

#include <algorithm>

#include "hw_models/mac_lines/dot_product.hpp"

namespace vitcod {

SparserSpmm::SparserSpmm(const SpmmKernel& kernel, const MacLinesConfig& lines,
                         const SparserParts& parts, LinkWriteIf<PartialRow>& row_out, Cycle start)
    : PhaseMachine(start),
      tile_(*kernel.tile),
      operands_(kernel.operands),
      parts_(parts),
      num_lines_(kernel.split.sparser_lines),
      shape_(kernel.split.sparser_groups),
      start_(start),
      row_out_(row_out),
      groups_(shape_.num_groups) {
  parts_.qv_buffer.set_row_bytes(tile_.value_features);
  result_delay_ = parts_.qv_buffer.access_cycles() + lines.pipeline_cycles;
  parts_.spmm_controller.begin_spmm(tile_);
  for (std::uint32_t row = 0; row < tile_.total_rows(); ++row) {
    if (tile_.has_sparse_entries(row)) ++rows_left_;
  }
  for (Group& group : groups_) {
    group.free_at = start;
    group.idle_reason = &parts_.statistics.wait_index;
  }
}

void SparserSpmm::step(Cycle now) {
  send_row(now);
  change_rows(now);
  read_values(now);
  if (rows_left_ == 0 && !ending()) end_phase(now);
}

void SparserSpmm::send_row(Cycle now) {
  if (output_queue_.empty() || row_out_.room() == 0) return;
  Group& group = groups_[output_queue_.front()];
  output_queue_.erase(output_queue_.begin());
  row_out_.push_at(PartialRow{group.output_row, std::move(group.output_values)},
                   now + result_delay_);
  group.output_row = kNoRow;
  --rows_left_;
}

void SparserSpmm::change_rows(Cycle now) {
  SpmmController& controller = parts_.spmm_controller;
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    if (group.free_at > now || group.next_entry != group.last_entry) continue;
    if (group.row != kNoRow) {
      if (group.output_row != kNoRow) {
        wait_for(group, parts_.statistics.wait_output, now);
        continue;
      }
      if (parts_.values.are_computed()) group.output_values = compute_row(group.row);
      group.output_row = group.row;
      group.row = kNoRow;
      output_queue_.push_back(i);
      wait_for(group, parts_.statistics.wait_index, now);
    }
    if (!controller.has_rows()) {
      wait_for(group, parts_.statistics.no_work, now);
      continue;
    }
    if (const std::optional<std::uint32_t> row = controller.take_row(now)) {
      group.row = *row;
      group.first_value = tile_.key_index(tile_.head_of_row(*row), 0);
      group.next_entry = parts_.scores.row_ptr[*row];
      group.last_entry = parts_.scores.row_ptr[*row + 1];
      parts_.score_unit.note_reads(group.last_entry - group.next_entry);
      wait_for(group, parts_.statistics.wait_value, now);
    }
  }
}

/// The group was idle from `free_at` to `now` for the reason that stood; `reason` stands from now.
void SparserSpmm::wait_for(Group& group, Counter& reason, Cycle now) const {
  *group.idle_reason += (now - group.free_at) * shape_.lines_per_group;
  group.free_at = now;
  group.idle_reason = &reason;
}

void SparserSpmm::read_values(Cycle now) {
  // Who was refused before asks first, and asks once.
  if (any_refused_) {
    any_refused_ = false;
    for (Group& group : groups_) {
      if (group.refused) read_value(group, now);
    }
  }
  for (Group& group : groups_) {
    if (group.refused || group.free_at > now || group.next_entry == group.last_entry) continue;
    read_value(group, now);
  }
}

void SparserSpmm::read_value(Group& group, Cycle now) {
  const std::uint32_t row = group.first_value + parts_.scores.entry_key[group.next_entry];
  group.refused = parts_.qv_buffer.request(now, row) == 0;
  if (group.refused) {
    any_refused_ = true;
    return;
  }
  *group.idle_reason += (now - group.free_at) * shape_.lines_per_group;
  group.free_at = now + shape_.cycles_per_entry;
  ++group.next_entry;
  parts_.statistics.busy += std::uint64_t{shape_.lines_per_group} * shape_.cycles_per_entry;
  parts_.statistics.macs += tile_.value_features;
}

std::shared_ptr<const PartialValues> SparserSpmm::compute_row(std::uint32_t row) const {
  const SparserScores& scores = parts_.scores;
  const std::uint32_t head = tile_.head_of_row(row);
  auto values = std::make_shared<PartialValues>();
  values->accumulators.assign(tile_.value_features, 0);
  for (std::uint32_t i = scores.row_ptr[row]; i < scores.row_ptr[row + 1]; ++i) {
    const std::uint32_t weight =
        ScoreFormat::weight(scores.entry_score[i], parts_.values.exponents->merged[row]);
    values->row_sum += weight;
    const std::int8_t* value = parts_.values.contents->query_value.row(
        operands_.value, tile_.key_index(head, scores.entry_key[i]));
    accumulate(values->accumulators.data(), static_cast<std::int32_t>(weight), value,
               tile_.value_features);
  }
  return values;
}

Cycle SparserSpmm::next_event(Cycle now) const {
  if (!output_queue_.empty()) return now + 1;
  Cycle next = kOnLink;
  for (const Group& group : groups_) {
    const bool has_work = group.row != kNoRow || parts_.spmm_controller.has_rows();
    if (has_work) next = std::min(next, std::max(group.free_at, now + 1));
  }
  check(next != kOnLink || ending(), "the lines of the sparser engine wait for each other");
  return next;
}

EngineActivity SparserSpmm::activity(Cycle now) const {
  for (const Group& group : groups_) {
    if (group.free_at > now) return EngineActivity::kBusy;
  }
  if (ending()) return EngineActivity::kDrain;
  for (const Group& group : groups_) {
    if (group.refused) return EngineActivity::kWaitValue;
  }
  return output_queue_.empty() ? EngineActivity::kWaitIndex : EngineActivity::kWaitOutput;
}

void SparserSpmm::end_phase(Cycle now) {
  const Cycle end = now + 1 + result_delay_;
  end_at(end);
  for (const Group& group : groups_) {
    parts_.statistics.no_work += (end - group.free_at) * shape_.lines_per_group;
  }
  const std::uint32_t surplus = num_lines_ - shape_.num_groups * shape_.lines_per_group;
  parts_.statistics.no_work += surplus * (end - start_);
}

}  // namespace vitcod
