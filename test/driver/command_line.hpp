// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace vitcod::test {

/// What a run of the executable left behind.
struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// Runs vitcod-sim with `arguments`, as a shell would read them; `before`: what the shell does
/// first (limits), or a command that runs the program (timeout).
Outcome run_program(const std::string& arguments, const std::string& before = "");

/// A path as one word of a shell command.
std::string quoted(const std::string& text);

}  // namespace vitcod::test
