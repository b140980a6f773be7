// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace vitcod {

/// `vitcod-sim run`.
void add_run_command(CLI::App& app);

/// `vitcod-sim workload make|info`.
void add_workload_command(CLI::App& app);

}  // namespace vitcod
