// SPDX-License-Identifier: Apache-2.0
#include "hw_models/sparser_engine/sparser_sddmm.hpp"

#include <algorithm>
#include <bit>

#include "hw_models/index_buffer/index_format.hpp"
#include "hw_models/mac_lines/dot_product.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

/// Slots of a wheel that can hold any wake-up of a line: a score, or an operand on its way.
std::size_t wheel_slots(Cycle cycles_per_score, std::uint32_t query_features,
                        const SparserParts& parts) {
  Cycle longest = std::max(cycles_per_score, parts.ks_buffer.latency_cycles());
  longest = std::max(longest, parts.qv_buffer.latency_cycles());
  if (parts.forwarding != nullptr) {
    longest = std::max(longest, parts.forwarding->latency_cycles(query_features));
  }
  return std::bit_ceil(longest + 2);
}

}  // namespace

void SparserScores::lay_out(const AttentionTile& tile, std::uint32_t word_entries,
                            bool with_values) {
  entries_a_word = word_entries;
  row_ptr.assign(std::size_t{tile.total_rows()} + 1, 0);
  first_word.assign(std::size_t{tile.total_rows()} + 1, 0);
  for (std::uint32_t row = 0; row < tile.total_rows(); ++row) {
    const std::uint32_t entries = tile.num_sparse_entries(TileRow{row});
    row_ptr[row + 1] = row_ptr[row] + entries;
    first_word[row + 1] = first_word[row] + ceil_div(entries, entries_a_word);
  }
  free.resize(tile.total_rows());
  for (std::uint32_t row = 0; row < tile.total_rows(); ++row) {
    free[row] = Place{first_word[row], row_ptr[row], entries_a_word};
  }
  entry_key.assign(row_ptr.back(), 0);
  if (with_values) entry_score.assign(row_ptr.back(), Score{});
}

SparserSddmm::SparserSddmm(const SddmmKernel& kernel, const MacLinesConfig& lines,
                           const SparserParts& parts, Cycle start)
    : PhaseMachine(start),
      tile_(*kernel.tile),
      operands_(kernel.operands),
      parts_(parts),
      cycles_per_score_(line_passes(tile_.query_features, lines)),
      drain_cycles_(lines.pipeline_cycles + parts.score_unit.latency_cycles()),
      key_registers_(lines.key_registers),
      lines_(kernel.split.sparser_lines) {
  const OperandBanks& banks = operands_.banks[index_of(EngineId::kSparser)];
  parts_.qv_buffer.begin(tile_.query_features, banks.query);
  parts_.ks_buffer.begin(tile_.query_features, banks.key);
  parts_.score_buffer.begin(banks.scores);
  parts_.score_unit.begin(tile_.query_features, tile_.sigmoid_bias);
  parts_.spmm_controller.begin_sddmm(tile_);
  parts_.scores.lay_out(
      tile_, items_a_word(parts_.score_buffer.word_bytes(), sparse_entry_bytes(tile_.num_keys())),
      parts_.values.are_computed());
  if (parts_.values.are_computed()) {
    if (!tile_.sigmoid_bias) {
      parts_.values.exponents->begin(index_of(EngineId::kSparser), tile_.total_rows(),
                                     tile_.key_tile > 0);
    }
    check(parts_.values.contents->index[operands_.index] == encode_index(tile_),
          "the index buffer does not hold the tile's index");
  }
  wheel_.resize(wheel_slots(cycles_per_score_, tile_.query_features, parts));
  wheel_mask_ = wheel_.size() - 1;
  scores_left_ = parts_.scores.entry_key.size();
  for (std::uint32_t head = 0; head < tile_.num_heads; ++head) {
    forwarded_.push_back(parts_.forwarding != nullptr && tile_.num_denser(head) > 0 ? 1 : 0);
    forwards_ = forwards_ || is_forwarded(head);
  }
  for (std::uint32_t i = 0; i < lines_.size(); ++i) {
    lines_[i].idle_since = start;
    lines_[i].asks_for_segment = true;
    segment_queue_.push_back(i);
  }
}

