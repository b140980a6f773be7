// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace vitcod {

/// `vitcod-sim compare`.
void add_compare_command(CLI::App& app);

}  // namespace vitcod
