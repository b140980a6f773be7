// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/local_buffer/local_buffer.hpp"
#include "hw_models/program/region.hpp"
#include "sim/base/stats.hpp"
#include "sim/kernel/block.hpp"

namespace vitcod {

/// The places of the denser engine's Q/V buffer in which the Q rows of a tile pass by: a ring of
/// a window of rows for each head. Row r lies in place r mod window. The frame of a head, rows
/// [first, first + window), moves in row order: by one when the denser engine has read
/// its first row and no request of the sparser engine that was seen waits for it.
///
/// Passive: the denser engine's decoder writes rows, and rows of later tiles ahead into frames of
/// their own; the denser engine calls the rest. A row that the decoder has ready for cycle c takes
/// a port of its bank from c on, before anybody reads there, and can be read from the cycle after
/// the access. That the frame moves in a cycle the decoder sees in the next one.
class QueryWindow {
 public:
  /// A tile whose rows pass by.
  struct Passing {
    RegionId region{};
    const AttentionTile* tile = nullptr;
    std::uint32_t rows = 0;  ///< of a head, in the window
  };

  QueryWindow(Clock& clock, StatGroup& parent) : clock_(clock), stats_(parent, "query_window") {}

  /// Woken when the frame moves.
  void written_by(const Block& decoder) { decoder_ = &decoder; }

  /// Whether in cycle `now` the decoder may write the rows of `head` up to `last`.
  bool has_room(const Passing& passing, TileHead head, HeadRow last, Cycle now);
  /// The decoder has the row ready for the bank from cycle `at` on.
  void write(const Passing& passing, TileHead head, HeadRow row, Cycle at);

  /// The denser engine begins on the tile: its rows are looked up from now on, those of the tile
  /// before are gone. ModelError if not all of these were read.
  void begin(const Passing& passing);
  /// No tile has a window: everything is held.
  void end();
  bool is_open() const { return now_.tile != nullptr; }

  /// Rows that came take their banks, as many as have a free port.
  void store_rows(Cycle now, LocalBuffer& banks);
  /// Place of the row among those that the denser engine holds.
  std::uint32_t place_of(TileHead head, HeadRow row) const {
    return now_.tile->query_place(EngineId::kDenser, head, HeadRow{value_of(row) % now_.rows});
  }
  /// Is the row in the frame, there or on its way? Else it is missed.
  bool covers(TileHead head, HeadRow row) const;
  /// Can it be read in cycle `now`?
  bool is_there(TileHead head, HeadRow row, Cycle now) const;
  /// A request for the row waits, and keeps the frame where it is.
  void hold(TileHead head, HeadRow row);
  void release(TileHead head, HeadRow row, Cycle now);
  /// The denser engine has read the row; it reads each once.
  void note_read(TileHead head, HeadRow row, Cycle now);

 private:
  struct Row {
    Cycle there_at = kOnLink;   ///< it can be read from here
    std::uint32_t waiting = 0;  ///< requests
    bool is_read = false;       ///< by the denser engine
  };
  struct Head {
    std::vector<Row> rows;
    std::uint32_t first = 0;         ///< of the frame
    std::uint32_t first_before = 0;  ///< as it was before cycle `moved_at`
    Cycle moved_at = 0;
  };
  struct Coming {
    TileHead head{};
    HeadRow row{};
    Cycle at = 0;
  };
  struct Frames {
    std::vector<Head> heads;
    std::vector<Coming> coming;  ///< rows that have no bank yet, in the order in which they come
  };

  Frames& frames_of(const Passing& passing);
  Head& head_of_tile(TileHead head) { return frames_[now_.region].heads[value_of(head)]; }
  void advance(Head& head, Cycle now);

  Clock& clock_;
  const Block* decoder_ = nullptr;
  std::unordered_map<RegionId, Frames> frames_;
  Passing now_;  ///< the tile that is worked on; none: it has no window

  StatGroup stats_;
  Counter written_{stats_, "rows", "rows written to the window"};
  Counter bytes_{stats_, "bytes_written", "their bytes"};
  Counter refused_{stats_, "conflicts", "writes refused because no port of the bank was free"};
};

}  // namespace vitcod
