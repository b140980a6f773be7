// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vitcod::test {

/// Paths relative to `root` of all source files of the project's own folders, sorted.
std::vector<std::string> source_files(const std::filesystem::path& root);

/// The text of a file; of one that cannot be read, nothing.
std::string read_text(const std::filesystem::path& path);

/// Violations of a rule, one line each ("FILE:LINE: what is wrong"), in order of file name.
using Violations = std::vector<std::string>;

/// `#include` lines below `root` that go against the arrows between the folders: see the table in
/// project_rules.cpp. Also a block that includes the engine of another block, and not just its
/// beat types.
Violations find_include_violations(const std::filesystem::path& root);

/// Words, in code or comments and in any case, that a folder's sources may not have: what it must
/// not know of. See the table in project_rules.cpp.
Violations find_word_violations(const std::filesystem::path& root);

/// Source files that do not begin with the SPDX line.
Violations find_spdx_violations(const std::filesystem::path& root);

/// Folders below hw_models whose README.md is missing, has no `## Parameters`, or has a table there
/// whose keys are not those that the folder's `*_config.hpp` and `*_config.cpp` read. A key in the
/// table may be written as a path (`timing/rule`); its last part counts.
Violations find_parameter_violations(const std::filesystem::path& root);

}  // namespace vitcod::test
