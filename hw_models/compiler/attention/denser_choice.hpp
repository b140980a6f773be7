// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "hw_models/compiler/attention/attention_layer.hpp"
#include "hw_models/compiler/attention/line_splitter.hpp"
#include "hw_models/compiler/plan_limits.hpp"

namespace vitcod {

/// The uncut map of `layer`, cut where the layer alone is predicted to end first; of equals that
/// with the fewest denser columns. A head's denser columns are those that keep more of the query
/// rows than a share that all heads of the layer have in common: a column costs the denser engine
/// all rows and the sparser engine its kept ones, in whichever head it is. That no column is denser
/// is a choice too. Throws InputError if the layer fits the buffers in none of these ways.
std::shared_ptr<const PolarizedMap> choose_denser_columns(const AttentionLayer& layer,
                                                          const PlanLimits& limits,
                                                          const LineSplitter& splitter);

}  // namespace vitcod
