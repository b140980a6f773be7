// SPDX-License-Identifier: Apache-2.0
#include "hw_models/denser_engine/denser_sddmm.hpp"

#include <algorithm>

#include "hw_models/mac_lines/dot_product.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

void DenserScores::lay_out(const AttentionTile& tile) {
  column_base.clear();
  std::uint32_t columns = 0;
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    column_base.push_back(columns);
    columns += tile.num_denser(head);
  }
  scores.assign(std::size_t{columns} * tile.num_rows, Score{});
}

DenserWords::DenserWords(const AttentionTile& tile, std::uint32_t scores_a_word)
    : scores_a_word_(scores_a_word) {
  std::uint64_t words = 0;
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    first_.push_back(words);
    words_a_row_.push_back(ceil_div(tile.num_denser(head), scores_a_word));
    words += std::uint64_t{tile.num_rows} * words_a_row_.back();
  }
}

DenserSddmm::DenserSddmm(const SddmmKernel& kernel, const MacLinesConfig& lines,
                         const DenserParts& parts, Cycle start)
    : PhaseMachine(start),
      tile_(*kernel.tile),
      operands_(kernel.operands),
      parts_(parts),
      num_lines_(kernel.split.denser_lines),
      shares_(kernel.split.shares),
      words_(tile_, items_a_word(parts.score_buffer.word_bytes(), kScoreBytes)),
      cycles_per_score_(line_passes(tile_.query_features, lines)),
      drain_cycles_(lines.pipeline_cycles + parts.score_unit.latency_cycles()),
      key_registers_(lines.key_registers),
      start_(start) {
  const OperandBanks& banks = operands_.banks[index_of(EngineId::kDenser)];
  parts_.qv_buffer.begin(tile_.query_features, banks.query);
  parts_.ks_buffer.begin(tile_.query_features, banks.key);
  parts_.score_buffer.begin(banks.scores);
  parts_.score_unit.begin(tile_.query_features, tile_.sigmoid_bias);
  if (parts_.values.are_computed()) {
    parts_.scores.lay_out(tile_);
    if (!tile_.sigmoid_bias) {
      parts_.values.exponents->begin(index_of(EngineId::kDenser), tile_.total_rows(),
                                     tile_.key_tile > 0);
    }
  }
  begin_window();
  std::uint32_t lines_left = num_lines_;
  for (const HeadShare& share : shares_) {
    const std::uint32_t columns = tile_.num_denser(share.head);
    column_steps_left_ += std::uint64_t{ceil_div(columns, share.lines)} * share.num_rows;
    if (lines_left < share.lines) continue;
    groups_.emplace_back().first_line = num_lines_ - lines_left;
    lines_left -= share.lines;
  }
  for (Group& group : groups_) take_share(group, start);
  due_.assign(groups_.size(), start);
}

void DenserSddmm::begin_window() {
  if (operands_.query_window > 0) {
    parts_.window->begin({operands_.query, &tile_, operands_.query_window});
  } else if (parts_.window != nullptr) {
    parts_.window->end();
  }
}

void DenserSddmm::take_share(Group& group, Cycle now) {
  const Cycle idle_since = group.lines == 0 ? start_ : group.idle_since;
  const Group previous = group;
  const HeadShare& share = shares_[next_share_++];
  group = Group{};
  group.head = share.head;
  group.lines = share.lines;
  group.first_line = previous.first_line;
  group.first_row = share.first_row;
  group.num_rows = share.num_rows;
  group.stride = share.stride;
  group.num_columns = tile_.num_denser(share.head);
  group.rows_to_ask = std::uint64_t{ceil_div(group.num_columns, group.lines)} * group.num_rows;
  group.first_key = tile_.key_place(EngineId::kDenser, TileHead{share.head}, KeyPosition{0});
  group.first_query = tile_.query_place(EngineId::kDenser, TileHead{share.head}, HeadRow{0});
  group.waiting = previous.waiting;
  group.idle_since = std::min(idle_since, now);
  group.active = true;
}

