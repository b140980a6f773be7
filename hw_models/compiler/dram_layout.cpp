// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/dram_layout.hpp"

#include "sim/base/int_math.hpp"

namespace vitcod {

DramLayout::DramLayout(const Trace& trace) {
  for (const Tensor& tensor : trace.tensors) {
    places_.push_back(Place{allocate(tensor.bytes()), tensor.bytes()});
  }
}

std::uint64_t DramLayout::allocate(std::uint64_t bytes) {
  constexpr std::uint64_t kAlignment = 4096;
  const std::uint64_t address = next_;
  next_ += ceil_div(bytes, kAlignment) * kAlignment;
  return address;
}

}  // namespace vitcod
