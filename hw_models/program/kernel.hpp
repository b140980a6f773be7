// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/errors.hpp"

namespace vitcod {

/// What a unit of the machine does in a job: one derived struct a kind of work, defined beside the
/// unit that understands it. Part of a program, so it does not change during a run.
struct Kernel {
  Kernel() = default;
  Kernel(const Kernel&) = default;
  Kernel& operator=(const Kernel&) = default;
  virtual ~Kernel() = default;
};

/// `kernel` as the kind that the caller understands; ModelError if it is another one.
template <typename Kind>
const Kind& kernel_as(const Kernel& kernel) {
  const auto* kind = dynamic_cast<const Kind*>(&kernel);
  check(kind != nullptr, "a unit got an order that it does not understand");
  return *kind;
}

}  // namespace vitcod
