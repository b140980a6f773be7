// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/compiler/streams/stream.hpp"

namespace vitcod {

/// The selection of tokens that `operation` (ScoreSelect) is: Q, origins and K stream through the
/// token selector, kept numbers and their origins leave. Throws InputError if the machine has none,
/// or if it is too small.
Stream selection_stream(const Operation& operation, const StreamContext& context);

/// The exit test that `operation` (ExitTest) is: logits stream through the token selector. Throws
/// InputError likewise.
Stream exit_stream(const Operation& operation, const StreamContext& context);

/// The split that `operation` (RouterSplit) is: logits stream through the token selector, which
/// stores the order. Throws InputError likewise.
Stream split_stream(const Operation& operation, const StreamContext& context);

}  // namespace vitcod
