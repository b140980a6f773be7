// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/compiler/streams/stream.hpp"

namespace vitcod {

/// The gathering of kept tokens that `operation` (TokenGather) is: their numbers, then rows of the
/// residual stream and new features tile by tile. Throws InputError if the machine has no token
/// gather, or if it or the output buffer is too small.
Stream gather_stream(const Operation& operation, const StreamContext& context);

/// The load of `numbers`, a tensor of 16 bits, after which rows of these numbers can be asked for.
/// Throws InputError likewise.
StreamLoad row_numbers(const Operation& operation, TensorId numbers, const StreamContext& context);

}  // namespace vitcod
