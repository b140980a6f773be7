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

/// The first `num_denser` columns of a head without denser columns made denser.
PolarizedHead cut_head(const PolarizedHead& head, std::uint32_t num_queries,
                       std::uint32_t num_denser) {
  const Csc& columns = head.sparser;
  PolarizedHead result;
  result.num_denser = num_denser;
  result.key_order = head.key_order;
  result.denser_nnz = columns.col_ptr[num_denser];
  std::vector<std::uint8_t> denser_kept(std::size_t{num_denser} * num_queries, 0);
  for (std::size_t column = 0; column < num_denser; ++column) {
    for (std::uint32_t i = columns.col_ptr[column]; i < columns.col_ptr[column + 1]; ++i) {
      denser_kept[column * num_queries + columns.row_idx[i]] = 1;
    }
  }
  const auto first = static_cast<std::uint32_t>(result.denser_nnz);
  std::vector<std::uint32_t> col_ptr(columns.col_ptr.begin() + num_denser, columns.col_ptr.end());
  for (std::uint32_t& end : col_ptr) end -= first;
  result.denser_kept = std::move(denser_kept);
  result.sparser =
      Csc{std::move(col_ptr),
          std::vector<std::uint32_t>(columns.row_idx.begin() + first, columns.row_idx.end())};
  return result;
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

PolarizedMap cut(const PolarizedMap& map, const std::vector<std::uint32_t>& num_denser) {
  check(map.is_uncut && num_denser.size() == map.heads.size(), "a map is cut once, in all heads");
  PolarizedMap result{map.num_queries, map.num_keys, {}};
  for (std::size_t h = 0; h < map.heads.size(); ++h) {
    result.heads.push_back(cut_head(map.heads[h], map.num_queries, num_denser[h]));
  }
  return result;
}

double kept_a_row(const PolarizedMap& map) {
  const double rows = double{1.0} * map.num_queries * static_cast<double>(map.heads.size());
  return rows == 0.0 ? 0.0 : static_cast<double>(map.nnz()) / rows;
}

}  // namespace vitcod
