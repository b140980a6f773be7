// SPDX-License-Identifier: Apache-2.0
#include "hw_models/query_window/query_window.hpp"

#include <algorithm>

#include "sim/base/errors.hpp"

namespace vitcod {

QueryWindow::Frames& QueryWindow::frames_of(const Passing& passing) {
  const AttentionTile& tile = *passing.tile;
  Frames& frames = frames_[passing.region];
  if (!frames.heads.empty()) return frames;
  frames.heads.resize(tile.num_heads);
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    if (tile.num_denser(head) > 0) frames.heads[head].rows.resize(tile.num_rows);
  }
  return frames;
}

bool QueryWindow::has_room(const Passing& passing, TileHead head, HeadRow last, Cycle now) {
  const Head& of_head = frames_of(passing).heads[value_of(head)];
  const bool moved_now = of_head.moved_at == now;
  return value_of(last) < (moved_now ? of_head.first_before : of_head.first) + passing.rows;
}

void QueryWindow::write(const Passing& passing, TileHead head, HeadRow row, Cycle at) {
  Frames& frames = frames_of(passing);
  check(value_of(row) < frames.heads[value_of(head)].first + passing.rows,
        "a Q row came before its place is free");
  frames.coming.push_back(Coming{head, row, at});
  ++written_;
  bytes_ += passing.tile->query_features;
}

/// Rows that came before are in their banks, which nobody has read until now.
void QueryWindow::begin(const Passing& passing) {
  end();
  Frames& frames = frames_of(passing);
  now_ = passing;
  const Cycle now = clock_.now();
  std::erase_if(frames.coming, [&](const Coming& coming) {
    if (coming.at > now) return false;
    frames.heads[value_of(coming.head)].rows[value_of(coming.row)].there_at = now;
    return true;
  });
}

void QueryWindow::end() {
  if (!is_open()) return;
  const Frames& frames = frames_[now_.region];
  const bool all_read = std::all_of(frames.heads.begin(), frames.heads.end(), [](const Head& head) {
    return std::all_of(head.rows.begin(), head.rows.end(),
                       [](const Row& row) { return row.is_read; });
  });
  check(all_read && frames.coming.empty(), "a tile has ended before all of its Q rows were read");
  frames_.erase(now_.region);
  now_ = Passing{};
}

void QueryWindow::store_rows(Cycle now, LocalBuffer& banks) {
  if (!is_open()) return;
  Frames& frames = frames_[now_.region];
  std::erase_if(frames.coming, [&](const Coming& coming) {
    if (coming.at > now) return false;
    if (banks.access(now, place_of(coming.head, coming.row)) == LocalBuffer::Access::kRefused) {
      ++refused_;
      return false;
    }
    frames.heads[value_of(coming.head)].rows[value_of(coming.row)].there_at =
        now + banks.access_cycles();
    return true;
  });
}

bool QueryWindow::covers(TileHead head, HeadRow row) const {
  const std::uint32_t first = frames_.at(now_.region).heads[value_of(head)].first;
  return value_of(row) >= first && value_of(row) - first < now_.rows;
}

bool QueryWindow::is_there(TileHead head, HeadRow row, Cycle now) const {
  if (!covers(head, row)) return false;
  return frames_.at(now_.region).heads[value_of(head)].rows[value_of(row)].there_at <= now;
}

void QueryWindow::hold(TileHead head, HeadRow row) {
  check(covers(head, row), "a Q row is asked for that the window does not hold");
  ++head_of_tile(head).rows[value_of(row)].waiting;
}

void QueryWindow::release(TileHead head, HeadRow row, Cycle now) {
  Head& of_head = head_of_tile(head);
  --of_head.rows[value_of(row)].waiting;
  advance(of_head, now);
}

void QueryWindow::note_read(TileHead head, HeadRow row, Cycle now) {
  check(is_there(head, row, now), "the denser engine read a Q row that is not in the window");
  Head& of_head = head_of_tile(head);
  of_head.rows[value_of(row)].is_read = true;
  advance(of_head, now);
}

/// The last rows stay: nothing comes after them.
void QueryWindow::advance(Head& head, Cycle now) {
  const std::uint32_t before = head.first;
  const auto is_done = [&head] {
    const Row& row = head.rows[head.first];
    return row.is_read && row.waiting == 0;
  };
  while (head.first + now_.rows < head.rows.size() && is_done()) ++head.first;
  if (head.first == before) return;
  if (head.moved_at != now) head.first_before = before;
  head.moved_at = now;
  if (decoder_ != nullptr) clock_.wake(*decoder_, now + 1);
}

}  // namespace vitcod