void SparserSddmm::step(Cycle now) {
  if (num_forwarding_ > 0) {
    take_forwarded(now);
    take_fetched(now);
  }
  take_scores(now);
  hand_out_segments(now);
  serve(key_queue_, [&](std::uint32_t index) { return read_key(index, now); });
  serve(query_queue_, [&](std::uint32_t index) { return read_query(index, now); });
  for (std::uint32_t index : unblocked_) visit(index, now);
  unblocked_.clear();
  LineList& due = wheel_[now & wheel_mask_];
  for (std::uint32_t index : due) visit(index, now);
  due.clear();
  if (scores_left_ == 0 && output_queue_.empty() && !ending()) end_phase(now);
}

void SparserSddmm::take_scores(Cycle now) {
  std::uint32_t room = parts_.score_unit.scores_per_cycle();
  std::size_t asked = 0;
  std::size_t kept = 0;
  std::size_t refused = 0;
  for (; asked < output_queue_.size() && room > 0 && !parts_.score_buffer.is_full(now); ++asked) {
    const Output& output = output_queue_[asked];
    const bool is_refused =
        parts_.score_buffer.is_bank_full(now, parts_.scores.free[output.row].word);
    if (is_refused) ++refused;
    if (!is_refused && take_score(output, now)) {
      --room;
    } else {
      output_queue_[kept++] = output;
    }
  }
  parts_.score_unit.accept(now, parts_.score_unit.scores_per_cycle() - room);
  const std::size_t left = output_queue_.size() - asked;
  if (room > 0) refused += left;
  if (refused > 0) parts_.score_buffer.refuse(now, refused);
  const auto begin = output_queue_.begin();
  output_queue_.erase(begin + static_cast<std::ptrdiff_t>(kept),
                      begin + static_cast<std::ptrdiff_t>(asked));
}

/// The score goes to the next free entry of its row's bucket: scores of a row arrive in any order
/// of keys, and the key is stored beside the score.
bool SparserSddmm::take_score(const Output& output, Cycle now) {
  SparserScores& scores = parts_.scores;
  const std::uint32_t row = output.row;
  if (!parts_.score_buffer.write(now, scores.free[row].word, row)) return false;
  const std::uint32_t entry = scores.take_entry(row);
  scores.entry_key[entry] = output.key;
  Line& line = lines_[output.line];
  if (parts_.values.are_computed()) {
    scores.entry_score[entry] = line.output_score;
    if (!tile_.sigmoid_bias) {
      parts_.values.exponents->raise(index_of(EngineId::kSparser), row, line.output_score.exponent);
    }
  }
  line.output_full = false;
  if (line.holding) unblocked_.push_back(output.line);
  return true;
}

void SparserSddmm::hand_out_segments(Cycle now) {
  SpmmController& controller = parts_.spmm_controller;
  std::size_t served = 0;
  for (; served < segment_queue_.size() && controller.has_segments(); ++served) {
    const ColumnSegment* segment = controller.take_segment(now);
    if (segment == nullptr) break;
    Line& line = lines_[segment_queue_[served]];
    line.fetching = segment;
    line.key_place = tile_.key_place(EngineId::kSparser, segment->head, segment->key);
    line.next_row = 0;
    line.asks_for_segment = false;
    line.asks_from = now + 1;  // its operands are asked for once the segment is known
    wake(segment_queue_[served], line.asks_from);
  }
  if (!controller.has_segments()) served = segment_queue_.size();
  segment_queue_.erase(segment_queue_.begin(),
                       segment_queue_.begin() + static_cast<std::ptrdiff_t>(served));
}

/// Lets the lines of `queue` try again, oldest first; who is refused stays.
template <typename TryRead>
void SparserSddmm::serve(LineList& queue, TryRead try_read) {
  std::erase_if(queue, try_read);
}

bool SparserSddmm::read_key(std::uint32_t index, Cycle now) {
  Line& line = lines_[index];
  line.key_at = parts_.ks_buffer.request(now, line.key_place, index);
  line.asks_for_key = line.key_at == 0;
  if (line.asks_for_key) return false;
  visit_when_usable(line, index, line.key_at);
  return true;
}

