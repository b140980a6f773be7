// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace vitcod {

/// Work of a top-k engine: words of as many entries as it has comparators, in so many passes.
struct SearchWork {
  std::uint32_t words = 0;
  std::uint32_t passes = 0;

  SearchWork& operator+=(const SearchWork& other) {
    words += other.words;
    passes += other.passes;
    return *this;
  }
  bool operator==(const SearchWork&) const = default;
};

}  // namespace vitcod
