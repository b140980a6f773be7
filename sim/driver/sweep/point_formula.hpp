// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "sim/base/json.hpp"
#include "sim/formula/authors_script.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Adds to a result what the authors' script gives for the trace: its totals, a member of
/// `/formula` for each revision. Nothing without revisions. Throws InputError for a trace that has
/// more than attention.
void add_formula(Json& result, const Trace& trace, const std::vector<ScriptRevision>& revisions);

}  // namespace vitcod
