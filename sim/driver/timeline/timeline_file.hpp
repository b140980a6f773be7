// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/files.hpp"
#include "sim/driver/timeline/cycle_recorder.hpp"

namespace vitcod {

/// Writes what was recorded in the Trace Event Format (JSON, read by Perfetto and
/// chrome://tracing): a process a group of the statistics, a thread a block, a complete event for
/// each stretch of cycles of one reason but "idle". Times are whole nanoseconds, written in
/// microseconds; `args` have the cycles. Throws FileError, Interrupted.
void write_timeline(CycleRecorder& recorder, AtomicFile& file);

}  // namespace vitcod