bool SparserSddmm::read_query(std::uint32_t index, Cycle now) {
  Line& line = lines_[index];
  const TileHead head = line.fetching->head;
  const HeadRow row = tile_.head_row(QueryRow{line.fetching->rows[line.next_row]});
  line.asks_for_query = true;
  if (is_forwarded(value_of(head))) {
    const std::uint32_t window = operands_.query_window;
    const std::uint32_t place = tile_.query_place(
        EngineId::kDenser, head, window > 0 ? HeadRow{value_of(row) % window} : row);
    parts_.forwarding->post(now, index, QueryForwarding::Wanted{place, head, row});
    ++num_forwarding_;
    return true;
  }
  const Cycle at =
      parts_.qv_buffer.request(now, tile_.query_place(EngineId::kSparser, head, row), index);
  if (at == 0) return false;
  if (parts_.forwarding != nullptr) parts_.forwarding->note_miss();
  receive_query(index, at);
  return true;
}

void SparserSddmm::take_forwarded(Cycle now) {
  while (const auto grant = parts_.forwarding->take_grant(now)) {
    --num_forwarding_;
    receive_query(grant->line, grant->at);
  }
}

void SparserSddmm::take_fetched(Cycle now) {
  if (parts_.fetched == nullptr || !parts_.fetched->valid()) return;
  FetchedQuery query = parts_.fetched->pop();
  --num_forwarding_;
  lines_[query.line].query_values = std::move(query.values);
  receive_query(query.line, now);
}

void SparserSddmm::receive_query(std::uint32_t index, Cycle at) {
  Line& line = lines_[index];
  line.asks_for_query = false;
  line.query_at = at;
  line.query_is_first = line.next_row == 0;
  line.query_row = line.fetching->rows[line.next_row];
  ++line.next_row;
  visit_when_usable(line, index, at);
}

void SparserSddmm::visit_when_usable(const Line& line, std::uint32_t index, Cycle at) {
  if (!line.multiplying || line.done_at < at) wake(index, at);
}

void SparserSddmm::visit(std::uint32_t index, Cycle now) {
  Line& line = lines_[index];
  if (line.multiplying && now < line.done_at) {
    ask_for_operands(line, index, now);
    return;
  }
  if (line.multiplying || line.holding) finish_score(line, index, now);
  if (!line.holding) start_score(line, index, now);
  ask_for_operands(line, index, now);
}

void SparserSddmm::finish_score(Line& line, std::uint32_t index, Cycle now) {
  if (line.multiplying) {
    line.multiplying = false;
    line.idle_since = now;
    --num_multiplying_;
    line.holding = true;
    ++num_holding_;
  }
  if (line.output_full) return;
  parts_.statistics.wait_scores += now - line.idle_since;
  line.idle_since = now;
  line.holding = false;
  --num_holding_;
  line.output_full = true;
  fill_output(line, index);
  --scores_left_;
}

void SparserSddmm::start_score(Line& line, std::uint32_t index, Cycle now) {
  if (line.multiplying || line.query_at == 0 || line.query_at > now) return;
  if (line.query_is_first && (line.key_at == 0 || line.key_at > now)) return;
  count_wait(line, now);
  if (line.query_is_first) {
    line.computing = line.fetching;
    line.key_at = 0;
  }
  line.score_row = line.query_row;
  line.score_values = std::move(line.query_values);
  line.query_at = 0;
  line.multiplying = true;
  ++num_multiplying_;
  line.done_at = now + cycles_per_score_;
  parts_.statistics.multiply(now, 1, cycles_per_score_);
  parts_.statistics.macs += tile_.query_features;
  wake(index, line.done_at);
}

/// The line was idle until `now`: first it waited for a segment, then for K, then for the Q row.
void SparserSddmm::count_wait(const Line& line, Cycle now) {
  Cycle since = line.idle_since;
  const auto count_until = [&](Cycle until, Counter& reason) {
    until = std::min(until, now);
    if (until <= since) return;
    reason += until - since;
    since = until;
  };
  if (line.query_is_first) {
    count_until(line.asks_from, parts_.statistics.wait_index);
    count_until(line.key_at, parts_.statistics.wait_key);
  }
  count_until(now, parts_.statistics.wait_query);
}

