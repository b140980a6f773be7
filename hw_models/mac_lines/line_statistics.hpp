// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "sim/base/stats.hpp"
#include "sim/kernel/block.hpp"

namespace vitcod {

/// What the lines of one engine did: in line-cycles, why they did not multiply, the sum of which is
/// lines x cycles of the phases that the engine took part in and of their reconfigurations; and in
/// how many cycles how many of all lines multiplied. Passive: its engine calls it.
class LineStatistics final : public Module {
 public:
  /// `lines`: of the machine, of which the engine has some in each phase.
  LineStatistics(const sc_core::sc_module_name& name, Clock& clock, std::uint32_t lines,
                 StatGroup& parent);

  /// So many `lines` more multiply in the cycles [from, from + cycles). Neither `from` nor its sum
  /// with `cycles` is before that of an earlier call. ModelError if more multiply than there are.
  void multiply(Cycle from, std::uint64_t lines, Cycle cycles);
  /// Of each reason one, named after it with "_line_cycles" behind.
  std::array<const Counter*, 9> line_cycles() const {
    return {&busy,        &wait_query,  &wait_key, &wait_value, &wait_index,
            &wait_scores, &wait_output, &no_work,  &reconfigure};
  }

  void finish(Cycle cycles) override;
  const CycleAccount* account() const override { return &cycles_; }

  StatGroup group;
  Counter macs{group, "macs", "multiply-accumulates"};
  Counter busy{group, "busy_line_cycles", "multiplying"};
  Counter wait_query{group, "wait_query_line_cycles", "waiting for a Q row"};
  Counter wait_key{group, "wait_key_line_cycles", "waiting for a K row"};
  Counter wait_value{group, "wait_value_line_cycles", "waiting for a V row"};
  Counter wait_index{group, "wait_index_line_cycles", "waiting for the next column or row"};
  Counter wait_scores{group, "wait_scores_line_cycles", "waiting for the score unit or S"};
  Counter wait_output{group, "wait_output_line_cycles", "waiting for the output buffer"};
  Counter no_work{group, "no_work_line_cycles", "nothing left in the phase, or a surplus line"};
  Counter reconfigure{group, "reconfigure_line_cycles", "switching to the phase"};

 private:
  /// Shares of the lines that multiply: none, up to an eighth, up to two, ...
  static constexpr std::size_t kNumShares = 9;
  enum class Share : std::uint8_t {};
  struct End {
    Cycle cycle;
    std::uint64_t lines;
  };

  void count_until(Cycle cycle);
  void pass_until(Cycle cycle);

  std::vector<Share> share_of_;  ///< by number of lines
  std::uint64_t multiplying_ = 0;
  std::deque<End> ends_;     ///< of what multiplies, the next first
  Cycle counted_until_ = 0;  ///< cycles before are in the account
  CycleBreakdown<Share, kNumShares> cycles_{
      group,
      {"none", "to_1_8", "to_2_8", "to_3_8", "to_4_8", "to_5_8", "to_6_8", "to_7_8", "to_8_8"}};
};

}  // namespace vitcod
