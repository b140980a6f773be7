// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/json.hpp"
#include "sim/formula/authors_script.hpp"

namespace vitcod {

/// "HEAD" or "0b4031a".
const char* name_of(ScriptRevision revision);

/// As `totals` in script_json.
Json totals_json(const ScriptTotals& totals);

/// The script's cycles of a workload and those of a simulation of the same.
struct ScriptComparison {
  std::vector<ScriptLayer> layers;
  ScriptRevision revision = ScriptRevision::kHead;
  std::string machine;                           ///< that was simulated, for people
  std::vector<std::uint64_t> simulated_cycles;   ///< of each layer's attention
  std::optional<std::uint64_t> simulated_model;  ///< end to end, if the run is of a whole model
};

/// A table for people: a line a layer, and the totals.
std::string script_table(const ScriptComparison& comparison);

/// The same as JSON; `linear`, `mlp` and `end_to_end` are null where the widths are not known, the
/// simulated `end_to_end` where attention alone was run.
Json script_json(const ScriptComparison& comparison);

}  // namespace vitcod
