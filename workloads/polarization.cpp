// SPDX-License-Identifier: Apache-2.0
#include "workloads/polarization.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

std::vector<std::uint32_t> column_counts(const KeptMap& map) {
  std::vector<std::uint32_t> counts(map.num_keys(), 0);
  for (std::uint32_t query = 0; query < map.num_queries(); ++query) {
    map.for_each_kept(query, [&counts](std::uint32_t key) { ++counts[key]; });
  }
  return counts;
}

PolarizedHead split(const KeptMap& map, std::vector<std::uint32_t> key_order,
                    std::uint32_t num_denser, const std::vector<std::uint32_t>& counts) {
  const std::uint32_t num_queries = map.num_queries();
  const std::uint32_t num_keys = map.num_keys();
  PolarizedHead head;
  head.num_denser = num_denser;
  std::vector<std::uint8_t> denser_kept(std::size_t{num_denser} * num_queries, 0);
  std::vector<std::uint32_t> position(num_keys);
  std::vector<std::uint32_t> cursor(num_keys);  // next free place in row_idx, per key
  std::vector<std::uint32_t> col_ptr;
  col_ptr.reserve(num_keys - num_denser + 1);
  col_ptr.push_back(0);
  for (std::uint32_t p = 0; p < num_keys; ++p) {
    const std::uint32_t key = key_order[p];
    position[key] = p;
    if (p < num_denser) {
      head.denser_nnz += counts[key];
      continue;
    }
    cursor[key] = col_ptr.back();
    col_ptr.push_back(cursor[key] + counts[key]);
  }
  std::vector<std::uint32_t> row_idx(col_ptr.back());
  for (std::uint32_t query = 0; query < num_queries; ++query) {
    map.for_each_kept(query, [&](std::uint32_t key) {
      if (position[key] < num_denser) {
        denser_kept[std::size_t{position[key]} * num_queries + query] = 1;
      } else {
        row_idx[cursor[key]++] = query;
      }
    });
  }
  head.key_order = std::move(key_order);
  head.sparser = Csc{std::move(col_ptr), std::move(row_idx)};
  head.denser_kept = std::move(denser_kept);
  return head;
}

/// The first head gives a map its shape.
void require_shape(PolarizedMap& map, const KeptMap& head) {
  if (map.heads.empty()) {
    map.num_queries = head.num_queries();
    map.num_keys = head.num_keys();
  }
  check(head.num_queries() == map.num_queries && head.num_keys() == map.num_keys,
        "heads of one attention block differ in shape");
}

}  // namespace

PolarizedHead polarize(const KeptMap& map, std::optional<std::uint32_t> theta_d) {
  const std::vector<std::uint32_t> counts = column_counts(map);
  std::vector<std::uint32_t> key_order(map.num_keys());
  std::iota(key_order.begin(), key_order.end(), 0U);
  std::uint32_t num_denser = 0;
  if (theta_d) {
    for (std::uint32_t key = 0; key < map.num_keys(); ++key) {
      if (counts[key] > *theta_d) std::swap(key_order[num_denser++], key_order[key]);
    }
  }
  return split(map, std::move(key_order), num_denser, counts);
}

PolarizedHead polarize(const KeptMap& map, std::vector<std::uint32_t> key_order,
                       std::uint32_t num_denser) {
  check(key_order.size() == map.num_keys(), "key order and map differ in their number of keys");
  check(num_denser <= map.num_keys(), "more denser columns than keys");
  return split(map, std::move(key_order), num_denser, column_counts(map));
}

PolarizedHead sort_columns(const KeptMap& map) {
  const std::vector<std::uint32_t> counts = column_counts(map);
  std::vector<std::uint32_t> key_order(map.num_keys());
  std::iota(key_order.begin(), key_order.end(), 0U);
  std::stable_sort(key_order.begin(), key_order.end(),
                   [&counts](std::uint32_t a, std::uint32_t b) { return counts[a] > counts[b]; });
  return split(map, std::move(key_order), 0, counts);
}

void add_head(PolarizedMap& map, const KeptMap& head, std::optional<std::uint32_t> theta_d) {
  require_shape(map, head);
  map.heads.push_back(polarize(head, theta_d));
}

void add_uncut_head(PolarizedMap& map, const KeptMap& head) {
  require_shape(map, head);
  map.is_uncut = true;
  map.heads.push_back(sort_columns(head));
}

PolarizedMap polarize_heads(const HeadMaps& heads, std::optional<std::uint32_t> theta_d) {
  check(!heads.empty(), "an attention block has at least one head");
  PolarizedMap map;
  for (const KeptMap& head : heads) add_head(map, head, theta_d);
  return map;
}

KeptMap kept_map(const PolarizedHead& head, std::uint32_t num_queries, std::uint32_t num_keys) {
  KeptMap map(num_queries, num_keys);
  for (std::uint32_t p = 0; p < head.num_denser; ++p) {
    for (std::uint32_t query = 0; query < num_queries; ++query) {
      const bool kept = head.denser_kept[std::size_t{p} * num_queries + query] != 0;
      map.set(query, head.key_order[p], kept);
    }
  }
  for (std::uint32_t column = 0; column < head.sparser.num_columns(); ++column) {
    const std::uint32_t key = head.key_order[head.num_denser + column];
    for (std::uint32_t i = head.sparser.col_ptr[column]; i < head.sparser.col_ptr[column + 1];
         ++i) {
      map.set(head.sparser.row_idx[i], key, true);
    }
  }
  return map;
}

}  // namespace vitcod
