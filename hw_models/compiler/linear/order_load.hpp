// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/compiler/linear/linear_cut.hpp"
#include "hw_models/compiler/streams/stream.hpp"

namespace vitcod {

/// Token numbers that the part of an expert takes from the memory that holds them: one for each row
/// of X and of Y in each head that it has one in, and of a residual in each block of columns.
std::uint64_t numbers_taken(const LinearLayer& part, const LinearCut& cut);

/// The load of the order that both experts' rows are asked for and stored by, `numbers_taken` of
/// both together. It stays in the token gather until another one comes. Throws InputError if the
/// machine has no token gather, or one that holds too few numbers.
StreamLoad order_load(const Operation& routed, std::uint64_t numbers_taken,
                      const StreamContext& context);

}  // namespace vitcod
