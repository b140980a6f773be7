// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/engine/engine_contents.hpp"
#include "hw_models/engine/engine_kernels.hpp"
#include "hw_models/engine/fetched_query.hpp"
#include "hw_models/engine/phase_machine.hpp"
#include "hw_models/index_buffer/index_format.hpp"
#include "hw_models/local_buffer/local_buffer.hpp"
#include "hw_models/mac_lines/line_statistics.hpp"
#include "hw_models/query_forwarding/query_forwarding.hpp"
#include "hw_models/score_buffer/score_buffer.hpp"
#include "hw_models/score_unit/score_unit.hpp"
#include "hw_models/spmm_controller/spmm_controller.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// S of the sparser engine: a bucket a row of the tile (head-major), filled in the order in which
/// scores arrive. Bucket r holds entries row_ptr[r] .. row_ptr[r + 1] - 1, of which those before
/// free[r].entry are filled, and begins with a word of its own.
struct SparserScores {
  /// The next free entry of a bucket.
  struct Place {
    std::uint64_t word = 0;
    std::uint32_t entry = 0;
    std::uint32_t left_in_word = 0;  ///< places, this one included
  };

  std::vector<std::uint32_t> row_ptr;
  std::vector<Place> free;  ///< of each bucket
  std::uint32_t entries_a_word = 1;
  std::vector<std::uint64_t> first_word;  ///< of each bucket
  std::vector<std::uint32_t> entry_key;   ///< key position of each entry
  std::vector<Score> entry_score;         ///< empty if no values are computed

  void lay_out(const AttentionTile& tile, std::uint32_t word_entries, bool with_values);
  /// The entry that the next score of the row takes.
  std::uint32_t take_entry(std::uint32_t row) {
    Place& place = free[row];
    if (--place.left_in_word == 0) {
      place.left_in_word = entries_a_word;
      ++place.word;
    }
    return place.entry++;
  }
};

/// Parts of the sparser engine that its phases work with.
struct SparserParts {
  LocalBuffer& qv_buffer;
  LocalBuffer& ks_buffer;
  ScoreBuffer& score_buffer;
  ScoreUnit& score_unit;
  SpmmController& spmm_controller;
  QueryForwarding* forwarding;  ///< null: switched off, or a machine with one engine
  LineStatistics& statistics;
  const EngineValues& values;
  SparserScores& scores;
  LinkReadIf<FetchedQuery>* fetched = nullptr;  ///< rows that a window of Q has missed
};

/// SDDMM of the sparser engine, K-stationary. Each line walks its own column segments: it holds one
/// K vector and takes the Q rows of the kept entries, one score each ceil(d / MACs) cycles. A line
/// has two Q registers, so the next row is fetched while it multiplies, one or two K registers, and
/// one output register, from which the score unit takes scores, oldest first, if S takes them: each
/// is written to the place that the row table gives it.
///
/// Within a cycle, oldest first: the score unit takes scores; waiting lines get segments (index
/// buffer), then K rows (K/S buffer banks), then Q rows (Q/V buffer banks); lines that finish a
/// score move it to the output register, start on the next Q row and ask for another. A Q row that
/// the denser engine has is asked for there, from the next cycle on. If it has passed by, or is not
/// near, it is fetched from DRAM and comes to the line's register by itself.
///
/// Unloaded, c = ceil(d / MACs): a segment looked up in cycle n has its operands asked for in n +
/// 1; its first score is made from n + 1 + access on, one each c cycles, and is in the output
/// register the cycle after its last product, taken by the score unit a cycle later. The phase ends
/// pipeline_cycles + score latency after the last one is taken.
class SparserSddmm final : public PhaseMachine {
 public:
  SparserSddmm(const SddmmKernel& kernel, const MacLinesConfig& lines, const SparserParts& parts,
               Cycle start);

  bool runs_ahead() const override { return !forwards_; }

