// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hw_models/local_buffer/interleaving.hpp"
#include "hw_models/local_buffer/ways.hpp"
#include "hw_models/score_buffer/score_buffer_config.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/uses_in_cycle.hpp"

namespace vitcod {

/// An engine's part of S: the half of its K/S buffer that holds scores, with the network between
/// lines and banks, and the row table. Word w lies in bank w mod banks. In a cycle each port of a
/// bank reads or writes one word, and each way carries one: a word that is written may take any of
/// them, one that is read a way of each group of lines that it goes to (LineGroups).
///
/// A write also updates its row's entry of the table: the largest exponent of the row (of softmax)
/// and, in the sparser engine, the number of its entries, which gives the next one its place. An
/// update is a read and a write of the table's bank (row mod table banks): two ports take it in one
/// cycle, a single port in two.
///
/// The score unit takes as long for every score. So who is let into it in cycle n has its ports
/// when it comes out, and requests contend as they enter. Passive: its engine calls it. Cycles:
/// `busy` with at least one word, `conflict` if someone was also refused, else `idle`.
class ScoreBuffer final : public Module {
 public:
  ScoreBuffer(const sc_core::sc_module_name& name, Clock& clock, const ScoreBufferConfig& config,
              StatGroup& parent, std::uint32_t num_lines = 1);

  /// Words of the coming accesses fill `num_banks` banks of memory.
  void begin(std::uint32_t num_banks);

  std::uint32_t word_bytes() const { return config_.bytes_per_access; }
  /// Cycles from a granted read to its word.
  Cycle read_cycles() const { return 1 + config_.network_cycles; }

  /// Asks, in cycle `now`, to write a part of `word` that belongs to `row` of the tile.
  /// `updates_row`: whether the table keeps anything of the row.
  bool write(Cycle now, std::uint64_t word, std::uint32_t row, bool updates_row = true) {
    UsesInCycle& bank = banks_[bank_.of(word)];
    TableBank& table = table_[table_bank_.of(row)];
    const bool passes = can_pass(now, bank);
    if (!passes || (updates_row && !can_update(now, table))) {
      if (passes) ++table_refused_;
      refuse(now, 1);
      return false;
    }
    pass(now, bank);
    if (updates_row) update(now, table);
    ++words_written_;
    return true;
  }
  /// Whether all ports of the word's bank are taken in cycle `now`, so that a request is refused.
  bool is_bank_full(Cycle now, std::uint64_t word) const {
    return banks_[bank_.of(word)].in(now) == config_.ports_per_bank;
  }
  /// Whether all ways are taken in cycle `now`, so that every further request is refused.
  bool is_full(Cycle now) const { return ways_.in(now) == config_.ways; }
  /// So many requests come in cycle `now` and are refused.
  void refuse(Cycle now, std::uint64_t requests) {
    refused_ += requests;
    count(Activity::kConflict, now);
  }
  /// Asks for `word` in cycle `now`, for `num_lines` lines from `line` on. Returns the cycle from
  /// which it can be used, or 0.
  Cycle read(Cycle now, std::uint64_t word, std::uint32_t line = 0, std::uint32_t num_lines = 1) {
    UsesInCycle& bank = banks_[bank_.of(word)];
    const Ways::Groups groups = to_lines_.groups_of(line, num_lines);
    if (!can_pass(now, bank) || !to_lines_.have_free(now, groups)) {
      refuse(now, 1);
      return 0;
    }
    pass(now, bank);
    words_sent_ += to_lines_.take(groups, now + 1);
    ++words_read_;
    return now + read_cycles();
  }

  void finish(Cycle cycles) override;
  const CycleAccount* account() const override { return &cycles_; }

 private:
  enum class Activity { kIdle, kBusy, kConflict };
  struct TableBank {
    UsesInCycle updates;
    Cycle free_at = 0;  ///< with a single port
  };

  bool can_pass(Cycle now, const UsesInCycle& bank) const {
    return bank.in(now) < config_.ports_per_bank && ways_.in(now) < config_.ways;
  }
  bool can_update(Cycle now, const TableBank& bank) const {
    if (config_.table_ports == 1) return bank.free_at <= now;
    return bank.updates.in(now) < config_.table_ports / 2;
  }
  void update(Cycle now, TableBank& bank) {
    bank.free_at = now + 2;
    bank.updates.add(now);
    ++table_updates_;
  }
  void pass(Cycle now, UsesInCycle& bank) {
    bank.add(now);
    ways_.add(now);
    count(Activity::kBusy, now);
  }
  /// A refusal may still come in a cycle with an access, so a cycle is counted once a later one is
  /// known.
  void count(Activity activity, Cycle now) {
    if (any_ && current_ == now) {
      standing_ = std::max(standing_, activity);
    } else {
      begin_cycle(activity, now);
    }
  }
  void begin_cycle(Activity activity, Cycle now);

  const ScoreBufferConfig config_;
  Interleaving bank_;        ///< of a word
  Interleaving table_bank_;  ///< of a row
  std::vector<UsesInCycle> banks_;
  std::vector<TableBank> table_;
  UsesInCycle ways_;
  Ways to_lines_;                        ///< the same ones, as words are read
  Activity standing_ = Activity::kIdle;  ///< of the cycle `current_`
  Cycle current_ = 0;
  bool any_ = false;         ///< a cycle with an access stands in `current_`
  Cycle counted_until_ = 0;  ///< cycles before are in the account

  StatGroup stats_;
  Counter words_written_{stats_, "words_written", "words written, whole or in part"};
  Counter words_read_{stats_, "words_read", "words read"};
  Counter words_sent_{stats_, "words_sent", "words read, once a way"};
  Counter table_updates_{stats_, "table_updates", "entries of the row table read and written"};
  Counter refused_{stats_, "refused", "words refused because a port or a way was not free"};
  Counter table_refused_{stats_, "table_refused", "of these, those that only the table refused"};
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "busy", "conflict"}};
};

}  // namespace vitcod
