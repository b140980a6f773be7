// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/driver/golden/json_difference.hpp"

namespace vitcod {

/// A case of a golden folder whose result is not the expected one.
struct GoldenMove {
  std::string name;
  bool has_expectation = true;
  std::vector<Difference> differences;  ///< empty where there is no expectation
};

/// A golden folder against the simulator as it is now.
struct GoldenReport {
  std::size_t num_cases = 0;
  std::vector<GoldenMove> moves;
  std::vector<std::string> stale;  ///< expectations without a case, by case name

  bool is_clean() const { return moves.empty() && stale.empty(); }
};

/// Runs all cases of DIR/cases.json, `jobs` at a time, and compares their results with
/// DIR/expected/NAME.json. Throws InputError for wrong files; the first error of a run, after all
/// have run, as `simulate` does.
GoldenReport check_golden(const std::filesystem::path& folder, std::size_t jobs);

/// The same, and writes the results that moved or are new, and removes expectations without a case.
/// Writes nothing if any run fails. A file of DIR/expected is always whole, the old one or the new.
GoldenReport update_golden(const std::filesystem::path& folder, std::size_t jobs);

}  // namespace vitcod
