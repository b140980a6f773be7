// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/json.hpp"

namespace vitcod {

/// Turns the schema of a resolved object into that of one where presets may stand: in each object
/// below (not in lists) a key `preset` may name a file, and the keys of that object and of those
/// below it are then optional.
void allow_presets(Json& schema);

}  // namespace vitcod
