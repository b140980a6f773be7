// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace vitcod {

/// The folder `configs/` at run time: the environment's VITCOD_CONFIG_DIR if set; else the nearest
/// folder `configs` beside or above the executable; else the one of the source tree this was built
/// from. For looking up names only: no output holds the path. Throws FileError if there is none.
std::filesystem::path find_config_dir();

}  // namespace vitcod
