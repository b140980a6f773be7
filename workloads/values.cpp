// SPDX-License-Identifier: Apache-2.0
#include "workloads/values.hpp"

#include <array>
#include <cstddef>

#include "sim/base/det_math.hpp"
#include "sim/base/random.hpp"

namespace vitcod {
namespace {

constexpr double kStandardDeviation = 32.0;
constexpr unsigned kIndexBits = 12;
constexpr std::size_t kTableSize = std::size_t{1} << kIndexBits;
constexpr std::size_t kDrawsPerWord = 64 / kIndexBits;
/// A bias stands beside a sum of products of two operands, whose deviation is 32 x 32 or more.
constexpr std::int32_t kBiasFactor = 32;

/// Quantiles of the normal distribution in equally likely steps; the outermost is 32 x 3.67 = 117.
const std::array<std::int8_t, kTableSize>& quantiles() {
  static const auto table = [] {
    std::array<std::int8_t, kTableSize> quantile{};
    for (std::size_t i = 0; i < kTableSize / 2; ++i) {
      const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(kTableSize);
      const double value = kStandardDeviation * det_normal_quantile(share) - 0.5;
      quantile[i] = static_cast<std::int8_t>(value);
      quantile[kTableSize - 1 - i] = static_cast<std::int8_t>(-quantile[i]);
    }
    return quantile;
  }();
  return table;
}

template <typename T>
std::vector<T> draw_values(const Trace& trace, TensorId id, T factor) {
  const Tensor& tensor = trace.tensor(id);
  const auto& table = quantiles();
  Random random(trace.value_seed, "values/" + tensor.name);
  std::vector<T> values((tensor.num_elements() + kDrawsPerWord - 1) / kDrawsPerWord *
                        kDrawsPerWord);
  // Through a pointer: a store of int8 could otherwise change the vector itself, for all the
  // compiler knows.
  T* next = values.data();
  for (T* const end = next + values.size(); next != end; next += kDrawsPerWord) {
    std::uint64_t bits = random.next_u64();
    for (std::size_t draw = 0; draw < kDrawsPerWord; ++draw, bits >>= kIndexBits) {
      next[draw] = static_cast<T>(table[bits % kTableSize] * factor);
    }
  }
  values.resize(tensor.num_elements());
  return values;
}

}  // namespace

std::vector<std::int8_t> operand_values(const Trace& trace, TensorId tensor) {
  return draw_values<std::int8_t>(trace, tensor, 1);
}

std::vector<std::int32_t> bias_values(const Trace& trace, TensorId tensor) {
  return draw_values<std::int32_t>(trace, tensor, kBiasFactor);
}

}  // namespace vitcod
