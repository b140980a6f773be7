// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace vitcod {

/// An array that does not change once it is made. Copies share its memory; or it is a view of
/// memory that somebody else keeps, e.g. of one that processes share.
template <typename T>
class SharedArray {
 public:
  SharedArray() = default;
  // Implicit: an array is made as a vector, and is one to those who read it.
  SharedArray(std::vector<T> values)
      : owner_(std::make_shared<const std::vector<T>>(std::move(values))), values_(*owner_) {}
  SharedArray(std::initializer_list<T> values) : SharedArray(std::vector<T>(values)) {}
  /// `values` must live longer than all copies.
  static SharedArray view(std::span<const T> values) {
    SharedArray array;
    array.values_ = values;
    return array;
  }

  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  const T& operator[](std::size_t i) const { return values_[i]; }
  const T& back() const { return values_.back(); }
  const T* data() const { return values_.data(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  std::span<const T> span() const { return values_; }

  friend bool operator==(const SharedArray& a, const SharedArray& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::shared_ptr<const std::vector<T>> owner_;
  std::span<const T> values_;
};

}  // namespace vitcod
