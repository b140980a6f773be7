// SPDX-License-Identifier: Apache-2.0
#include "sim/base/sha256.hpp"

#include <cstddef>
#include <cstdint>

#include "sim/base/sha256_blocks.hpp"

namespace vitcod {
namespace {

// The first 32 bits of the fractional parts of the square roots of the first 8 primes.
constexpr Sha256State kInitialState = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// The last, incomplete block with the padding: a one bit, zeros, the length in bits.
std::string padded_tail(std::string_view bytes) {
  std::string tail(bytes.substr(bytes.size() - bytes.size() % kSha256BlockBytes));
  tail += '\x80';
  while (tail.size() % kSha256BlockBytes != kSha256BlockBytes - 8) tail += '\0';
  const std::uint64_t num_bits = std::uint64_t{bytes.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) tail += static_cast<char>(num_bits >> shift & 0xff);
  return tail;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  static const auto add_blocks =
      has_sha256_instructions() ? add_sha256_blocks_natively : add_sha256_blocks_portably;
  Sha256State state = kInitialState;
  add_blocks(state, bytes.data(), bytes.size() / kSha256BlockBytes);
  const std::string tail = padded_tail(bytes);
  add_blocks(state, tail.data(), tail.size() / kSha256BlockBytes);
  std::string hex;
  for (const std::uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) hex += "0123456789abcdef"[word >> shift & 0xf];
  }
  return hex;
}

}  // namespace vitcod
