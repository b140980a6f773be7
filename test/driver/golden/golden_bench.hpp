// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "test/driver/command_line.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test {

/// A golden folder of its own, with the commands on it.
class GoldenBench {
 public:
  /// One case "one": the small run with encodings that stands in test/golden.
  GoldenBench() { write_cases({case_of("one")}); }

  static Json case_of(const std::string& name, const Json& set = Json::object()) {
    return {{"name", name}, {"run", source_dir() + "/test/golden/encoded.json"}, {"set", set}};
  }

  void write_cases(const std::vector<Json>& cases) const {
    write_file_atomically(folder_ / "cases.json", Json{{"cases", cases}}.dump());
  }

  Outcome check(const std::string& more = "") const { return golden("check", more); }
  /// Expected to succeed; returns what it printed.
  std::string update() const {
    const Outcome outcome = golden("update", "");
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    return outcome.out;
  }
  Outcome golden(const std::string& action, const std::string& more,
                 const std::string& before = "") const {
    return run_program("golden " + action + " " + quoted(folder_.path().string()) + " " + more,
                       before);
  }

  std::filesystem::path expected(const std::string& name = "one") const {
    return folder_ / ("expected/" + name + ".json");
  }
  /// Changes one number of an expectation by hand.
  void add_to_expected(const std::string& pointer, int amount) const {
    Json json = read_json_file(expected());
    Json& number = json[Json::json_pointer(pointer)];
    number = number.get<std::int64_t>() + amount;
    write_file_atomically(expected(), json.dump());
  }
  const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_;
};

inline auto num_lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace vitcod::test
