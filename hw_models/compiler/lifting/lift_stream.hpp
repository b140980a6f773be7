// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/compiler/streams/stream.hpp"

namespace vitcod {

/// The lifting of kept tokens' patches that `operation` (LiftingStep) is: the tokens' origins, by
/// which the token gather asks for patches, the taps, and the patches. Throws InputError if the
/// machine has no lifting or no token gather, or if these or the output buffer are too small.
Stream lift_stream(const Operation& operation, const StreamContext& context);

}  // namespace vitcod
