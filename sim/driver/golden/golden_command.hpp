// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace vitcod {

/// Adds `vitcod-sim golden check|update [DIR]` and `golden diff A B` to the command line. `status`
/// becomes 1 if a check or a comparison finds a difference.
void add_golden_command(CLI::App& app, int& status);

}  // namespace vitcod
