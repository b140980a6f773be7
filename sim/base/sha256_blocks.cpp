// SPDX-License-Identifier: Apache-2.0
#include "sim/base/sha256_blocks.hpp"

#include <bit>

#include "sim/base/errors.hpp"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace vitcod {
namespace {

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr std::array<std::uint32_t, 64> kRoundConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::array<std::uint32_t, 64> message_schedule(const char* block) {
  std::array<std::uint32_t, 64> words{};
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t byte = 0; byte < 4; ++byte) {
      words[i] = words[i] << 8 | static_cast<unsigned char>(block[4 * i + byte]);
    }
  }
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t a = words[i - 15];
    const std::uint32_t b = words[i - 2];
    words[i] = words[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ (a >> 3)) + words[i - 7] +
               (std::rotr(b, 17) ^ std::rotr(b, 19) ^ (b >> 10));
  }
  return words;
}

void add_block(Sha256State& state, const char* block) {
  const auto words = message_schedule(block);
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t sum_e = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t t1 = h + sum_e + ((e & f) ^ (~e & g)) + kRoundConstants[i] + words[i];
    const std::uint32_t sum_a = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t t2 = sum_a + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const Sha256State mixed = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += mixed[i];
}

#ifdef __x86_64__
__attribute__((target("sha,sse4.1"))) __m128i load_words(const char* bytes) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)), big_endian);
}

/// Sixteen words of the schedule.
struct Words {
  __m128i first, second, third, last;
};

/// The four words after them.
__attribute__((target("sha,sse4.1"))) __m128i next_words(const Words& words) {
  const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(words.first, words.second),
                                    _mm_alignr_epi8(words.last, words.third, 4));
  return _mm_sha256msg2_epu32(sum, words.last);
}

/// The registers hold the words a, b, e, f and c, d, g, h, the first in the highest place. Two
/// rounds turn the second into the next a, b, e, f, and the first is then the next c, d, g, h.
__attribute__((target("sha,sse4.1"))) void add_native_block(__m128i& abef, __m128i& cdgh,
                                                            const char* block) {
  const __m128i abef_before = abef;
  const __m128i cdgh_before = cdgh;
  Words words{};
  for (std::size_t round = 0; round < kRoundConstants.size(); round += 4) {
    const __m128i current = round < 16 ? load_words(block + 4 * round) : next_words(words);
    words = {words.second, words.third, words.last, current};
    const __m128i constants =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(kRoundConstants.data() + round));
    const __m128i sum = _mm_add_epi32(current, constants);
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
  }
  abef = _mm_add_epi32(abef, abef_before);
  cdgh = _mm_add_epi32(cdgh, cdgh_before);
}
#endif

}  // namespace

void add_sha256_blocks_portably(Sha256State& state, const char* blocks, std::size_t num_blocks) {
  for (std::size_t i = 0; i < num_blocks; ++i) add_block(state, blocks + i * kSha256BlockBytes);
}

#ifdef __x86_64__
bool has_sha256_instructions() {
  constexpr unsigned kExtendedFeatures = 7;
  constexpr unsigned kSha = 1U << 29U;    // of EBX
  constexpr unsigned kSse41 = 1U << 19U;  // of ECX
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & kSse41) == 0) return false;
  return __get_cpuid_count(kExtendedFeatures, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & kSha) != 0;
}

__attribute__((target("sha,sse4.1"))) void add_sha256_blocks_natively(Sha256State& state,
                                                                      const char* blocks,
                                                                      std::size_t num_blocks) {
  const auto pack = [&state](std::size_t i, std::size_t j, std::size_t k, std::size_t l) {
    return _mm_set_epi32(static_cast<int>(state[i]), static_cast<int>(state[j]),
                         static_cast<int>(state[k]), static_cast<int>(state[l]));
  };
  __m128i abef = pack(0, 1, 4, 5);
  __m128i cdgh = pack(2, 3, 6, 7);
  for (std::size_t i = 0; i < num_blocks; ++i) {
    add_native_block(abef, cdgh, blocks + i * kSha256BlockBytes);
  }
  std::array<std::uint32_t, 4> low{};
  std::array<std::uint32_t, 4> high{};
  _mm_storeu_si128(reinterpret_cast<__m128i*>(low.data()), abef);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(high.data()), cdgh);
  state = {low[3], low[2], high[3], high[2], low[1], low[0], high[1], high[0]};
}
#else
bool has_sha256_instructions() { return false; }

void add_sha256_blocks_natively(Sha256State&, const char*, std::size_t) {
  throw ModelError("this processor has no instructions for SHA-256");
}
#endif

}  // namespace vitcod
