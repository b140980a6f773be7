// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/index_permutation.hpp"

#include <bit>

#include "sim/base/errors.hpp"
#include "sim/base/random.hpp"

namespace vitcod {
namespace {

/// All bits of the result depend on all bits of `x` (the finaliser of SplitMix64: Steele, Lea and
/// Flood, Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

}  // namespace

IndexPermutation::IndexPermutation(std::uint64_t size, std::uint64_t seed,
                                   std::string_view stream_name)
    : size_(size) {
  check(size >= 1 && size <= std::uint64_t{1} << 62, "order of an empty or too large set");
  half_bits_ = (static_cast<unsigned>(std::bit_width(size - 1)) + 1) / 2;
  Random random(seed, stream_name);
  for (std::uint64_t& key : round_keys_) key = random.next_u64();
}

std::uint64_t IndexPermutation::at(std::uint64_t position) const {
  std::uint64_t value = encrypt(position);
  while (value >= size_) value = encrypt(value);
  return value;
}

std::uint64_t IndexPermutation::encrypt(std::uint64_t value) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t left = value >> half_bits_;
  std::uint64_t right = value & mask;
  for (const std::uint64_t key : round_keys_) {
    const std::uint64_t next = left ^ (mix(right ^ key) & mask);
    left = right;
    right = next;
  }
  return left << half_bits_ | right;
}

}  // namespace vitcod
