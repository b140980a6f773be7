// SPDX-License-Identifier: Apache-2.0
#include "hw_models/sparser_engine/sparser_spmm.hpp"

#include <algorithm>

#include "hw_models/mac_lines/dot_product.hpp"
#include "sim/base/int_math.hpp"

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
  const OperandBanks& banks = operands_.banks[index_of(EngineId::kSparser)];
  parts_.qv_buffer.begin(tile_.value_features, banks.value);
  parts_.score_buffer.begin(banks.scores);
  result_delay_ = parts_.qv_buffer.latency_cycles() + lines.pipeline_cycles;
  parts_.spmm_controller.begin_spmm(tile_);
  rows_left_ = parts_.spmm_controller.num_rows();
  for (Group& group : groups_) {
    group.free_at = start;
    group.idle_reason = &parts_.statistics.wait_index;
  }
}

void SparserSpmm::step(Cycle now) {
  send_row(now);
  change_rows(now);
  read_words(now);
  read_values(now);
  if (rows_left_ == 0 && !ending()) end_phase(now);
}

void SparserSpmm::send_row(Cycle now) {
  if (output_queue_.empty() || row_out_.room() == 0) return;
  Group& group = groups_[output_queue_.front()];
  output_queue_.erase(output_queue_.begin());
  row_out_.push_at(PartialRow{&tile_, group.output_row, std::move(group.output_values)},
                   now + result_delay_);
  group.output_row = kNoRow;
  --rows_left_;
}

void SparserSpmm::change_rows(Cycle now) {
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    if (group.free_at <= now && group.current.row != kNoRow && group.current.is_done()) {
      finish_row(group, i, now);
    }
    const bool is_free = group.free_at <= now && group.current.row == kNoRow;
    if (is_free && group.next.row != kNoRow) {
      group.current = group.next;
      group.next = RowWork{};
    }
    // Who has nothing to do is served before who asks ahead.
    const bool has_nothing = group.current.row == kNoRow && group.next.row == kNoRow;
    if (has_nothing) take_row(group, now);
    if (is_free && has_nothing && group.next.row == kNoRow && !parts_.spmm_controller.has_rows()) {
      wait_for(group, parts_.statistics.no_work, now);
    }
  }
  if (!parts_.spmm_controller.has_rows()) return;
  for (Group& group : groups_) {
    if (group.next.row == kNoRow) take_row(group, now);
  }
}

void SparserSpmm::finish_row(Group& group, std::uint32_t index, Cycle now) {
  if (group.output_row != kNoRow) {
    wait_for(group, parts_.statistics.wait_output, now);
    return;
  }
  if (parts_.values.are_computed()) group.output_values = compute_row(group.current.row);
  group.output_row = group.current.row;
  group.current = RowWork{};
  output_queue_.push_back(index);
  wait_for(group, parts_.statistics.wait_index, now);
}

void SparserSpmm::take_row(Group& group, Cycle now) {
  SpmmController& controller = parts_.spmm_controller;
  if (!controller.has_rows()) return;
  const std::optional<std::uint32_t> row = controller.take_row(now);
  if (!row) return;
  const SparserScores& scores = parts_.scores;
  RowWork& next = group.next;
  next.row = *row;
  next.first_value =
      tile_.key_place(EngineId::kSparser, tile_.head_of_row(TileRow{*row}), KeyPosition{0});
  next.next_entry = scores.row_ptr[*row];
  next.last_entry = scores.row_ptr[*row + 1];
  next.left_in_word = scores.entries_a_word;
  next.num_words = ceil_div(next.last_entry - next.next_entry, scores.entries_a_word);
  next.asks_from = now + 1;
}

/// For which row a word can be asked for, because a register is free: the word behind the one in
/// use, or the next row's first one if there is none.
SparserSpmm::Wanted SparserSpmm::wanted_word(const Group& group, Cycle now) {
  const RowWork& current = group.current;
  if (current.row != kNoRow) {
    const std::uint32_t registers_end = current.word_in_use + 2;
    if (current.words_asked < current.num_words) {
      const bool has_register = current.words_asked < registers_end && current.asks_from <= now;
      return has_register ? Wanted::kOfCurrent : Wanted::kNone;
    }
    // Else the spare register holds its last word.
    if (registers_end <= current.num_words) return Wanted::kNone;
  }
  const RowWork& next = group.next;
  const bool is_new = next.row != kNoRow && next.words_asked == 0 && next.asks_from <= now;
  return is_new ? Wanted::kOfNext : Wanted::kNone;
}

