// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/json.hpp"

namespace vitcod {

/// The JSON Schema of result.json, from the table of its fields.
Json result_schema();

}  // namespace vitcod
