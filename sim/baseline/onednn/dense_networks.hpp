// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "sim/baseline/onednn/layers.hpp"

namespace vitcod {

/// The attention blocks alone, each on Q, K and V of its own of shape (heads, tokens, features).
std::unique_ptr<Network> attention_network(const std::vector<AttentionShape>& shapes,
                                           Precision precision);

/// The whole model on one image. With int8 the projections, the MLPs and both products of
/// attention have int8 operands; stem, normalisation, softmax, sums of residuals and classifier
/// are float32. The result is the scores of the (last) classifier's classes.
std::unique_ptr<Network> model_network(const std::vector<DenseStep>& steps, Precision precision,
                                       Network::Listener on_values = {});

/// One product of square matrices, `side` rows: what the CPU can do at its best.
std::unique_ptr<Network> product_network(std::uint32_t side, Precision precision);

}  // namespace vitcod
