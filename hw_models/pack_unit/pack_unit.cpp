// SPDX-License-Identifier: Apache-2.0
#include "hw_models/pack_unit/pack_unit.hpp"

namespace vitcod {

PackUnit::PackUnit(const sc_core::sc_module_name& name, Clock& clock, const PackUnitConfig& config,
                   const PassShape& shape, StatGroup& parent)
    : Block(name, clock), config_(config), shape_(shape), stats_(parent, basename()) {}

Cycle PackUnit::tick(Cycle now) {
  if (steps_.empty()) {
    if (!order_in->valid()) {
      cycles_.standing(Activity::kIdle);
      return kOnLink;
    }
    begin(*order_in->pop().kernel, now);
  }
  const Cycle last = begun_ + steps_[next_].cycles - 1;
  if (now < last) {
    cycles_.standing(Activity::kPacking);
    return last;
  }
  if (!pass_out->ready()) {
    cycles_.standing(Activity::kWaitArray);
    return kOnLink;
  }
  send_pass(now);
  return now + 1;
}

void PackUnit::begin(const Kernel& kernel, Cycle now) {
  const AttentionTile& tile = *kernel_as<PackKernel>(kernel).tile;
  const SegmentedMask mask(tile, shape_.segment_keys);
  steps_ = pack(mask, shape_, config_.segments_per_cycle);
  next_ = 0;
  begun_ = now;
  words_ += std::uint64_t{mask.num_heads()} * mask.num_segments() * mask.num_rows();
}

void PackUnit::send_pass(Cycle now) {
  cycles_.standing(Activity::kPacking);
  PackedPass& pass = steps_[next_].pass;
  sub_rows_ += pass.num_sub_rows();
  passes_ += pass.num_sub_rows() > 0 ? 1 : 0;
  const Cycle done = now + config_.latency_cycles - 1;
  if (pass.ends_tile) done_out->push_at(UnitDone{}, done);
  pass_out->push_at(std::move(pass), done);
  begun_ = now + 1;
  if (++next_ == steps_.size()) steps_.clear();
}

}  // namespace vitcod
