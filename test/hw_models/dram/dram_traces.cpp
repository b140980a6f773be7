// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/dram/dram_traces.hpp"

#include "hw_models/dram/address_map.hpp"
#include "sim/base/random.hpp"

namespace vitcod::test {
namespace {

constexpr std::uint64_t kRegionBytes = 512U << 20U;

DramTrace strided(const DramConfig& config, std::size_t num, std::uint64_t stride_bursts) {
  DramTrace trace;
  const std::uint64_t bytes = config.organization.burst_bytes();
  for (std::size_t i = 0; i < num; ++i) {
    trace.entries.push_back({i * stride_bursts * bytes % kRegionBytes, false});
  }
  return trace;
}

/// All to one bank of each channel, each to another row than the one before.
DramTrace conflicts(const DramConfig& config, std::size_t num, bool mixed) {
  DramTrace trace;
  const AddressMap map(config);
  for (std::size_t i = 0; i < num; ++i) {
    const auto channel = static_cast<std::uint32_t>(i % config.organization.channels);
    DramCoordinates at;
    at.row = static_cast<std::uint32_t>(i / config.organization.channels % 64);
    trace.entries.push_back({map.address_of(channel, at), mixed && i % 2 == 1});
  }
  return trace;
}

/// Rows of K of one head, `row_bytes` long and `pitch_bytes` apart, picked at random: what the
/// sparser engine asks for.
DramTrace gather(const DramConfig& config, std::size_t num, std::uint64_t seed,
                 std::uint64_t row_bytes, std::uint64_t pitch_bytes) {
  constexpr std::uint64_t kNumRows = 4096;
  Random random(seed);
  DramTrace trace;
  const std::uint64_t bytes = config.organization.burst_bytes();
  while (trace.entries.size() < num) {
    const std::uint64_t first = random.uniform_below(kNumRows) * pitch_bytes;
    for (std::uint64_t at = first; at < first + row_bytes; at += bytes) {
      trace.entries.push_back({at / bytes * bytes, false});
    }
  }
  return trace;
}

DramTrace chain(const DramConfig& config, std::size_t num, std::uint64_t seed, std::uint64_t gap) {
  DramTrace trace = random_mixed(config, num, seed, 4, 65536);
  trace.dependent = true;
  trace.gap = gap;
  return trace;
}

}  // namespace

DramTrace sequential(const DramConfig& config, std::size_t num, bool write) {
  DramTrace trace = strided(config, num, 1);
  for (DramTrace::Entry& entry : trace.entries) entry.write = write;
  return trace;
}

DramTrace random_reads(const DramConfig& config, std::size_t num, std::uint64_t seed) {
  return random_mixed(config, num, seed, 0, kRegionBytes / config.organization.burst_bytes());
}

DramTrace random_mixed(const DramConfig& config, std::size_t num, std::uint64_t seed,
                       std::uint32_t write_sixteenths, std::uint64_t num_bursts) {
  constexpr std::uint64_t kSixteen = 16;
  Random random(seed);
  DramTrace trace;
  for (std::size_t i = 0; i < num; ++i) {
    const std::uint64_t burst = random.uniform_below(num_bursts);
    trace.entries.push_back({burst * config.organization.burst_bytes(),
                             random.uniform_below(kSixteen) < write_sixteenths});
  }
  return trace;
}

std::vector<NamedTrace> all_traffic(const DramConfig& config, std::size_t num, std::uint64_t seed) {
  constexpr std::uint64_t kRegionBursts = 1U << 20U;
  return {
      {"sequential reads", sequential(config, num, false)},
      {"sequential writes", sequential(config, num, true)},
      {"stride of 3 bursts", strided(config, num, 3)},
      {"stride of 64 bursts", strided(config, num, 64)},
      {"stride of 4096 bursts", strided(config, num, 4096)},
      {"random reads", random_reads(config, num, seed)},
      {"random writes", random_mixed(config, num, seed + 1, 16, kRegionBursts)},
      {"random mixed", random_mixed(config, num, seed + 2, 8, kRegionBursts)},
      {"mixed in few rows", random_mixed(config, num, seed + 3, 5, 512)},
      {"mixed in few bursts", random_mixed(config, num, seed + 4, 8, 24)},
      {"conflicts", conflicts(config, num / 4, false)},
      {"conflicts, mixed", conflicts(config, num / 4, true)},
      {"gather of 64 B rows", gather(config, num, seed + 5, 64, 192)},
      {"gather of 192 B rows", gather(config, num, seed + 6, 192, 4096)},
      {"dependent chain", chain(config, num / 8, seed + 7, 0)},
      {"dependent chain with gaps", chain(config, num / 8, seed + 8, 37)},
  };
}

}  // namespace vitcod::test
