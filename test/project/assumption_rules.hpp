// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "test/project/project_rules.hpp"

namespace vitcod::test {

/// What is wrong with results/assumptions.list below `root`: a value of
/// configs/machines/vitcod.json that is in no line or in two, a line of a value that the machine
/// has not, of an unknown status, or without a reason, an assumed value that is no number, and
/// pointers of one line whose values differ.
Violations find_assumption_violations(const std::filesystem::path& root);

}  // namespace vitcod::test
