// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace vitcod {

/// `vitcod-sim formula`.
void add_formula_command(CLI::App& app);

}  // namespace vitcod
