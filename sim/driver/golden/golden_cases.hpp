// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "sim/base/json.hpp"

namespace vitcod {

/// How far a number may be from the expected one, as a share of it, by JSON pointer: the entry with
/// the longest pointer that is the number's own or leads to it counts, else 0.
using Tolerances = std::vector<std::pair<std::string, double>>;

/// One run whose result is kept.
struct GoldenCase {
  std::string name;                               ///< also of the file of its result
  std::string run;                                ///< run config, relative to the file of the cases
  std::vector<std::pair<std::string, Json>> set;  ///< values by pointer, applied in order
  Tolerances tolerance;
};

/// The file `cases.json` of a golden folder.
struct GoldenCases {
  std::vector<GoldenCase> cases;
};

void read(ConfigReader& reader, GoldenCase& golden);
void read(ConfigReader& reader, GoldenCases& golden);

/// Reads DIR/cases.json. Throws FileError with its name.
GoldenCases read_golden_cases(const std::filesystem::path& folder);

/// The result of a run, as a golden folder keeps it: the configuration is its hash alone. Runs the
/// case in this process. Throws as `simulate`; messages name the case.
Json run_golden_case(const std::filesystem::path& folder, const GoldenCase& golden);

}  // namespace vitcod
