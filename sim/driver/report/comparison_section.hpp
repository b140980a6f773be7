// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace vitcod {

/// What `vitcod-sim compare --out` left: its chart, if it lies beside, the means, and all rows with
/// the kind and the source of each. Throws FileError if the file cannot be read, InputError if it
/// is no comparison.
std::string comparison_section(const std::filesystem::path& comparison);

}  // namespace vitcod
