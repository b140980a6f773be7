// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "sim/formula/authors_script.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// The layers of a trace as the script takes them: head 0's map. The widths are those of the model
/// that the trace was made from; a layer without them has none of its projections and MLP. Throws
/// InputError for a layer that is not one attention block.
std::vector<ScriptLayer> script_layers(const Trace& trace);

}  // namespace vitcod
