// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/engine/engine_contents.hpp"
#include "hw_models/engine/engine_kernels.hpp"
#include "hw_models/engine/phase_machine.hpp"
#include "hw_models/local_buffer/local_buffer.hpp"
#include "hw_models/mac_lines/line_statistics.hpp"
#include "hw_models/query_window/query_window.hpp"
#include "hw_models/score_buffer/score_buffer.hpp"
#include "hw_models/score_unit/score_unit.hpp"

namespace vitcod {

/// S of the denser engine when values are computed: [first column of the head + position][row], one
/// column after another.
struct DenserScores {
  std::vector<std::uint32_t> column_base;  ///< by head: columns of the heads before it
  std::vector<Score> scores;

  void lay_out(const AttentionTile& tile);
  Score& at(const AttentionTile& tile, TileHead head, KeyPosition column, HeadRow row) {
    const std::size_t before = column_base[value_of(head)] + value_of(column);
    return scores[before * tile.num_rows + value_of(row)];
  }
};

/// Where the denser engine's scores lie in its part of S: row by row of a head's denser block, each
/// from a word of its own.
class DenserWords {
 public:
  DenserWords(const AttentionTile& tile, std::uint32_t scores_a_word);

  std::uint32_t scores_a_word() const { return scores_a_word_; }
  std::uint64_t word(TileHead head, HeadRow row, KeyPosition column) const {
    const std::uint64_t words_a_row = words_a_row_[value_of(head)];
    return first_[value_of(head)] + value_of(row) * words_a_row + value_of(column) / scores_a_word_;
  }

 private:
  std::uint32_t scores_a_word_;
  std::vector<std::uint64_t> first_;        ///< by head
  std::vector<std::uint32_t> words_a_row_;  ///< by head
};

/// Parts of the denser engine that its phases work with.
struct DenserParts {
  LocalBuffer& qv_buffer;
  LocalBuffer& ks_buffer;
  ScoreBuffer& score_buffer;
  ScoreUnit& score_unit;
  LineStatistics& statistics;
  const EngineValues& values;
  DenserScores& scores;
  bool forwards = false;  ///< rows of the Q/V buffer, to the sparser engine
  QueryWindow* window = nullptr;
};

/// SDDMM of the denser engine, K-stationary. The lines of a share (one head, a stripe of its rows)
/// form a group: each holds one denser K vector, all share one Q row at a time (broadcast), and a
/// row step gives one score a line each ceil(d / MACs) cycles. A pass takes as many columns as the
/// group has lines over all rows of the stripe; the K vectors of the next pass are fetched
/// meanwhile, one a cycle and group, into second registers, or after it if there are none. Q has a
/// second register too. A group's scores leave through one output register a line, oldest group
/// first: those of a row step that lie in one word of S are written together. If there are more
/// heads than lines, a group that is done takes the next head. Entries pruned inside the block are
/// computed and written as zero weight. Where Q rows pass by in a window, a group has all columns
/// of its head, and the rows of a head's stripes take turns, so that all of them move with the
/// window; a row that has not come yet is asked for in each cycle.
///
/// Unloaded, c = ceil(d / MACs): a group of l lines begins its first row in cycle l (K rows come
/// one a cycle), then takes a row each c cycles over all passes. A row's scores are in the output
/// registers the cycle after its last product and taken a cycle later; the phase ends
/// pipeline_cycles + score latency after the last ones are taken.
class DenserSddmm final : public PhaseMachine {
 public:
  DenserSddmm(const SddmmKernel& kernel, const MacLinesConfig& lines, const DenserParts& parts,
              Cycle start);

  bool runs_ahead() const override { return !parts_.forwards; }

