// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace vitcod {

/// The `capacity` highest-scoring keys of those offered; the lower key wins among equal scores.
class TopScores {
 public:
  void reset(std::size_t capacity) {
    capacity_ = capacity;
    heap_.clear();
  }

  bool is_full() const { return heap_.size() == capacity_; }
  /// The score to beat; only while full, and not of zero capacity.
  double lowest() const { return heap_.front().first; }

  void offer(double score, std::uint32_t key) {
    const Entry entry{score, key};
    if (is_full()) {
      if (capacity_ == 0 || !is_better(entry, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), is_better);
      heap_.back() = entry;
    } else {
      heap_.push_back(entry);
    }
    std::push_heap(heap_.begin(), heap_.end(), is_better);
  }

  /// Calls take(key) for each key, in no particular order.
  template <typename Take>
  void for_each(Take&& take) const {
    for (const Entry& entry : heap_) take(entry.second);
  }
  std::size_t size() const { return heap_.size(); }

 private:
  using Entry = std::pair<double, std::uint32_t>;
  static bool is_better(const Entry& a, const Entry& b) {
    return a.first > b.first || (a.first == b.first && a.second < b.second);
  }

  std::size_t capacity_ = 0;
  std::vector<Entry> heap_;  // worst on top
};

}  // namespace vitcod
