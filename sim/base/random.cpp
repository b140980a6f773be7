// SPDX-License-Identifier: Apache-2.0
#include "sim/base/random.hpp"

#include <charconv>
#include <string>

#include "sim/base/det_math.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/sha256.hpp"

namespace vitcod {
namespace {

/// The first 64 bits of SHA-256 of "SEED/NAME": no structure of seeds or names survives in it.
std::uint64_t stream_seed(std::uint64_t seed, std::string_view name) {
  const std::string digest = sha256_hex(std::to_string(seed) + "/" + std::string(name));
  std::uint64_t value = 0;
  std::from_chars(digest.data(), digest.data() + 16, value, 16);
  return value;
}

}  // namespace

Random::Random(std::uint64_t seed, std::string_view stream_name)
    : engine_(stream_seed(seed, stream_name)) {}

std::uint64_t Random::uniform_below(std::uint64_t bound) {
  check(bound >= 1, "uniform_below() of an empty range");
  // 2^64 mod bound values at the low end are drawn again, so that the rest is a multiple of bound.
  const std::uint64_t num_rejected = (0 - bound) % bound;
  std::uint64_t bits = next_u64();
  while (bits < num_rejected) bits = next_u64();
  return bits % bound;
}

double Random::uniform_real() { return static_cast<double>(next_u64() >> 11) * 0x1p-53; }

double Random::normal() {
  // The middle of one of 2^52 equal intervals: exact, and never 0 or 1, where the quantile is
  // infinite.
  return det_normal_quantile((static_cast<double>(next_u64() >> 12) + 0.5) * 0x1p-52);
}

}  // namespace vitcod
