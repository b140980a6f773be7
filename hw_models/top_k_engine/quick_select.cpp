// SPDX-License-Identifier: Apache-2.0
#include "hw_models/top_k_engine/quick_select.hpp"

#include <numeric>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// What lies above the bar is kept, and so many of what is equal to it.
struct Bar {
  std::uint64_t value = 0;
  std::size_t equals = 0;
};

Bar find_bar(std::vector<std::uint64_t> fifo, std::size_t k, std::vector<std::uint32_t>& passes) {
  for (;;) {
    passes.push_back(static_cast<std::uint32_t>(fifo.size()));
    const std::uint64_t pivot = fifo.front();
    std::vector<std::uint64_t> larger;
    std::vector<std::uint64_t> smaller;
    for (const std::uint64_t value : fifo) {
      if (value > pivot) larger.push_back(value);
      if (value < pivot) smaller.push_back(value);
    }
    const std::size_t not_smaller = fifo.size() - smaller.size();
    if (k >= larger.size() && k <= not_smaller) return {pivot, k - larger.size()};
    const bool is_larger = k < larger.size();
    if (!is_larger) k -= not_smaller;
    fifo = std::move(is_larger ? larger : smaller);
  }
}

}  // namespace

TopK quick_select(std::span<const std::uint64_t> values, std::uint32_t k) {
  check(k <= values.size(), "more entries are to be kept than there are");
  TopK result;
  if (k == values.size()) {
    result.kept.resize(k);
    std::iota(result.kept.begin(), result.kept.end(), 0U);
  }
  if (k == 0 || k == values.size()) return result;
  Bar bar = find_bar({values.begin(), values.end()}, k, result.passes);
  for (std::uint32_t place = 0; place < values.size(); ++place) {
    const bool is_equal = values[place] == bar.value && bar.equals > 0;
    if (is_equal) --bar.equals;
    if (is_equal || values[place] > bar.value) result.kept.push_back(place);
  }
  return result;
}

}  // namespace vitcod
