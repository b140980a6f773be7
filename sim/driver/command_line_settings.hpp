// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sim/driver/setting.hpp"

namespace vitcod {

/// Adds `--set`, which takes one value or several and may be repeated. They land in `texts`.
void add_set_option(CLI::App& command, std::vector<std::string>& texts);

/// The settings of a command line. File names in their values count from the working folder.
/// Throws InputError, naming the text that is no setting of a place below /machine or /workload.
std::vector<Setting> parse_command_line_settings(const std::vector<std::string>& texts);

}  // namespace vitcod
