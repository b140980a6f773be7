// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/lifting/lifting_config.hpp"
#include "sim/base/int_math.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

inline constexpr std::uint64_t kLiftTaps = 4;     ///< of a filter
inline constexpr std::uint64_t kLiftFilters = 2;  ///< of a level: U, then P
inline constexpr std::uint64_t kDetailBands = 3;  ///< LH, HL, HH

/// The patches of a lifting step.
struct PatchShape {
  std::uint64_t level = 1;
  std::uint64_t side = 2;  ///< a multiple of 2^level
  std::uint64_t channels = 1;

  std::uint64_t bytes() const { return side * side * channels; }
  std::uint64_t band_side() const { return side >> level; }
  std::uint64_t result_bytes() const { return kDetailBands * (bytes() >> (2 * level)); }
  std::uint64_t tap_bytes() const { return level * kLiftFilters * kLiftTaps; }
};

/// One pass of the lanes over the lines of a patch, in one direction, all channels.
struct LiftPass {
  std::uint64_t pairs = 0;          ///< that are read
  std::uint64_t filters = 1;        ///< that work on a pair: only the last level needs details
  std::uint64_t bytes_written = 0;  ///< samples that are kept

  std::uint64_t bytes_read() const { return 2 * pairs; }
  std::uint64_t macs() const { return pairs * filters * kLiftTaps; }
};

/// Calls `use(pass)` for each pass over a patch, in order. Before the last level only LL is made:
/// coarse halves of all lines, then of those in the left half.
template <typename Use>
void for_each_pass(const PatchShape& patch, Use use) {
  std::uint64_t samples = patch.bytes();
  for (std::uint64_t level = 1; level < patch.level; ++level, samples /= 4) {
    use(LiftPass{samples / 2, 1, samples / 2});
    use(LiftPass{samples / 4, 1, samples / 4});
  }
  use(LiftPass{samples / 2, kLiftFilters, samples});
  use(LiftPass{samples / 2, kLiftFilters, samples / 4 * kDetailBands});
}

/// What an unloaded lifting unit takes.
struct LiftingCost {
  std::uint64_t lanes = 1;
  Bandwidth read_bandwidth;
  Bandwidth write_bandwidth;
  std::uint64_t max_patch_bytes = 4;
  std::uint64_t pass_latency = 1;  ///< between passes

  /// Passes over one patch.
  std::uint64_t lift_cycles(const PatchShape& patch) const {
    std::uint64_t cycles = 0;
    for_each_pass(
        patch, [&](const LiftPass& pass) { cycles += ceil_div(pass.pairs, lanes) + pass_latency; });
    return cycles;
  }
  std::uint64_t enter_cycles(const PatchShape& patch) const {
    return read_bandwidth.cycles_for(patch.bytes());
  }
  /// The bands of one patch, line by line.
  std::uint64_t leave_cycles(const PatchShape& patch) const {
    return kDetailBands * patch.band_side() *
           write_bandwidth.cycles_for(patch.band_side() * patch.channels);
  }
  /// From one patch to the next: one is lifted while that before leaves the other memory and the
  /// next one enters it.
  std::uint64_t patch_cycles(const PatchShape& patch) const {
    return std::max(lift_cycles(patch), leave_cycles(patch) + enter_cycles(patch));
  }
  /// From a packet's last cycle to its results: the lanes are a patch's entry behind what enters,
  /// and its bands leave once they are all there.
  std::uint64_t latency(const PatchShape& patch) const {
    return enter_cycles(patch) + leave_cycles(patch);
  }
  /// Of one packet that brings `bytes` bytes of patches, with which `patches` of them are complete
  /// and `zero_rows` rows of zeros leave.
  std::uint64_t packet_cycles(std::uint64_t bytes, std::uint64_t patches, std::uint64_t zero_rows,
                              const PatchShape& patch) const {
    const std::uint64_t result = (patches + zero_rows) * patch.result_bytes();
    return std::max({std::uint64_t{1}, read_bandwidth.cycles_for(bytes),
                     patches * patch_cycles(patch), write_bandwidth.cycles_for(result)});
  }
  /// Of patches in runs that are long against packets of `packet_bytes` bytes: packets that
  /// complete none take their way in. Rows of zeros, what packets round up, are left out.
  double cycles(double patches, const PatchShape& patch, std::uint64_t packet_bytes) const {
    const double packets = double(patch.bytes()) / double(packet_bytes);  // a patch
    const double without = std::max(0.0, packets - 1);
    return patches * (double(patch_cycles(patch)) +
                      without * double(read_bandwidth.cycles_for(packet_bytes)));
  }
  bool takes(const PatchShape& patch) const { return patch.bytes() <= max_patch_bytes; }
};

inline LiftingCost cost_of(const LiftingConfig& config) {
  return LiftingCost{config.lanes, config.read_bytes_per_cycle, config.write_bytes_per_cycle,
                     config.max_patch_bytes, config.latency_cycles};
}

}  // namespace vitcod
