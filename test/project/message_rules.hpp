// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace vitcod::test {

/// A message of the sources: the longest text in it that no value is put into.
struct Message {
  std::string file;
  std::size_t line;  ///< of what throws it, from 1
  std::string text;
};

/// String literals of C++ code with their lines, those that follow each other joined.
struct Literal {
  std::size_t line;
  std::string text;
};
std::vector<Literal> literals_of(const std::string& code);

/// The messages of errors in C++ code: the literals among the arguments of what makes or throws one
/// (`...Error(`, `require(`, `fail(`, `check(` and their like).
std::vector<Message> messages_of(const std::string& file, const std::string& code);

/// One line for each message of the sources below `root` that no test below `root` names, and that
/// is no exception, and for each exception that is no message or that a test names. A test names a
/// message by a literal that is a part of it, of 12 characters or more, or that has two thirds of
/// it in one piece.
std::vector<std::string> find_untested_messages(const std::filesystem::path& root,
                                                const std::set<std::string>& exceptions);

}  // namespace vitcod::test
