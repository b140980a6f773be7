// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vitcod {

/// The shipped folder `configs/`: the nearest folder `configs` beside or above the executable; else
/// the one of the source tree this was built from. For looking up names only: no output holds the
/// path. Throws FileError if there is none.
std::filesystem::path find_config_dir();

/// FOLDER/NAME.json of the first configs folder that has it: the one that the environment's
/// VITCOD_CONFIG_DIR names, if that is set, then the shipped one. Throws FileError if
/// VITCOD_CONFIG_DIR names no folder, or if there is no configs folder at all.
std::optional<std::filesystem::path> find_config(const std::string& folder,
                                                 const std::string& name);

/// The names that `find_config` finds in FOLDER, sorted. Throws as that does.
std::vector<std::string> config_names(const std::string& folder);

}  // namespace vitcod
