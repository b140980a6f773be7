// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/compiler/streams/stream.hpp"

namespace vitcod {

/// The match that `operation` (SimilarityMatch) is: sizes and K stream through the matcher, whose
/// members are stored. Throws InputError if the machine has no such unit or it is too small.
Stream match_stream(const Operation& operation, const StreamContext& context);

/// The merging that `operation` (TokenFuse) is, in tiles of as many groups as the output buffer
/// holds: members, then the rows of each tile, group by group. Throws likewise.
Stream merge_stream(const Operation& operation, const StreamContext& context);

}  // namespace vitcod
