// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/base/json.hpp"

namespace vitcod {

/// What a person asks of a run first: figures, cycles of each layer by phase, what each block did
/// or waited for, bytes of each tensor, energy, power and area by block, and the config. A part
/// that the result does not have is left out. `name` of the file, for messages. Throws InputError
/// if it is no result of this version.
std::string run_section(const Json& result, const std::string& name);

}  // namespace vitcod