 private:
  struct Line {
    const ColumnSegment* computing = nullptr;  ///< segment of the K register in use
    const ColumnSegment* fetching = nullptr;   ///< segment whose rows are being asked for
    std::uint32_t next_row = 0;                ///< of `fetching`: rows asked for so far
    std::uint32_t score_row = 0;               ///< query row of the score in the making
    std::uint32_t query_row = 0;               ///< query row in the second Q register
    std::uint32_t key_place = 0;               ///< of the K row of `fetching`, in the buffer
    Cycle asks_from = 0;  ///< `fetching` is known from here: its rows can be asked for
    Cycle done_at = 0;
    Cycle query_at = 0;  ///< the second Q register can be used from here; 0: empty
    Cycle key_at = 0;    ///< the second K register can be used from here; 0: empty
    Cycle idle_since = 0;
    bool multiplying = false;
    bool holding = false;  ///< a finished score waits for the output register
    bool output_full = false;
    bool query_is_first = false;  ///< the row in the second Q register needs the second K register
    bool asks_for_segment = false;
    bool asks_for_key = false;
    bool asks_for_query = false;
    /// Whether the next K row can be fetched.
    bool has_room_for_key(std::uint32_t key_registers) const {
      const bool in_use = multiplying || (query_at != 0 && !query_is_first);
      return key_at == 0 && !asks_for_key && (key_registers > 1 || !in_use);
    }
    Score output_score{};  ///< in the output register, if values are computed
    /// Likewise, of a fetched row: in the second Q register, and of the score in the making.
    std::shared_ptr<const std::vector<std::int8_t>> query_values;
    std::shared_ptr<const std::vector<std::int8_t>> score_values;
  };
  using LineList = std::vector<std::uint32_t>;
  /// A score in the output register of a line.
  struct Output {
    std::uint32_t line = 0;
    std::uint32_t row = 0;  ///< of the tile
    std::uint32_t key = 0;  ///< position
  };

  void step(Cycle now) override;
  void take_scores(Cycle now);
  bool take_score(const Output& output, Cycle now);
  void hand_out_segments(Cycle now);
  template <typename TryRead>
  void serve(LineList& queue, TryRead try_read);
  bool read_key(std::uint32_t index, Cycle now);
  bool read_query(std::uint32_t index, Cycle now);
  void take_forwarded(Cycle now);
  void take_fetched(Cycle now);
  void receive_query(std::uint32_t index, Cycle at);
  void visit(std::uint32_t index, Cycle now);
  void finish_score(Line& line, std::uint32_t index, Cycle now);
  void start_score(Line& line, std::uint32_t index, Cycle now);
  void count_wait(const Line& line, Cycle now);
  void ask_for_operands(Line& line, std::uint32_t index, Cycle now);
  void fill_output(Line& line, std::uint32_t index);
  Score compute_score(const Line& line, std::uint32_t row);
  const std::int8_t* queries(std::uint32_t head);
  void visit_when_usable(const Line& line, std::uint32_t index, Cycle at);
  void wake(std::uint32_t index, Cycle at) { wheel_[at & wheel_mask_].push_back(index); }
  Cycle next_event(Cycle now) const override;
  EngineActivity activity(Cycle now) const override;
  bool knows_next_row(const Line& line, Cycle now) const;
  EngineActivity wait_of(const Line& line, Cycle now) const;
  void end_phase(Cycle now);
  bool is_forwarded(std::uint32_t head) const { return forwarded_[head] != 0; }

  const AttentionTile& tile_;
  const TileOperands& operands_;
  const SparserParts parts_;
  const Cycle cycles_per_score_;
  const Cycle drain_cycles_;
  const std::uint32_t key_registers_;
  std::vector<std::uint8_t> forwarded_;  ///< by head: Q rows come from the denser engine
  bool forwards_ = false;                ///< any head
  std::uint32_t num_forwarding_ = 0;     ///< lines that wait for a forwarded row
  std::vector<Line> lines_;
  std::vector<Output> output_queue_;  ///< full output registers, oldest first
  LineList unblocked_;
  LineList segment_queue_;
  LineList key_queue_;
  LineList query_queue_;
  LineList scratch_;
  std::vector<LineList> wheel_;  ///< lines to visit, by cycle modulo size
  Cycle wheel_mask_ = 0;
  std::uint32_t num_multiplying_ = 0;
  std::uint32_t num_holding_ = 0;
  std::uint64_t scores_left_ = 0;
  // Where the rows of the regions begin, if values are computed and once one was read.
  const std::int8_t* keys_ = nullptr;
  std::array<const std::int8_t*, 2> queries_{};  ///< of this engine, of the other one
};

}  // namespace vitcod
