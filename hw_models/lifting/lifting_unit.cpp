// SPDX-License-Identifier: Apache-2.0
#include "hw_models/lifting/lifting_unit.hpp"

#include <algorithm>

#include "hw_models/lifting/patch_lifting.hpp"

namespace vitcod {
namespace {

PatchShape shape_of(const LiftPlacement& placement) {
  return PatchShape{placement.level, placement.side, placement.channels};
}

/// Rows of zeros that leave with the packet.
std::uint32_t zero_rows_with(const Packet& packet, const LiftPlacement& placement) {
  return packet.first_row == 0 && packet.num_rows > 0 ? placement.zero_rows : 0;
}

}  // namespace

LiftingUnit::LiftingUnit(const sc_core::sc_module_name& name, Clock& clock,
                         const LiftingConfig& config, StatGroup& parent)
    : PacketUnit(name, clock, "lifting", parent), cost_(cost_of(config)) {}

PacketUnit::Step LiftingUnit::work_on(const Packet& packet) {
  const auto& placement = placement_as<LiftPlacement>(packet);
  const PatchShape patch = shape_of(placement);
  const bool is_taps = placement.kind == LiftPlacement::Kind::kTaps;
  check(cost_.takes(patch), "a patch came that is larger than its memory");
  Step step;
  step.read_cycles = cost_.read_bandwidth.beat_cycles(packet.bytes);
  step.latency = last_latency_ = latency_of(placement);
  if (is_taps) {
    tap_bytes_written_ += packet.bytes;
    if (packet.payload != nullptr) taps_.take(packet, placement.tap_set, patch.tap_bytes());
    return step;
  }
  count(packet, patch);
  Payload values;
  if (packet.payload != nullptr) values = lift(packet, placement);
  if (packet.num_rows == 0) return step;
  step.work_cycles =
      cost_.packet_cycles(0, packet.num_rows, zero_rows_with(packet, placement), patch);
  step.results.push_back(result_of(packet, placement));
  step.results.front().payload = std::move(values);
  return step;
}

/// Deliveries are in order: what is through sooner than the packet before is taken later.
Cycle LiftingUnit::taken_from(const Packet& packet, Cycle done) const {
  const Cycle latency = latency_of(placement_as<LiftPlacement>(packet));
  return latency < last_latency_ ? done + last_latency_ - latency : done;
}

Cycle LiftingUnit::latency_of(const LiftPlacement& placement) const {
  return placement.kind == LiftPlacement::Kind::kTaps ? 1 : cost_.latency(shape_of(placement));
}

void LiftingUnit::count(const Packet& packet, const PatchShape& patch) {
  const std::uint64_t patches = packet.num_rows;
  patches_ += patches;
  patch_bytes_written_ += packet.bytes;
  patch_bytes_read_ += patches * patch.result_bytes();
  for_each_pass(patch, [&](const LiftPass& pass) {
    pairs_ += patches * pass.pairs;
    macs_ += patches * pass.macs();
    patch_bytes_read_ += patches * pass.bytes_read();
    patch_bytes_written_ += patches * pass.bytes_written;
  });
}

/// The rows of the patches that are complete with the packet, behind those of zeros, without
/// values.
Packet LiftingUnit::result_of(const Packet& packet, const LiftPlacement& placement) {
  const std::uint32_t zero_rows = zero_rows_with(packet, placement);
  Packet rows = packet;
  rows.num_rows += zero_rows;
  if (zero_rows == 0) rows.first_row += placement.zero_rows;
  Packet result = rows_of(rows, *placement.store);
  result_bytes_ += result.bytes;
  return result;
}

/// Values of the rows that leave with the packet.
Payload LiftingUnit::lift(const Packet& packet, const LiftPlacement& placement) {
  const PatchShape patch = shape_of(placement);
  auto results = std::make_shared<std::vector<std::uint8_t>>(
      zero_rows_with(packet, placement) * patch.result_bytes(), std::uint8_t{0});
  patches_in_.take(packet, patch.bytes(), [&](std::uint32_t, const std::uint8_t* bytes) {
    const auto* samples = reinterpret_cast<const std::int8_t*>(bytes);
    const auto* taps = reinterpret_cast<const std::int8_t*>(taps_.set(placement.tap_set));
    lift_patch({samples, samples + patch.bytes()}, placement.side, placement.channels,
               placement.level, taps, *results);
  });
  return results;
}

}  // namespace vitcod
