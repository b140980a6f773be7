// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/dma/transfer.hpp"

namespace vitcod {

/// Order of the controller to the normaliser.
struct NormaliserTask {
  enum class Kind : std::uint8_t { kMergeExponents, kNormaliseRows };
  Kind kind = Kind::kMergeExponents;
  UnitContext* unit = nullptr;
  const Transfer* output = nullptr;  ///< for kNormaliseRows
};

struct NormaliserDone {
  NormaliserTask::Kind kind = NormaliserTask::Kind::kMergeExponents;
};

}  // namespace vitcod
