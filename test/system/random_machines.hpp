// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/base/json.hpp"
#include "sim/base/random.hpp"
#include "sim/driver/run_config.hpp"

namespace vitcod::test {

/// The resolved document of configs/machines/vitcod.json, with its DRAM preset replaced by
/// configs/dram/`dram`.json.
Json machine_document(const std::string& dram = "ddr4-2400");

/// That document with everything drawn anew: widths, buffer sizes, depths, rates, latencies, banks,
/// ports, lines, features, clocks, memory. `work` is the number of MACs that it shall be able to
/// do in some ten thousand cycles. A few machines contradict themselves or are too small for any
/// workload.
Json random_machine(Random& random, std::uint64_t work);

/// The dense machine with the blocks of a ViTCoD machine's document: its denser engine, and one row
/// writer as wide as its decoders' write port.
Json dense_machine_with(const Json& vitcod);

/// One machine with one workload, drawn from a seed alone.
struct RandomRun {
  std::uint64_t seed = 0;
  Json machine;
  Trace trace;

  /// The run, ready for simulate(). Throws ConfigError if the machine contradicts itself.
  RunConfig config() const { return config_with(machine); }
  /// The same workload on another machine.
  RunConfig config_with(const Json& other_machine) const;
};

RandomRun random_run(std::uint64_t seed);

/// The seeds that a test of random runs goes through, said on the standard output: `count` from
/// `first` on, or the one that the environment variable VITCOD_RANDOM_SEED names.
std::vector<std::uint64_t> random_seeds(const char* test, std::uint64_t first, std::uint64_t count);

/// Numbers for machines and workloads.
inline std::uint32_t uniform(Random& random, std::uint32_t least, std::uint32_t most) {
  return least + static_cast<std::uint32_t>(random.uniform_below(most - least + 1));
}
inline bool one_in(Random& random, std::uint32_t n) { return random.uniform_below(n) == 0; }
/// Small numbers as likely as large ones: uniform between the two logarithms.
std::uint32_t log_uniform(Random& random, std::uint32_t least, std::uint32_t most);
template <typename T>
T pick(Random& random, std::initializer_list<T> choices) {
  return choices.begin()[random.uniform_below(choices.size())];
}

}  // namespace vitcod::test
