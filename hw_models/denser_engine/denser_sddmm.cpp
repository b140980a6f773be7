// SPDX-License-Identifier: Apache-2.0
#include "hw_models/denser_engine/denser_sddmm.hpp"

#include <algorithm>

#include "hw_models/mac_lines/dot_product.hpp"

namespace vitcod {

DenserSddmm::DenserSddmm(UnitContext& unit, const MacLinesConfig& lines, const LineSplit& split,
                         const DenserParts& parts, Cycle start)
    : PhaseMachine(start),
      unit_(unit),
      parts_(parts),
      num_lines_(split.denser_lines),
      shares_(split.shares),
      cycles_per_score_(line_passes(unit.work.layer->query_features, lines)),
      drain_cycles_(lines.pipeline_cycles + parts.score_unit.latency_cycles()),
      start_(start) {
  const std::uint32_t features = unit.work.layer->query_features;
  parts_.qv_buffer.set_row_bytes(features);
  parts_.ks_buffer.set_row_bytes(features);
  parts_.score_unit.begin(features);
  std::uint32_t lines_left = num_lines_;
  for (const HeadShare& share : shares_) {
    const std::uint32_t columns = unit.work.num_denser(share.head);
    column_steps_left_ += std::uint64_t{(columns + share.lines - 1) / share.lines} * share.num_rows;
    if (lines_left < share.lines) continue;
    lines_left -= share.lines;
    groups_.emplace_back();
  }
  for (Group& group : groups_) take_share(group, start);
}

void DenserSddmm::take_share(Group& group, Cycle now) {
  const Cycle idle_since = group.lines == 0 ? start_ : group.idle_since;
  const std::uint32_t scores_waiting = group.scores_waiting;
  const HeadShare& share = shares_[next_share_++];
  group = Group{};
  group.head = share.head;
  group.lines = share.lines;
  group.first_row = share.first_row;
  group.num_rows = share.num_rows;
  group.num_columns = unit_.work.num_denser(share.head);
  group.scores_waiting = scores_waiting;
  group.idle_since = std::min(idle_since, now);
  group.active = true;
}

void DenserSddmm::step(Cycle now) {
  take_scores(now);
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].active) update(i, now);
  }
  if (column_steps_left_ == 0 && output_queue_.empty() && !ending()) end_phase(now);
}

void DenserSddmm::take_scores(Cycle now) {
  std::uint32_t room = parts_.score_unit.scores_per_cycle();
  while (room > 0 && !output_queue_.empty()) {
    Group& group = groups_[output_queue_.front()];
    const std::uint32_t num = std::min(room, group.scores_waiting);
    parts_.score_unit.accept(now, num);
    room -= num;
    group.scores_waiting -= num;
    if (group.scores_waiting > 0) return;
    output_queue_.erase(output_queue_.begin());
  }
}

void DenserSddmm::update(std::uint32_t index, Cycle now) {
  Group& group = groups_[index];
  if ((group.multiplying && group.done_at <= now) || group.holding) finish_row(group, index, now);
  if (group.active && !group.multiplying && !group.holding) start_row(group, now);
  if (group.active) ask_for_operands(group, now);
}

void DenserSddmm::finish_row(Group& group, std::uint32_t index, Cycle now) {
  if (group.multiplying) {
    group.multiplying = false;
    group.holding = true;
    group.idle_since = now;
  }
  if (group.scores_waiting > 0) return;
  parts_.statistics.wait_scores += (now - group.idle_since) * group.lines;
  group.idle_since = now;
  group.holding = false;
  if (unit_.with_values) compute_scores(group);
  group.scores_waiting = group.pass_columns();
  output_queue_.push_back(index);
  --column_steps_left_;
  if (++group.next_row < group.num_rows) return;
  group.next_row = 0;
  group.first_column += group.pass_columns();
  if (group.first_column < group.num_columns) return;
  group.active = next_share_ < shares_.size();
  if (group.active) take_share(group, now);
}

/// A pass begins when all its K rows are there.
bool DenserSddmm::lacks_keys(const Group& group, Cycle now) {
  return group.next_row == 0 &&
         (group.keys_asked < group.first_column + group.pass_columns() || group.keys_at > now);
}

void DenserSddmm::start_row(Group& group, Cycle now) {
  if (lacks_keys(group, now) || group.query_at == 0 || group.query_at > now) return;
  count_wait(group, now);
  group.query_at = 0;
  group.multiplying = true;
  group.done_at = now + cycles_per_score_;
  const std::uint64_t columns = group.pass_columns();
  parts_.statistics.busy += columns * cycles_per_score_;
  parts_.statistics.no_work += (group.lines - columns) * cycles_per_score_;
  parts_.statistics.macs += columns * unit_.work.layer->query_features;
}

