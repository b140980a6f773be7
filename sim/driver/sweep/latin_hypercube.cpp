// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/latin_hypercube.hpp"

#include <string>

namespace vitcod {

LatinHypercube::LatinHypercube(const DesignSpace& space, std::uint64_t count, std::uint64_t seed)
    : space_(space), count_(count) {
  for (std::size_t i = 0; i < space.dimensions().size(); ++i) {
    const std::string name = "sweep/latin_hypercube/" + std::to_string(i);
    columns_.push_back({IndexPermutation(count, seed, name), Random(seed, name + "/place")});
  }
}

std::optional<std::uint64_t> LatinHypercube::next() {
  if (num_draws_ == count_) return std::nullopt;
  std::vector<std::uint64_t> positions;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    // In units of 1 / (count * size) of the list, a part is `size` long and a value `count`.
    const std::uint64_t size = space_.dimensions()[i].size();
    const std::uint64_t part = columns_[i].parts.at(num_draws_);
    const std::uint64_t place = columns_[i].place_in_part.uniform_below(size);
    positions.push_back((part * size + place) / count_);
  }
  ++num_draws_;
  return space_.grid_index(positions);
}

}  // namespace vitcod
