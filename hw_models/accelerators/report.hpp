// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hw_models/dram/dram_config.hpp"
#include "hw_models/dram/dram_energy.hpp"
#include "hw_models/energy/energy_account.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "sim/base/stats.hpp"

// What the reports of all machines have in common.
namespace vitcod {

/// 0 where there is nothing to divide by.
inline double ratio(double numerator, double denominator) {
  return denominator == 0 ? 0.0 : numerator / denominator;
}

/// Time of `cycles` at `clock_khz`, s.
inline double seconds_of(Cycle cycles, std::uint64_t clock_khz) {
  return ratio(double(cycles), double(clock_khz) * 1e3);
}

/// Writes `/dram`: what all channels of a memory did in `clocks` of it and `seconds` of the run.
void write_dram(const DramConfig& config, const DramActivity& activity, Cycle clocks,
                double seconds, Json& dram);

/// Writes `/energy_pj`: the memory's, the blocks' and their sum.
void write_energy(const DramConfig& dram, const DramActivity& activity,
                  const EnergyAccount& on_chip, const std::string& on_chip_source, Json& energy);

/// Compares the tensors that a machine wrote with the reference, element by element.
class ValueCheck {
 public:
  /// Two tensors of one size, of integers of 8 or 16 bits.
  template <typename Element>
  void compare(const std::vector<Element>& output, const std::vector<Element>& expected) {
    check(output.size() == expected.size(), "an output and its reference have different sizes");
    for (std::size_t i = 0; i < output.size(); ++i) {
      mismatches_ += output[i] != expected[i] ? 1 : 0;
    }
    bytes_.append(reinterpret_cast<const char*>(output.data()), output.size() * sizeof(Element));
  }
  /// Writes what differs, and the hash of all outputs in the order of comparison.
  void write(Json& values) const;

 private:
  std::uint64_t mismatches_ = 0;
  std::string bytes_;
};

}  // namespace vitcod
