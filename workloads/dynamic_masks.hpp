// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/layer_builder.hpp"
#include "workloads/model_config.hpp"
#include "workloads/trace.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod {

// Attention whose masks are predicted in the run. All of it is assumed but for the steps of the
// prediction.

/// Q or K, (heads, tokens, features), that a map is predicted from. A head's Q and K are factors of
/// the source's map (map_factors.hpp): an entry that it keeps has a score of about 4, an e-fold
/// each, another one of about 0; noise of a quarter of their deviation is added to both, and they
/// are rounded to 8 bits. What the rank of Q and K, the noise and the 4 bits of the prediction
/// cannot express, the predicted map lacks: a row that attends to many keys keeps fewer, since each
/// has a lesser share.
std::vector<std::int8_t> prediction_operand(const Trace& trace, const MapPrediction& prediction,
                                            bool is_query);

/// The map that is predicted, without denser columns, from its operands and its threshold;
/// `prediction.map` is not read.
PolarizedMap predicted_map(const Trace& trace, const MapPrediction& prediction);

/// Adds `source` and the map that is predicted around it, from `query` and `key`, and returns the
/// latter. The threshold is that of `masks`, or the one of all heads with which the number of kept
/// entries comes nearest to what `masks` asks for, or to that of `source`. Sets the trace's token
/// seed.
MapId add_predicted_map(Trace& trace, const DynamicMasksSpec& masks, PolarizedMap source,
                        TensorId query, TensorId key);

/// InputError unless each predicted map has operands of its shape that nothing makes but the token
/// seed, and is what they give.
void check_predictions(const Trace& trace);

}  // namespace vitcod
