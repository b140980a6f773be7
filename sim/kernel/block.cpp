// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel/block.hpp"

#include <fmt/format.h>

#include "sim/base/errors.hpp"
#include "sim/kernel/link.hpp"
#include "sim/kernel/scheduler.hpp"

namespace vitcod {

Module::Module(const sc_core::sc_module_name& name, Clock& clock)
    : sc_core::sc_module(name), clock_(clock), stepped_(clock.scheduler().mode().stepped) {
  clock.scheduler().modules_.push_back(this);
}

Block::Block(const sc_core::sc_module_name& name, Clock& clock)
    : Module(name, clock), index_(clock.add_block(*this)) {}

void Block::account_until(Cycle cycle) {
  check(cycle >= counted_until_, "a cycle was accounted for twice");
  counted_until_ = cycle;
}

void Block::pass_until(Cycle cycle) {
  if (cycle <= counted_until_) return;
  if (account_ == nullptr) account_ = &cycle_account();
  account_->pass(counted_until_, cycle);
  counted_until_ = cycle;
}

void Block::run(Cycle now) {
  pass_until(now);
  Cycle next = kOnLink;
  try {
    next = tick(now);
  } catch (const ModelError& error) {
    throw ModelError(fmt::format("{} in cycle {}: {}", name(), now, error.what()));
  }
  check(next > now, "tick() must name a later cycle");
  if (stepped()) next = now + 1;
  // A beat pushed ahead of its time woke this block for a cycle that is still to come; the block
  // has run since, and one wake-up is all that its clock remembers.
  if (last_ahead_ > now && next > now + 1) {
    for (const LinkBase* input : ahead_inputs_) {
      const Cycle visible = input->head_visible();
      if (visible > now && visible < next) next = visible;
    }
  }
  if (next != kOnLink) clock().wake(*this, next);
}

}  // namespace vitcod
