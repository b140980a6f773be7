// SPDX-License-Identifier: Apache-2.0
#include "workloads/pruning.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace vitcod {

void prune_row(std::span<const double> row, double theta_p, std::span<std::uint8_t> kept) {
  using Entry = std::pair<double, std::size_t>;
  // A heap, not a sort: few entries of a row are kept, and only they need an order.
  const auto later = [](const Entry& a, const Entry& b) {
    return a.first < b.first || (a.first == b.first && a.second > b.second);
  };
  std::vector<Entry> heap(row.size());
  for (std::size_t i = 0; i < row.size(); ++i) heap[i] = {row[i], i};
  std::make_heap(heap.begin(), heap.end(), later);
  std::fill(kept.begin(), kept.end(), std::uint8_t{0});
  double sum = 0.0;
  std::size_t to_come = 2;  // entries still kept once the running sum has reached the cut-off
  while (!heap.empty() && to_come > 0) {
    std::pop_heap(heap.begin(), heap.end(), later);
    const Entry entry = heap.back();
    heap.pop_back();
    kept[entry.second] = 1;
    sum += entry.first;
    if (!(sum < theta_p)) --to_come;
  }
}

void keep_prefix_tokens(KeptMap& map, std::uint32_t num_tokens) {
  for (std::uint32_t token = 0; token < num_tokens; ++token) {
    for (std::uint32_t key = 0; key < map.num_keys(); ++key) map.set(token, key, true);
    for (std::uint32_t query = 0; query < map.num_queries(); ++query) map.set(query, token, true);
  }
}

}  // namespace vitcod