void SparserSpmm::read_words(Cycle now) {
  for (Group& group : groups_) {
    for (Wanted wanted = wanted_word(group, now); wanted != Wanted::kNone;
         wanted = wanted_word(group, now)) {
      RowWork& work = wanted == Wanted::kOfCurrent ? group.current : group.next;
      const Cycle at =
          parts_.score_buffer.read(now, parts_.scores.first_word[work.row] + work.words_asked,
                                   first_line(group), shape_.lines_per_group);
      if (at == 0) break;
      work.word_at[work.words_asked++ % 2] = at;
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
    if (group.refused || group.free_at > now) continue;
    if (group.current.row == kNoRow || group.current.is_done()) continue;
    if (group.current.has_word(now)) {
      read_value(group, now);
    } else {
      wait_for(group, parts_.statistics.wait_scores, now);
    }
  }
}

void SparserSpmm::read_value(Group& group, Cycle now) {
  const std::uint32_t key = parts_.scores.entry_key[group.current.next_entry];
  const std::uint32_t place = group.current.first_value + key;
  group.refused =
      parts_.qv_buffer.request(now, place, first_line(group), shape_.lines_per_group) == 0;
  wait_for(group, parts_.statistics.wait_value, now);
  if (group.refused) {
    any_refused_ = true;
    return;
  }
  group.free_at = now + shape_.cycles_per_entry;
  group.current.use_entry(parts_.scores.entries_a_word);
  parts_.statistics.multiply(now, shape_.lines_per_group, shape_.cycles_per_entry);
  parts_.statistics.macs += tile_.value_features;
}

std::shared_ptr<const PartialValues> SparserSpmm::compute_row(std::uint32_t row) const {
  const SparserScores& scores = parts_.scores;
  const TileHead head = tile_.head_of_row(TileRow{row});
  auto values = std::make_shared<PartialValues>();
  values->accumulators.assign(tile_.value_features, 0);
  const std::int32_t exponent = exponent_of_row(tile_, *parts_.values.exponents, row);
  const std::int8_t* first = parts_.values.contents->query_value.row(
      operands_.value, value_of(tile_.key_index(head, KeyPosition{0})));
  for (std::uint32_t i = scores.row_ptr[row]; i < scores.row_ptr[row + 1]; ++i) {
    const std::uint32_t weight = ScoreFormat::weight(scores.entry_score[i], exponent);
    values->row_sum += weight;
    accumulate(values->accumulators.data(), static_cast<std::int16_t>(weight),
               first + std::size_t{scores.entry_key[i]} * tile_.value_features,
               tile_.value_features);
  }
  return values;
}

Cycle SparserSpmm::next_event(Cycle now) const {
  if (!output_queue_.empty()) return now + 1;
  Cycle next = kOnLink;
  for (const Group& group : groups_) {
    next = std::min(next, next_event_of(group, now));
    if (next == now + 1) return next;
  }
  check(next != kOnLink || ending(), "the lines of the sparser engine wait for each other");
  return next;
}

Cycle SparserSpmm::next_event_of(const Group& group, Cycle now) const {
  if (group.next.row == kNoRow && parts_.spmm_controller.has_rows()) return now + 1;
  if (wanted_word(group, now + 1) != Wanted::kNone) return now + 1;
  const RowWork& current = group.current;
  if (current.row == kNoRow) return group.next.row == kNoRow ? kOnLink : now + 1;
  if (group.free_at > now) return group.free_at;  // it is busy no longer
  if (current.is_done()) return now + 1;
  return std::max(now + 1, current.word_at[current.word_in_use % 2]);
}

EngineActivity SparserSpmm::activity(Cycle now) const {
  for (const Group& group : groups_) {
    if (group.free_at > now) return EngineActivity::kBusy;
  }
  if (ending()) return EngineActivity::kDrain;
  for (const Group& group : groups_) {
    if (group.refused) return EngineActivity::kWaitValue;
  }
  for (const Group& group : groups_) {
    if (group.current.row != kNoRow && !group.current.is_done()) return EngineActivity::kWaitScores;
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
