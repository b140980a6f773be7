// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <dnnl.hpp>
#include <vector>

#include "sim/baseline/dense_operations.hpp"

namespace vitcod::test {

/// The random values of a network in the order in which they were made, row-major.
class NetworkValues {
 public:
  /// Copies one more; hand this to Network as its listener.
  void add(const dnnl::memory& values);

  /// The next ones, as numbers; int8 values are weights of a product of `fan_in` features.
  std::vector<double> next(std::size_t count, std::size_t fan_in);
  bool at_end() const { return next_ == values_.size(); }

 private:
  struct Values {
    std::vector<double> numbers;
    bool is_int8;
  };
  std::vector<Values> values_;
  std::size_t next_ = 0;
};

/// The scores of the last classifier's classes, computed plainly in double precision.
std::vector<double> plain_model(const std::vector<DenseStep>& steps, NetworkValues values);

}  // namespace vitcod::test
