// SPDX-License-Identifier: Apache-2.0
#include "workloads/attention_map.hpp"

#include <algorithm>
#include <cstring>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

static_assert(std::endian::native == std::endian::little, "bytes are taken eight at a time");

/// Bit i is the lowest bit of byte i: the products of the other bits lie below the eight that stay.
std::uint64_t pack_eight(std::uint64_t bytes) {
  constexpr std::uint64_t kGather = 0x0102040810204080;
  return bytes * kGather >> 56;
}

}  // namespace

KeptMap::KeptMap(std::uint32_t num_queries, std::uint32_t num_keys, bool kept)
    : num_queries_(num_queries),
      num_keys_(num_keys),
      words_a_row_((num_keys + kWordBits - 1) / kWordBits),
      words_(std::size_t{num_queries} * words_a_row_, 0) {
  if (!kept) return;
  const std::vector<std::uint8_t> row(num_keys, 1);
  for (std::uint32_t query = 0; query < num_queries; ++query) set_row(query, row);
}

void KeptMap::set_row(std::uint32_t query, std::span<const std::uint8_t> kept) {
  check(kept.size() == num_keys_, "a row has an entry for each key");
  Word* row = words_.data() + word_of(query, 0);
  for (std::uint32_t w = 0; w < words_a_row_; ++w) {
    Word word = 0;
    for (std::size_t first = 0; first < kWordBits; first += 8) {
      const std::size_t at = std::size_t{w} * kWordBits + first;
      if (at >= kept.size()) break;
      std::uint64_t eight = 0;
      std::memcpy(&eight, kept.data() + at, std::min<std::size_t>(8, kept.size() - at));
      word |= pack_eight(eight) << first;
    }
    row[w] = word;
  }
}

std::vector<std::uint8_t> KeptMap::bytes() const {
  std::vector<std::uint8_t> bytes(std::size_t{num_queries_} * num_keys_, 0);
  for (std::uint32_t query = 0; query < num_queries_; ++query) {
    std::uint8_t* row = bytes.data() + std::size_t{query} * num_keys_;
    for_each_kept(query, [row](std::uint32_t key) { row[key] = 1; });
  }
  return bytes;
}

double kept_a_row(const PolarizedMap& map) {
  const double rows = double{1.0} * map.num_queries * static_cast<double>(map.heads.size());
  return rows == 0.0 ? 0.0 : static_cast<double>(map.nnz()) / rows;
}

}  // namespace vitcod
