// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace vitcod {

/// `vitcod-sim sweep`.
void add_sweep_command(CLI::App& app);

}  // namespace vitcod
