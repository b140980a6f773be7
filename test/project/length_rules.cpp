// SPDX-License-Identifier: Apache-2.0
#include "test/project/length_rules.hpp"

#include <algorithm>
#include <regex>
#include <sstream>

#include "test/project/project_rules.hpp"

namespace vitcod::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(std::move(line));
  return lines;
}

std::size_t indentation(const std::string& line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// Lines that belong to what stands around them, wherever they begin.
bool is_between(const std::string& line) {
  static const std::regex pattern(R"(\s*(//.*|#.*|(public|private|protected):.*)?)");
  return std::regex_match(line, pattern);
}

/// The line that begins what `lines[end]` closes.
std::size_t beginning_of(const std::vector<std::string>& lines, std::size_t end) {
  const std::size_t indent = indentation(lines[end]);
  std::size_t line = end;
  while (line > 0) {
    --line;
    if (!is_between(lines[line]) && indentation(lines[line]) <= indent) break;
  }
  return line;
}

std::string name_in(const std::string& signature) {
  static const std::regex test_case(R"rx(^TEST_CASE\("([^"]*))rx");
  static const std::regex function(R"(([\w~:]+|operator[^\w\s(]+)\()");
  std::smatch match;
  if (std::regex_search(signature, match, test_case)) return match[1];
  return std::regex_search(signature, match, function) ? match[1].str() : "";
}

}  // namespace

std::vector<FunctionExtent> functions_of(const std::string& text) {
  static const std::regex closing(R"( *\}\s*(//.*)?)");
  static const std::regex other(
      R"(\s*(\}.*|(if|for|while|switch|else|do|try|case|namespace|class|struct|enum|union|extern)\b.*))");
  const std::vector<std::string> lines = lines_of(text);
  std::vector<FunctionExtent> functions;
  for (std::size_t end = 0; end < lines.size(); ++end) {
    if (!std::regex_match(lines[end], closing)) continue;
    const std::size_t first = beginning_of(lines, end);
    if (std::regex_match(lines[first], other)) continue;
    const std::string name = name_in(lines[first]);
    if (!name.empty()) functions.push_back({name, first + 1, end - first + 1});
  }
  return functions;
}

std::vector<std::string> find_length_violations(const std::filesystem::path& root,
                                                std::set<std::string> exceptions) {
  std::vector<std::string> violations;
  for (const std::string& file : source_files(root)) {
    const std::string text = read_text(root / file);
    const auto num_lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    if (num_lines > kMaxFileLines) {
      violations.push_back(file + ": has " + std::to_string(num_lines) + " lines");
    }
    for (const FunctionExtent& function : functions_of(text)) {
      if (function.num_lines <= kMaxFunctionLines) continue;
      if (exceptions.erase(file + ": " + function.name) > 0) continue;
      violations.push_back(file + ":" + std::to_string(function.first_line) + ": " + function.name +
                           " has " + std::to_string(function.num_lines) + " lines");
    }
  }
  for (const std::string& exception : exceptions) {
    violations.push_back("an exception that is none: " + exception);
  }
  return violations;
}

}  // namespace vitcod::test
