// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hw_models/dram/dram_config.hpp"
#include "hw_models/dram/dram_trace.hpp"

namespace vitcod::test {

/// A trace with a name for messages.
struct NamedTrace {
  std::string name;
  DramTrace trace;
};

/// The kinds of traffic that the memory is judged on, `num` requests each: sequential, strided,
/// random, conflicts in one bank, mixed reads and writes, gathers of rows of K, dependent chains.
/// Addresses are made for the preset's burst size and lie within 512 MiB.
std::vector<NamedTrace> all_traffic(const DramConfig& config, std::size_t num, std::uint64_t seed);

DramTrace sequential(const DramConfig& config, std::size_t num, bool write);
DramTrace random_reads(const DramConfig& config, std::size_t num, std::uint64_t seed);
/// Writes with a share of `write_sixteenths` / 16, within a region of `num_bursts` bursts.
DramTrace random_mixed(const DramConfig& config, std::size_t num, std::uint64_t seed,
                       std::uint32_t write_sixteenths, std::uint64_t num_bursts);

}  // namespace vitcod::test