/// The group was idle until `now`: first it waited for the K rows of a pass, then for the Q row.
void DenserSddmm::count_wait(const Group& group, Cycle now) {
  Cycle keys_there = group.idle_since;
  if (group.next_row == 0) keys_there = std::max(keys_there, group.keys_at);
  parts_.statistics.wait_key += (keys_there - group.idle_since) * group.lines;
  parts_.statistics.wait_query += (now - keys_there) * group.lines;
}

bool DenserSddmm::wants_query(const Group& group) const {
  const std::uint32_t passes = (group.num_columns + group.lines - 1) / group.lines;
  return group.query_at == 0 && group.rows_asked < passes * group.num_rows;
}

void DenserSddmm::ask_for_operands(Group& group, Cycle now) {
  if (group.keys_asked < group.keys_allowed()) {
    const std::uint32_t row = group.head * unit_.work.layer->num_keys + group.keys_asked;
    const Cycle at = parts_.ks_buffer.request(now, row);
    if (at != 0) {
      ++group.keys_asked;
      group.keys_at = at;
    }
  }
  if (wants_query(group)) {
    const std::uint32_t row =
        group.head * unit_.work.num_rows + group.first_row + group.rows_asked % group.num_rows;
    group.query_at = parts_.qv_buffer.request(now, row);
    if (group.query_at != 0) ++group.rows_asked;
  }
}

void DenserSddmm::compute_scores(const Group& group) {
  constexpr std::size_t kEngine = index_of(EngineId::kDenser);
  const WorkUnit& work = unit_.work;
  const std::uint32_t tile_row = group.first_row + group.next_row;
  const std::uint32_t row = group.head * work.num_rows + tile_row;
  const std::uint32_t query = work.first_row + tile_row;
  const SharedArray<std::uint8_t>& kept = work.head(group.head).denser_kept;
  const OperandStore& keys = *unit_.key[kEngine];
  for (std::uint32_t i = 0; i < group.pass_columns(); ++i) {
    const std::uint32_t column = group.first_column + i;
    const bool pruned = kept[std::size_t{column} * work.layer->num_queries + query] == 0;
    if (pruned && unit_.mask_denser_block) continue;
    const std::int32_t raw =
        dot_product(unit_.query[kEngine].row(row),
                    keys.row(group.head * work.layer->num_keys + column), keys.features());
    const Score score = parts_.score_unit.format().score(raw);
    const std::size_t place =
        std::size_t{unit_.denser_column_base[group.head] + column} * work.num_rows;
    unit_.denser_score[place + tile_row] = score;
    std::int16_t& largest = unit_.row_exponent[kEngine][row];
    largest = std::max(largest, std::int16_t{score.exponent});
  }
}

Cycle DenserSddmm::next_event(Cycle now) const {
  if (!output_queue_.empty()) return now + 1;
  Cycle next = kOnLink;
  for (const Group& group : groups_) {
    if (!group.active) continue;
    if (wants_query(group) || group.keys_asked < group.keys_allowed()) return now + 1;
    Cycle due = group.multiplying ? group.done_at : kOnLink;
    for (Cycle operand_at : {group.query_at, group.keys_at}) {
      if (!group.multiplying && operand_at > now) due = std::min(due, operand_at);
    }
    next = std::min(next, std::max(due, now + 1));
  }
  return next;
}

EngineActivity DenserSddmm::activity(Cycle now) const {
  for (const Group& group : groups_) {
    if (group.multiplying && group.done_at > now) return EngineActivity::kBusy;
  }
  if (ending()) return EngineActivity::kDrain;
  for (const Group& group : groups_) {
    if (!group.active) continue;
    if (group.holding) return EngineActivity::kWaitScores;
    return lacks_keys(group, now) ? EngineActivity::kWaitKey : EngineActivity::kWaitQuery;
  }
  return EngineActivity::kWaitScores;
}

void DenserSddmm::end_phase(Cycle now) {
  const Cycle end = now + 1 + drain_cycles_;
  end_at(end);
  std::uint64_t lines_in_groups = 0;
  for (const Group& group : groups_) {
    parts_.statistics.no_work += (end - group.idle_since) * group.lines;
    lines_in_groups += group.lines;
  }
  parts_.statistics.no_work += (num_lines_ - lines_in_groups) * (end - start_);
}

}  // namespace vitcod
