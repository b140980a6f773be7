// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/base/json.hpp"

namespace vitcod::test {

/// Walks over the result document: every `cycles` object of a block must sum to /cycles/total,
/// every `dram_clocks` object to /dram/clocks, the phases and the layers to /cycles/total. Returns
/// what is wrong first, or "".
std::string accounts_fault(const Json& result);

}  // namespace vitcod::test
