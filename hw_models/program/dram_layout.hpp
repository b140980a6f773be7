// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// Where tensors and offline-made tables lie in DRAM: one after the other, each from a 4 KiB
/// boundary. Compressed Q and K, and what the encoder makes them from, lie token by token (all
/// compressed heads of a token together, as the encoder writes them and the decoder needs them);
/// all other tensors row-major in their shape.
class DramLayout {
 public:
  explicit DramLayout(const Trace& trace);

  std::uint64_t address(TensorId tensor) const {
    return addresses_[static_cast<std::uint32_t>(tensor)];
  }
  /// Room for a table that is not a tensor of the trace (CSC index).
  std::uint64_t allocate(std::uint64_t bytes);

 private:
  std::vector<std::uint64_t> addresses_;
  std::uint64_t next_ = 0;
};

}  // namespace vitcod
