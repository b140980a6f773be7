// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/point_formula.hpp"

#include <nlohmann/json.hpp>

#include "sim/formula/script_report.hpp"
#include "sim/formula/script_workload.hpp"

namespace vitcod {

void add_formula(Json& result, const Trace& trace, const std::vector<ScriptRevision>& revisions) {
  for (const ScriptRevision revision : revisions) {
    const ScriptTotals totals = script_totals(script_layers(trace), revision);
    result["formula"][name_of(revision)] = totals_json(totals);
  }
}

}  // namespace vitcod
