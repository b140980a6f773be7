// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace vitcod {

/// A Q row for the second Q register of one line of the sparser engine.
struct FetchedQuery {
  std::uint32_t line = 0;
  std::shared_ptr<const std::vector<std::int8_t>> values;  ///< null if no values are computed
};

}  // namespace vitcod
