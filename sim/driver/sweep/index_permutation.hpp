// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace vitcod {

/// A seeded order of the numbers below `size` that is computed, not stored: a Feistel network on
/// the next larger even number of bits, whose results beyond `size` are put in again (cycle
/// walking; Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002).
class IndexPermutation {
 public:
  /// `size`: 1 to 2^62. Streams of one seed are independent orders.
  IndexPermutation(std::uint64_t size, std::uint64_t seed, std::string_view stream_name);

  /// The number at `position`; each number below `size` is at one position below `size`.
  std::uint64_t at(std::uint64_t position) const;

 private:
  std::uint64_t encrypt(std::uint64_t value) const;

  std::uint64_t size_;
  unsigned half_bits_;
  std::array<std::uint64_t, 8> round_keys_;
};

}  // namespace vitcod
