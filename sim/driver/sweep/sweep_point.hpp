// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "sim/driver/setting.hpp"

namespace vitcod {

/// One point of a sweep: the base run with some values set.
struct SweepPoint {
  std::uint64_t index = 0;  ///< in the sweep's order, from 0; gaps where a constraint excludes
  std::vector<Json> coordinates;  ///< by column of the sweep (axes, then derived values): scalars
  std::vector<Setting> settings;  ///< applied to the base run, in this order
};

/// Points one after the other, made when asked for: a million of them take no more memory than one.
class PointSource {
 public:
  virtual ~PointSource() = default;
  /// The next point in ascending order of `index`; none at the end.
  virtual std::optional<SweepPoint> next() = 0;
};

}  // namespace vitcod
