// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/compiler/streams/stream.hpp"

namespace vitcod {

/// The mean over tokens that `operation` (AveragePool) is. Throws InputError if the machine has no
/// average pool, or if it or the output buffer is too small.
Stream pool_stream(const Operation& operation, const StreamContext& context);

}  // namespace vitcod
