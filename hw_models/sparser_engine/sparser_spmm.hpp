// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/engine/partial_row.hpp"
#include "hw_models/mac_lines/row_groups.hpp"
#include "hw_models/sparser_engine/sparser_sddmm.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// SpMM of the sparser engine, output-stationary. A group of lines holds one output row; the kept
/// scores of the row stream past, each with its V row, one each `cycles_per_entry` cycles. A group
/// knows the next row as well, and has two registers for words of S: one whose entries it uses, and
/// one into which the next word of its row, or the first one of the next row, is fetched. A group
/// has one output register; rows leave for the normaliser one a cycle, in order of completion. V
/// rows and products come a fixed number of cycles after they are asked for (buffer access and MAC
/// pipeline); a finished row leaves that much later.
///
/// Within a cycle: the oldest finished row leaves; groups at the end of a row move it to the output
/// register and go on to the next one; groups without a next row take one (index buffer), idle
/// ones first; groups
/// ask for words of S, then for V rows (Q/V buffer banks), those refused before first.
///
/// Unloaded, the word of a row that is taken in cycle n is asked for in n + 1 and there S's read
/// time later, in m; the row of k entries is in the output register in m + k x cycles_per_entry, is
/// sent a cycle later and leaves access + pipeline_cycles after that, which is also what the phase
/// lasts after the last row is sent.
class SparserSpmm final : public PhaseMachine {
 public:
  SparserSpmm(const SpmmKernel& kernel, const MacLinesConfig& lines, const SparserParts& parts,
              LinkWriteIf<PartialRow>& row_out, Cycle start);

 private:
  static constexpr std::uint32_t kNoRow = ~std::uint32_t{0};
  /// A row that a group has taken.
  struct RowWork {
    std::uint32_t row = kNoRow;
    std::uint32_t first_value = 0;  ///< place of V of key 0, were it the engine's
    std::uint32_t next_entry = 0;
    std::uint32_t last_entry = 0;
    std::uint32_t left_in_word = 0;  ///< places in the word in use, from the next entry's on
    std::uint32_t word_in_use = 0;   ///< of the row's: the one of the next entry
    std::uint32_t num_words = 0;
    std::uint32_t words_asked = 0;
    Cycle asks_from = 0;             ///< the row is known from here
    std::array<Cycle, 2> word_at{};  ///< of the last two words asked for: there from here

    bool is_done() const { return next_entry == last_entry; }
    bool has_word(Cycle now) const {
      return word_in_use < words_asked && word_at[word_in_use % 2] <= now;
    }
    void use_entry(std::uint32_t entries_a_word) {
      ++next_entry;
      if (--left_in_word > 0) return;
      ++word_in_use;
      left_in_word = entries_a_word;
    }
  };
  enum class Wanted : std::uint8_t { kNone, kOfCurrent, kOfNext };
  struct Group {
    RowWork current;                    ///< in the accumulators
    RowWork next;                       ///< its first word is fetched
    std::uint32_t output_row = kNoRow;  ///< in the output register
    Cycle free_at = 0;                  ///< multiplies until here
    Counter* idle_reason = nullptr;
    bool refused = false;
    std::shared_ptr<const PartialValues> output_values;  ///< in the output register
  };

  void step(Cycle now) override;
  void send_row(Cycle now);
  void change_rows(Cycle now);
  void finish_row(Group& group, std::uint32_t index, Cycle now);
  void take_row(Group& group, Cycle now);
  static Wanted wanted_word(const Group& group, Cycle now);
  void read_words(Cycle now);
  Cycle next_event_of(const Group& group, Cycle now) const;
  void wait_for(Group& group, Counter& reason, Cycle now) const;
  void read_values(Cycle now);
  void read_value(Group& group, Cycle now);
  std::shared_ptr<const PartialValues> compute_row(std::uint32_t row) const;
  Cycle next_event(Cycle now) const override;
  EngineActivity activity(Cycle now) const override;
  bool lacks_room() const override { return !output_queue_.empty() && row_out_.room() == 0; }
  void end_phase(Cycle now);
  std::uint32_t first_line(const Group& group) const {
    return static_cast<std::uint32_t>(&group - groups_.data()) * shape_.lines_per_group;
  }

  const AttentionTile& tile_;
  const TileOperands& operands_;
  const SparserParts parts_;
  const std::uint32_t num_lines_;
  const RowGroups shape_;
  const Cycle start_;
  LinkWriteIf<PartialRow>& row_out_;
  Cycle result_delay_ = 0;  ///< from the request of a V row to its accumulated product
  std::vector<Group> groups_;
  std::vector<std::uint32_t> output_queue_;  ///< groups with a full output register, oldest first
  std::uint64_t rows_left_ = 0;
  bool any_refused_ = false;
};

}  // namespace vitcod
