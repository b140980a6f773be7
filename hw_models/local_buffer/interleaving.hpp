// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

namespace vitcod {

/// Which of `banks` banks an item lies in: item modulo banks. Most memories have a power of two of
/// them, and a division a request would show in the time of a run.
class Interleaving {
 public:
  explicit Interleaving(std::uint32_t banks)
      : banks_(banks), mask_(std::has_single_bit(banks) ? banks - 1 : kNoMask) {}

  std::uint32_t banks() const { return banks_; }
  std::uint32_t of(std::uint64_t item) const {
    return static_cast<std::uint32_t>(mask_ != kNoMask ? item & mask_ : item % banks_);
  }

 private:
  static constexpr std::uint32_t kNoMask = UINT32_MAX;
  std::uint32_t banks_;
  std::uint32_t mask_;
};

}  // namespace vitcod
