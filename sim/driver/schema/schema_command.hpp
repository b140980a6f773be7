// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace vitcod {

/// Adds `vitcod-sim schema [KIND]` to the command line.
void add_schema_command(CLI::App& app);

}  // namespace vitcod
