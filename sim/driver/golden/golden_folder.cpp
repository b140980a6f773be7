// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/golden/golden_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/folders.hpp"
#include "sim/driver/golden/run_in_processes.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

fs::path expected_dir(const fs::path& folder) { return folder / "expected"; }

fs::path expected_file(const fs::path& folder, const std::string& name) {
  return expected_dir(folder) / (name + ".json");
}

std::vector<std::string> stale_names(const fs::path& folder, const GoldenCases& golden) {
  if (!is_folder(expected_dir(folder))) return {};
  std::set<std::string> names;
  for (const fs::path& file : list_folder(expected_dir(folder))) {
    if (file.extension() == ".json") names.insert(file.stem().string());
  }
  for (const GoldenCase& one : golden.cases) names.erase(one.name);
  return {names.begin(), names.end()};
}

/// The results in the order of the cases. Throws the first error in that order, after all have run.
std::vector<Json> run_all(const fs::path& folder, const GoldenCases& golden, std::size_t jobs) {
  const std::vector<std::string> answers = run_in_processes(
      golden.cases.size(), jobs,
      [&](std::size_t i) { return run_golden_case(folder, golden.cases[i]).dump(); });
  std::vector<Json> results;
  results.reserve(answers.size());
  for (const std::string& answer : answers) results.push_back(Json::parse(answer));
  return results;
}

std::optional<Json> expectation(const fs::path& folder, const std::string& name) {
  const fs::path file = expected_file(folder, name);
  if (!file_exists(file)) return std::nullopt;
  return read_json_file(file);
}

/// A tolerance for a number that no result has is a mistake in its pointer. `known`: results of the
/// cases, where there are any.
void require_known_tolerances(const fs::path& folder, const GoldenCases& golden,
                              const std::vector<std::optional<Json>>& known) {
  for (std::size_t i = 0; i < golden.cases.size(); ++i) {
    if (!known[i]) continue;
    for (const auto& [pointer, share] : golden.cases[i].tolerance) {
      if (leads_to_number(pointer, *known[i])) continue;
      throw FileError((folder / "cases.json").string(),
                      ConfigError(fmt::format("/cases/{}/tolerance", i),
                                  "the result has no number at " + pointer + " or below it")
                          .what());
    }
  }
}

std::optional<GoldenMove> move_of(const GoldenCase& one, const std::optional<Json>& expected,
                                  const Json& result) {
  if (!expected) return GoldenMove{one.name, false, {}};
  GoldenMove move{one.name, true, differences(*expected, result, one.tolerance)};
  if (move.differences.empty()) return std::nullopt;
  return move;
}

/// As `expectation`; a file that is no JSON (a conflict of two branches) is as good as none.
std::optional<Json> expectation_to_replace(const fs::path& folder, const std::string& name) {
  try {
    return expectation(folder, name);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

/// The folder of expectations; one that was made for them goes again if none come.
class ExpectationFolder {
 public:
  explicit ExpectationFolder(fs::path folder)
      : folder_(std::move(folder)), is_new_(!is_folder(folder_)) {
    make_writable_folder(folder_);
  }
  ExpectationFolder(const ExpectationFolder&) = delete;
  ExpectationFolder& operator=(const ExpectationFolder&) = delete;
  ~ExpectationFolder() {
    std::error_code is_not_empty;
    if (is_new_) fs::remove(folder_, is_not_empty);
  }

 private:
  const fs::path folder_;
  const bool is_new_;
};

}  // namespace

GoldenReport check_golden(const fs::path& folder, std::size_t jobs) {
  const GoldenCases golden = read_golden_cases(folder);
  std::vector<std::optional<Json>> expected;
  for (const GoldenCase& one : golden.cases) expected.push_back(expectation(folder, one.name));
  require_known_tolerances(folder, golden, expected);
  const std::vector<Json> results = run_all(folder, golden, jobs);
  GoldenReport report{golden.cases.size(), {}, stale_names(folder, golden)};
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (auto move = move_of(golden.cases[i], expected[i], results[i]))
      report.moves.push_back(*move);
  }
  return report;
}

GoldenReport update_golden(const fs::path& folder, std::size_t jobs) {
  const GoldenCases golden = read_golden_cases(folder);
  const ExpectationFolder expected(expected_dir(folder));
  const std::vector<Json> results = run_all(folder, golden, jobs);
  require_known_tolerances(folder, golden, {results.begin(), results.end()});
  GoldenReport report{golden.cases.size(), {}, stale_names(folder, golden)};
  for (std::size_t i = 0; i < results.size(); ++i) {
    const GoldenCase& one = golden.cases[i];
    const auto move = move_of(one, expectation_to_replace(folder, one.name), results[i]);
    if (!move) continue;
    write_file_atomically(expected_file(folder, one.name), results[i].dump(2) + "\n");
    report.moves.push_back(*move);
  }
  for (const std::string& name : report.stale) remove_file(expected_file(folder, name));
  return report;
}

}  // namespace vitcod