void DenserSddmm::step(Cycle now) {
  take_scores(now);
  for (std::uint32_t i = 0; i < due_.size(); ++i) {
    if (due_[i] <= now) update(i, now);
  }
  if (column_steps_left_ == 0 && output_queue_.empty() && !ending()) end_phase(now);
}

void DenserSddmm::take_scores(Cycle now) {
  if (output_queue_.empty()) return;
  std::uint32_t room = parts_.score_unit.scores_per_cycle();
  std::size_t asked = 0;
  std::size_t kept = 0;
  std::size_t refused = 0;
  for (; asked < output_queue_.size() && room > 0 && !parts_.score_buffer.is_full(now); ++asked) {
    Waiting& waiting = groups_[output_queue_[asked]].waiting;
    if (parts_.score_buffer.is_bank_full(now, waiting.word)) {
      ++refused;
    } else {
      take_scores_of(waiting, room, now);
    }
    if (waiting.number > 0) output_queue_[kept++] = output_queue_[asked];
  }
  parts_.score_unit.accept(now, parts_.score_unit.scores_per_cycle() - room);
  const std::size_t left = output_queue_.size() - asked;
  if (room > 0) refused += left;
  if (refused > 0) parts_.score_buffer.refuse(now, refused);
  const auto begin = output_queue_.begin();
  output_queue_.erase(begin + static_cast<std::ptrdiff_t>(kept),
                      begin + static_cast<std::ptrdiff_t>(asked));
}

/// A word at a time, as many as S takes.
void DenserSddmm::take_scores_of(Waiting& waiting, std::uint32_t& room, Cycle now) {
  const bool is_softmax = !tile_.sigmoid_bias;
  while (room > 0 && waiting.number > 0) {
    const std::uint32_t num = std::min({room, waiting.number, waiting.left_in_word});
    if (!parts_.score_buffer.write(now, waiting.word, waiting.row, is_softmax)) return;
    room -= num;
    waiting.number -= num;
    waiting.left_in_word -= num;
    if (waiting.left_in_word > 0) continue;
    waiting.left_in_word = words_.scores_a_word();
    ++waiting.word;
  }
}

void DenserSddmm::update(std::uint32_t index, Cycle now) {
  Group& group = groups_[index];
  const bool only_multiplies = group.multiplying && group.done_at > now && !group.holding;
  if (!only_multiplies) {
    if (group.multiplying || group.holding) finish_row(group, index, now);
    if (group.active && !group.multiplying && !group.holding) start_row(group, now);
  }
  if (group.active) ask_for_operands(group, now);
  due_[index] = due_of(group, now);
}

void DenserSddmm::finish_row(Group& group, std::uint32_t index, Cycle now) {
  if (group.multiplying) {
    group.multiplying = false;
    group.holding = true;
    group.idle_since = now;
  }
  if (group.waiting.number > 0) return;
  parts_.statistics.wait_scores += (now - group.idle_since) * group.lines;
  group.idle_since = now;
  group.holding = false;
  if (parts_.values.are_computed()) compute_scores(group);
  hold_scores(group);
  output_queue_.push_back(index);
  --column_steps_left_;
  if (++group.next_row < group.num_rows) return;
  group.next_row = 0;
  group.first_column += group.pass_columns();
  if (group.first_column < group.num_columns) return;
  group.active = next_share_ < shares_.size();
  if (group.active) take_share(group, now);
}

/// The scores of a row step go to the output registers.
void DenserSddmm::hold_scores(Group& group) const {
  const TileHead head{group.head};
  const HeadRow row = group.row(group.next_row);
  const std::uint32_t scores_a_word = words_.scores_a_word();
  group.waiting.number = group.pass_columns();
  group.waiting.row = value_of(tile_.row_index(head, row));
  group.waiting.left_in_word = scores_a_word - group.first_column % scores_a_word;
  group.waiting.word = words_.word(head, row, KeyPosition{group.first_column});
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
  parts_.statistics.multiply(now, columns, cycles_per_score_);
  parts_.statistics.no_work += (group.lines - columns) * cycles_per_score_;
  parts_.statistics.macs += columns * tile_.query_features;
}

