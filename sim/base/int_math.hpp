// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <type_traits>

namespace vitcod {

/// The least integer that is not below a / b; b is at least 1. In the wider of both types: the sum
/// in the usual formula cannot overflow here.
template <std::unsigned_integral A, std::unsigned_integral B>
constexpr std::common_type_t<A, B> ceil_div(A a, B b) {
  using Wide = std::common_type_t<A, B>;
  return a == 0 ? Wide{0} : static_cast<Wide>((static_cast<Wide>(a) - 1) / b + 1);
}

}  // namespace vitcod
