// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace vitcod::test {

/// The folder that holds the project's sources, without a slash at its end. A function in a file of
/// its own, so that no other object of the tests depends on where the project lies.
std::string source_dir();

}  // namespace vitcod::test
