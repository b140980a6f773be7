// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "sim/driver/golden/json_difference.hpp"

namespace vitcod {

/// Two results of runs compared.
struct ResultDiff {
  std::vector<Difference> config;   ///< what was run; empty if one of them keeps its hash alone
  std::vector<Difference> results;  ///< what came out

  bool is_same() const { return config.empty() && results.empty(); }
};

/// `before` and `after`: files as a run writes them or a golden folder keeps them, or folders with
/// a result.json. Throws FileError for anything else.
ResultDiff diff_results(const std::filesystem::path& before, const std::filesystem::path& after);

}  // namespace vitcod
