// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace vitcod {

/// `vitcod-sim report`.
void add_report_command(CLI::App& app);

}  // namespace vitcod
