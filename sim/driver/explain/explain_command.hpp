// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace vitcod {

/// Adds `vitcod-sim explain CONFIG` to the command line.
void add_explain_command(CLI::App& app);

}  // namespace vitcod
