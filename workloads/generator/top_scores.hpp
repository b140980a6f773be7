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

  /// Whether a key must beat lowest() to be taken.
  bool is_full() const { return heap_.size() == capacity_; }
  /// The lowest score so far; only while full, and not of zero capacity.
  double lowest() const { return heap_.front().first; }

  void offer(double score, std::uint32_t key) {
    const Entry entry{score, key};
    if (heap_.size() < capacity_) {
      heap_.push_back(entry);
      // Before it is full nobody asks for the lowest: one make_heap costs less than many pushes.
      if (is_full()) std::make_heap(heap_.begin(), heap_.end(), IsBetter{});
    } else if (capacity_ > 0 && IsBetter{}(entry, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), IsBetter{});
      heap_.back() = entry;
      std::push_heap(heap_.begin(), heap_.end(), IsBetter{});
    }
  }

  /// Calls take(key) for each key, in no particular order.
  template <typename Take>
  void for_each(Take&& take) const {
    for (const Entry& entry : heap_) take(entry.second);
  }
  std::size_t size() const { return heap_.size(); }

 private:
  using Entry = std::pair<double, std::uint32_t>;
  struct IsBetter {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.first > b.first || (a.first == b.first && a.second < b.second);
    }
  };

  std::size_t capacity_ = 0;
  std::vector<Entry> heap_;  // once full, the worst is on top
};

}  // namespace vitcod
