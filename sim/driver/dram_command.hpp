// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace vitcod {

/// Adds `vitcod-sim dram TRACE --preset NAME ...`, the memory alone, to the command line. Its
/// callback throws InputError.
void add_dram_command(CLI::App& app);

}  // namespace vitcod