void SparserSddmm::ask_for_operands(Line& line, std::uint32_t index, Cycle now) {
  if (line.fetching == nullptr || now < line.asks_from) return;
  const bool has_key = line.fetching == line.computing;
  if (!has_key && line.has_room_for_key(key_registers_) && !read_key(index, now)) {
    key_queue_.push_back(index);
  }
  const bool rows_left = line.next_row < line.fetching->num_rows;
  if (rows_left && line.query_at == 0 && !line.asks_for_query && !read_query(index, now)) {
    query_queue_.push_back(index);
  }
  const bool exhausted = has_key && line.next_row == line.fetching->num_rows;
  if (exhausted && !line.asks_for_segment) {
    line.asks_for_segment = true;
    segment_queue_.push_back(index);
  }
}

void SparserSddmm::fill_output(Line& line, std::uint32_t index) {
  const ColumnSegment& segment = *line.computing;
  const std::uint32_t row =
      value_of(tile_.row_index(segment.head, tile_.head_row(QueryRow{line.score_row})));
  output_queue_.push_back(Output{index, row, value_of(segment.key)});
  if (parts_.values.are_computed()) line.output_score = compute_score(line, row);
}

Score SparserSddmm::compute_score(const Line& line, std::uint32_t row) {
  const ColumnSegment& segment = *line.computing;
  const std::uint32_t features = tile_.query_features;
  const std::int8_t* query = line.score_values != nullptr
                                 ? line.score_values->data()
                                 : queries(value_of(segment.head)) + std::size_t{row} * features;
  if (keys_ == nullptr) keys_ = parts_.values.contents->key_score.row(operands_.key, 0);
  const std::uint32_t key = value_of(tile_.key_index(segment.head, segment.key));
  return parts_.score_unit.format().score(
      dot_product(query, keys_ + std::size_t{key} * features, features));
}

/// The Q rows of the tile, in the buffer that holds those of the head.
const std::int8_t* SparserSddmm::queries(std::uint32_t head) {
  const bool forwarded = is_forwarded(head);
  const std::int8_t*& first = queries_[forwarded ? 1 : 0];
  const EngineValues& values = parts_.values;
  EngineContents& holder = forwarded ? *values.forwarding_contents : *values.contents;
  if (first == nullptr) first = holder.query_value.row(operands_.query, 0);
  return first;
}

Cycle SparserSddmm::next_event(Cycle now) const {
  const bool work_waiting = !output_queue_.empty() || !key_queue_.empty() ||
                            !query_queue_.empty() || !segment_queue_.empty() || num_forwarding_ > 0;
  if (work_waiting) return now + 1;
  for (Cycle ahead = 1; ahead <= wheel_mask_; ++ahead) {
    if (!wheel_[(now + ahead) & wheel_mask_].empty()) return now + ahead;
  }
  check(ending(), "the lines of the sparser engine wait for each other");
  return kOnLink;
}

EngineActivity SparserSddmm::activity(Cycle now) const {
  if (num_multiplying_ > 0) return EngineActivity::kBusy;
  if (ending()) return EngineActivity::kDrain;
  if (num_holding_ > 0 || scores_left_ == 0) return EngineActivity::kWaitScores;
  const Line* oldest = nullptr;
  for (const Line& line : lines_) {
    const bool has_work = knows_next_row(line, now) || !line.asks_for_segment ||
                          parts_.spmm_controller.has_segments();
    if (!has_work || (oldest != nullptr && oldest->idle_since <= line.idle_since)) continue;
    oldest = &line;
  }
  check(oldest != nullptr, "scores are left and no line of the sparser engine has work");
  return wait_of(*oldest, now);
}

bool SparserSddmm::knows_next_row(const Line& line, Cycle now) const {
  if (line.query_at != 0) return true;
  return line.fetching != nullptr && now >= line.asks_from &&
         line.next_row < line.fetching->num_rows;
}

/// What a line waits for that neither multiplies nor holds a score.
EngineActivity SparserSddmm::wait_of(const Line& line, Cycle now) const {
  if (!knows_next_row(line, now)) return EngineActivity::kWaitIndex;
  const bool needs_key = line.query_at != 0 ? line.query_is_first : line.fetching != line.computing;
  const bool has_key = line.key_at != 0 && line.key_at <= now;
  return needs_key && !has_key ? EngineActivity::kWaitKey : EngineActivity::kWaitQuery;
}

void SparserSddmm::end_phase(Cycle now) {
  const Cycle end = now + 1 + drain_cycles_;
  end_at(end);
  for (Line& line : lines_) parts_.statistics.no_work += end - line.idle_since;
}

}  // namespace vitcod
