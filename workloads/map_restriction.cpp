// SPDX-License-Identifier: Apache-2.0
#include "workloads/map_restriction.hpp"

#include <limits>
#include <utility>
#include <vector>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kDropped = std::numeric_limits<std::uint32_t>::max();

/// For each token of a map its number among the kept ones, or kDropped.
std::vector<std::uint32_t> ranks_of(const PolarizedMap& map,
                                    std::span<const std::uint32_t> origins) {
  check(map.num_queries == map.num_keys, "a map of other queries than keys is restricted");
  std::vector<std::uint32_t> ranks(map.num_keys, kDropped);
  for (std::uint32_t i = 0; i < origins.size(); ++i) {
    check(origins[i] < map.num_keys && (i == 0 || origins[i - 1] < origins[i]),
          "a map is restricted to tokens that it does not have, or not in order");
    ranks[origins[i]] = i;
  }
  return ranks;
}

PolarizedHead restrict_head(const PolarizedHead& head, const std::vector<std::uint32_t>& ranks,
                            std::span<const std::uint32_t> origins) {
  PolarizedHead result;
  std::vector<std::uint32_t> key_order, col_ptr{0}, row_idx;
  std::vector<std::uint8_t> denser_kept;
  for (std::uint32_t position = 0; position < ranks.size(); ++position) {
    const std::uint32_t key = ranks[head.key_order[position]];
    if (key == kDropped) continue;
    key_order.push_back(key);
    if (position < head.num_denser) {
      ++result.num_denser;
      for (const std::uint32_t query : origins) {
        denser_kept.push_back(head.denser_kept[std::size_t{position} * ranks.size() + query]);
        result.denser_nnz += denser_kept.back();
      }
      continue;
    }
    const std::uint32_t column = position - head.num_denser;
    for (std::uint32_t i = head.sparser.col_ptr[column]; i < head.sparser.col_ptr[column + 1];
         ++i) {
      const std::uint32_t query = ranks[head.sparser.row_idx[i]];
      if (query != kDropped) row_idx.push_back(query);
    }
    col_ptr.push_back(static_cast<std::uint32_t>(row_idx.size()));
  }
  result.key_order = std::move(key_order);
  result.sparser = Csc{std::move(col_ptr), std::move(row_idx)};
  result.denser_kept = std::move(denser_kept);
  return result;
}

}  // namespace

PolarizedMap restrict_map(const PolarizedMap& map, std::span<const std::uint32_t> origins) {
  const std::vector<std::uint32_t> ranks = ranks_of(map, origins);
  const auto num_kept = static_cast<std::uint32_t>(origins.size());
  PolarizedMap result{num_kept, num_kept, {}};
  for (const PolarizedHead& head : map.heads) {
    result.heads.push_back(restrict_head(head, ranks, origins));
  }
  return result;
}

}  // namespace vitcod
