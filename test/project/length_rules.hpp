// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace vitcod::test {

/// A function as it stands in a file, in lines from its signature to its closing brace.
struct FunctionExtent {
  std::string name;  ///< what stands before its first parenthesis: `MachineFrame::run`
  std::size_t first_line = 0;
  std::size_t num_lines = 0;
};

/// The functions of a source text that clang-format has laid out: a closing brace stands below the
/// first character of the line that begins the function. Also test cases, whose name is the text in
/// quotes.
std::vector<FunctionExtent> functions_of(const std::string& text);

inline constexpr std::size_t kMaxFunctionLines = 40;
inline constexpr std::size_t kMaxFileLines = 400;

/// Source files and functions below `root` that are too long, one line each, in order of file name;
/// and entries of `exceptions` ("FILE: FUNCTION") that are none.
std::vector<std::string> find_length_violations(const std::filesystem::path& root,
                                                std::set<std::string> exceptions);

}  // namespace vitcod::test
