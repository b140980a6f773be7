// SPDX-License-Identifier: Apache-2.0
#include "hw_models/score_buffer/score_buffer.hpp"

#include <algorithm>

namespace vitcod {

ScoreBuffer::ScoreBuffer(const sc_core::sc_module_name& name, Clock& clock,
                         const ScoreBufferConfig& config, StatGroup& parent,
                         std::uint32_t num_lines)
    : Module(name, clock),
      config_(config),
      bank_(config.banks),
      table_bank_(config.table_banks),
      banks_(config.banks),
      table_(config.table_banks),
      to_lines_(LineGroups(config.line_groups, config.ways, num_lines)),
      stats_(parent, basename()) {}

void ScoreBuffer::begin(std::uint32_t num_banks) {
  bank_ = Interleaving(std::clamp(num_banks, 1U, config_.banks));
}

void ScoreBuffer::begin_cycle(Activity activity, Cycle now) {
  if (any_) {
    cycles_.pass(standing_, current_, current_ + 1);
    counted_until_ = current_ + 1;
  }
  cycles_.pass(Activity::kIdle, counted_until_, now);
  counted_until_ = now;
  standing_ = activity;
  current_ = now;
  any_ = true;
}

void ScoreBuffer::finish(Cycle cycles) {
  if (any_) {
    check(current_ < cycles, "S was accessed in more cycles than the run has");
    cycles_.pass(standing_, current_, current_ + 1);
    counted_until_ = current_ + 1;
  }
  cycles_.pass(Activity::kIdle, counted_until_, cycles);
  check(words_written_.value() + words_sent_.value() <= cycles * config_.ways,
        "more words passed between the lines and S than the ways carry");
}

}  // namespace vitcod
