// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/files.hpp"
#include "sim/driver/timeline/cycle_recorder.hpp"

namespace vitcod {

/// Writes what was recorded as a Value Change Dump (IEEE 1364, section 18): a variable a block,
/// whose value is the reason as a text, which is GTKWave's extension (`$var string`, values after
/// `s`). In picoseconds, edges of a clock rounded down. Throws FileError,
/// Interrupted.
void write_vcd(CycleRecorder& recorder, AtomicFile& file);

}  // namespace vitcod
