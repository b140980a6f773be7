// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/dram_layout.hpp"

namespace vitcod {

DramLayout::DramLayout(const Trace& trace) {
  for (const Tensor& tensor : trace.tensors) addresses_.push_back(allocate(tensor.bytes()));
}

std::uint64_t DramLayout::allocate(std::uint64_t bytes) {
  constexpr std::uint64_t kAlignment = 4096;
  const std::uint64_t address = next_;
  next_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  return address;
}

}  // namespace vitcod