 private:
  /// Scores in the output registers of a group.
  struct Waiting {
    std::uint32_t number = 0;
    std::uint32_t row = 0;           ///< of S
    std::uint32_t left_in_word = 0;  ///< places, from the next score's on
    std::uint64_t word = 0;          ///< of the next score
  };
  struct Group {
    std::uint32_t head = 0;
    std::uint32_t lines = 0;
    std::uint32_t first_line = 0;    ///< of the engine's
    std::uint32_t first_row = 0;     ///< of the stripe
    std::uint32_t num_rows = 0;      ///< of the stripe
    std::uint32_t stride = 1;        ///< from one to the next
    std::uint32_t num_columns = 0;   ///< denser columns of the head
    std::uint32_t first_column = 0;  ///< of the pass being computed
    std::uint32_t next_row = 0;      ///< of the pass being computed
    std::uint64_t rows_to_ask = 0;   ///< Q rows of all passes that are still to be asked for
    std::uint32_t asked_row = 0;     ///< of the stripe: the next to be asked for
    std::uint32_t keys_asked = 0;    ///< K rows asked for since the head began
    std::uint32_t key_line = 0;      ///< of the group's: takes the next K row
    std::uint32_t first_key = 0;     ///< place of the head's first K row
    std::uint32_t first_query = 0;   ///< likewise of its first Q row, if they do not pass by
    Waiting waiting;
    Cycle keys_at = 0;   ///< all K rows asked for so far can be used from here
    Cycle query_at = 0;  ///< second Q register can be used from here; 0: empty
    Cycle done_at = 0;
    Cycle idle_since = 0;
    bool multiplying = false;
    bool holding = false;  ///< finished scores wait for the output registers
    bool active = false;

    /// The n-th one of the stripe.
    HeadRow row(std::uint32_t n) const { return HeadRow{first_row + n * stride}; }
    std::uint32_t pass_columns() const {
      return lines < num_columns - first_column ? lines : num_columns - first_column;
    }
    /// K rows that may have been asked for: those of this pass and, with a second register, of the
    /// next.
    std::uint32_t keys_allowed(std::uint32_t key_registers) const {
      const bool has_begun = multiplying || next_row > 0;
      const std::uint32_t ahead =
          first_column + lines + (has_begun ? key_registers - 1 : 0) * lines;
      return ahead < num_columns ? ahead : num_columns;
    }
  };

  void step(Cycle now) override;
  void take_scores(Cycle now);
  void take_scores_of(Waiting& waiting, std::uint32_t& room, Cycle now);
  void begin_window();
  void take_share(Group& group, Cycle now);
  void update(std::uint32_t index, Cycle now);
  void finish_row(Group& group, std::uint32_t index, Cycle now);
  void hold_scores(Group& group) const;
  void start_row(Group& group, Cycle now);
  static bool lacks_keys(const Group& group, Cycle now);
  void count_wait(const Group& group, Cycle now);
  static bool wants_query(const Group& group) {
    return group.query_at == 0 && group.rows_to_ask > 0;
  }
  void ask_for_operands(Group& group, Cycle now);
  void ask_for_query(Group& group, Cycle now);
  void compute_scores(const Group& group) const;
  Cycle due_of(const Group& group, Cycle now) const;
  Cycle next_event(Cycle now) const override;
  EngineActivity activity(Cycle now) const override;
  void end_phase(Cycle now);

  const AttentionTile& tile_;
  const TileOperands& operands_;
  const DenserParts parts_;
  const std::uint32_t num_lines_;
  const std::vector<HeadShare>& shares_;
  const DenserWords words_;
  const Cycle cycles_per_score_;
  const Cycle drain_cycles_;
  const std::uint32_t key_registers_;
  const Cycle start_;
  std::size_t next_share_ = 0;
  std::vector<Group> groups_;
  std::vector<Cycle> due_;  ///< by group: it has nothing to do in the cycles before
  std::vector<std::uint32_t> output_queue_;  ///< groups with scores in output registers, by age
  std::uint64_t column_steps_left_ =
      0;  ///< (head, pass, row) steps whose scores are still to leave
};

}  // namespace vitcod
