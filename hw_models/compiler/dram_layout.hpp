// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// Where tensors and offline-made tables lie in DRAM: one after the other, each from a 4 KiB
/// boundary. A tensor lies row-major in its shape, or token by token: then its shape is (heads,
/// tokens, features), and all heads of a token lie together. Weights of linear layers lie in the
/// order in which lines take them (LinearLoads).
class DramLayout {
 public:
  explicit DramLayout(const Trace& trace);

  std::uint64_t address(TensorId tensor) const { return places_[index(tensor)].address; }
  std::uint64_t bytes(TensorId tensor) const { return places_[index(tensor)].bytes; }
  bool is_by_token(TensorId tensor) const { return places_[index(tensor)].by_token; }
  void lay_by_token(TensorId tensor) { places_[index(tensor)].by_token = true; }
  /// Columns that the lines take of the weights at a time; 0: they lie row-major.
  std::uint32_t block_columns(TensorId weights) const {
    return places_[index(weights)].block_columns;
  }
  /// Features that they take in a step.
  std::uint32_t step_features(TensorId weights) const {
    return places_[index(weights)].step_features;
  }
  void lay_by_line(TensorId weights, std::uint32_t block_columns, std::uint32_t step_features) {
    places_[index(weights)].block_columns = block_columns;
    places_[index(weights)].step_features = step_features;
  }

  /// Room for a table that is not a tensor of the trace (CSC index).
  std::uint64_t allocate(std::uint64_t bytes);
  std::uint64_t end() const { return next_; }

 private:
  struct Place {
    std::uint64_t address = 0;
    std::uint64_t bytes = 0;
    bool by_token = false;
    std::uint32_t block_columns = 0;
    std::uint32_t step_features = 0;
  };
  static std::size_t index(TensorId tensor) { return static_cast<std::size_t>(tensor); }

  std::vector<Place> places_;
  std::uint64_t next_ = 0;
};

}  // namespace vitcod
