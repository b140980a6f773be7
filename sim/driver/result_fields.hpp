// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/accelerators/report_fields.hpp"

namespace vitcod {

/// All of result.json, what every run has and then what the machine writes: what stands in no row
/// of this table is in no result. Of several rows that fit a place the first one counts.
const std::vector<ResultField>& result_fields();

}  // namespace vitcod