/// The group was idle until `now`: first it waited for the K rows of a pass, then for the Q row.
void DenserSddmm::count_wait(const Group& group, Cycle now) {
  Cycle keys_there = group.idle_since;
  if (group.next_row == 0) keys_there = std::max(keys_there, group.keys_at);
  parts_.statistics.wait_key += (keys_there - group.idle_since) * group.lines;
  parts_.statistics.wait_query += (now - keys_there) * group.lines;
}

void DenserSddmm::ask_for_operands(Group& group, Cycle now) {
  if (group.keys_asked < group.keys_allowed(key_registers_)) {
    const Cycle at = parts_.ks_buffer.request(now, group.first_key + group.keys_asked,
                                              group.first_line + group.key_line);
    if (at != 0) {
      ++group.keys_asked;
      group.key_line = group.key_line + 1 == group.lines ? 0 : group.key_line + 1;
      group.keys_at = at;
    }
  }
  if (wants_query(group)) ask_for_query(group, now);
}

void DenserSddmm::ask_for_query(Group& group, Cycle now) {
  const TileHead head{group.head};
  const HeadRow row = group.row(group.asked_row);
  const bool passes_by = operands_.query_window > 0;
  if (passes_by && !parts_.window->is_there(head, row, now)) return;
  const std::uint32_t place =
      passes_by ? parts_.window->place_of(head, row) : group.first_query + value_of(row);
  group.query_at = parts_.qv_buffer.request(now, place, group.first_line, group.lines);
  if (group.query_at == 0) return;
  if (passes_by) parts_.window->note_read(head, row, now);
  --group.rows_to_ask;
  if (++group.asked_row == group.num_rows) group.asked_row = 0;
}

void DenserSddmm::compute_scores(const Group& group) const {
  constexpr std::size_t kEngine = index_of(EngineId::kDenser);
  const TileHead head{group.head};
  const HeadRow of_head = group.row(group.next_row);
  const std::uint32_t row = value_of(tile_.row_index(head, of_head));
  const std::uint32_t query = value_of(tile_.query_row(of_head));
  const SharedArray<std::uint8_t>& kept = tile_.head(group.head).denser_kept;
  EngineContents& contents = *parts_.values.contents;
  const std::int8_t* query_row = contents.query_value.row(operands_.query, row);
  const std::int8_t* keys = contents.key_score.row(
      operands_.key, value_of(tile_.key_index(head, KeyPosition{group.first_column})));
  for (std::uint32_t i = 0; i < group.pass_columns(); ++i) {
    const std::uint32_t column = group.first_column + i;
    const bool pruned = kept[std::size_t{column} * tile_.map->num_queries + query] == 0;
    if (pruned && tile_.mask_denser_block) continue;
    const std::int8_t* key = keys + std::size_t{i} * tile_.query_features;
    const Score score =
        parts_.score_unit.format().score(dot_product(query_row, key, tile_.query_features));
    parts_.scores.at(tile_, head, KeyPosition{column}, of_head) = score;
    if (!tile_.sigmoid_bias) parts_.values.exponents->raise(kEngine, row, score.exponent);
  }
}

/// The next cycle in which the group has something to do, after its update in `now`.
Cycle DenserSddmm::due_of(const Group& group, Cycle now) const {
  if (!group.active) return kOnLink;
  const bool asks = wants_query(group) || group.keys_asked < group.keys_allowed(key_registers_);
  if (asks || group.holding) return now + 1;
  if (group.multiplying) return group.done_at;
  Cycle due = kOnLink;
  for (Cycle operand_at : {group.query_at, group.keys_at}) {
    if (operand_at > now) due = std::min(due, operand_at);
  }
  return due;
}

Cycle DenserSddmm::next_event(Cycle now) const {
  if (!output_queue_.empty()) return now + 1;
  return due_.empty() ? kOnLink : *std::min_element(due_.begin(), due_.end());
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
