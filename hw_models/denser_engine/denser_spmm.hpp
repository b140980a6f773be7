// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/denser_engine/denser_sddmm.hpp"
#include "hw_models/engine/partial_row.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// SpMM of the denser engine, output-stationary. Head by head, the groups of lines hold a block of
/// consecutive output rows, one a group; the head's denser V rows stream past all of them
/// (broadcast), one each `cycles_per_entry` cycles, each group multiplying by the score of its own
/// row. A group has two registers for words of S: one whose scores it uses and one into which the
/// next word of its row, or the first one of the next block's, is fetched; all groups go on
/// together. The rows of a finished block leave through one output register a group, one a cycle,
/// while the next block is computed. Results leave a fixed number of cycles after the last V row
/// was asked for (buffer access and MAC pipeline).
///
/// Unloaded, the first words come S's read time after the phase begins; a block of k columns begun
/// in cycle n is in the output registers in n + k x cycles_per_entry; its first row is sent a cycle
/// later and leaves access + pipeline_cycles after that, which is also what the phase lasts after
/// the last row is sent.
class DenserSpmm final : public PhaseMachine {
 public:
  DenserSpmm(const SpmmKernel& kernel, const MacLinesConfig& lines, const DenserParts& parts,
             LinkWriteIf<PartialRow>& row_out, Cycle start);

 private:
  void step(Cycle now) override;
  void send_row(Cycle now);
  void change_block(Cycle now);
  void read_value(Cycle now);
  void fetch_words(Cycle now);
  void advance_fetch();
  bool has_words(Cycle now) const;
  void wait_for(Counter& reason, Cycle now);
  void find_head();
  std::shared_ptr<const PartialValues> compute_row(std::uint32_t row) const;
  Cycle next_event(Cycle now) const override;
  EngineActivity activity(Cycle now) const override;
  bool lacks_room() const override { return output_rows_ > 0 && row_out_.room() == 0; }
  void end_phase(Cycle now);
  bool has_block() const { return head_ < tile_.num_heads; }

  const AttentionTile& tile_;
  const TileOperands& operands_;
  const DenserParts parts_;
  const std::uint32_t num_lines_;
  const RowGroups shape_;
  const Cycle start_;
  LinkWriteIf<PartialRow>& row_out_;
  Cycle result_delay_ = 0;

  std::uint32_t head_ = 0;       ///< of the block in the accumulators
  std::uint32_t first_row_ = 0;  ///< of the block, within the head
  std::uint32_t block_rows_ = 0;
  std::uint32_t next_column_ = 0;   ///< next denser column to stream
  std::uint32_t output_first_ = 0;  ///< next row in the output registers (unit row index)
  std::uint32_t output_rows_ = 0;   ///< rows in the output registers
  /// Values of the rows in the output registers, the next one last.
  std::vector<std::shared_ptr<const PartialValues>> output_values_;
  /// The words that are fetched next: of each row of a block, those of a column on.
  struct Fetch {
    std::uint32_t head = 0;
    std::uint32_t first_row = 0;
    std::uint32_t num_rows = 0;
    std::uint32_t column = 0;
    std::uint32_t num_asked = 0;  ///< rows whose word is asked for
    Cycle at = 0;                 ///< the words asked for so far are there from here
    bool is_pending() const { return num_asked < num_rows; }
  };
  const DenserWords words_;
  Fetch fetch_;
  Cycle free_at_ = 0;  ///< lines multiply until here
  Counter* idle_reason_ = nullptr;
};

}  // namespace vitcod
