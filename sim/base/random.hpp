// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <string_view>

namespace vitcod {

/// Seeded random numbers that are the same on every host: std::mt19937_64, whose output the
/// standard fixes, with helpers of our own (the standard distributions differ between libraries).
class Random {
 public:
  /// The engine's own sequence for `seed`.
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// The stream `stream_name` of `seed`. Streams of one seed are independent of each other, so a
  /// stream's values do not depend on which other streams are drawn from.
  Random(std::uint64_t seed, std::string_view stream_name);

  /// All 64 bits, uniform.
  std::uint64_t next_u64() { return engine_(); }

  /// Uniform in [0, bound), without bias. `bound` must be at least 1 (ModelError). May take more
  /// than one draw.
  std::uint64_t uniform_below(std::uint64_t bound);

  /// Uniform in [0, 1), a multiple of 2^-53. One draw.
  double uniform_real();

  /// Normal, mean 0, standard deviation 1. One draw.
  double normal();

 private:
  std::mt19937_64 engine_;
};

}  // namespace vitcod
