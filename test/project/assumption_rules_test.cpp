// SPDX-License-Identifier: Apache-2.0
#include "test/project/assumption_rules.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::assumption_rules_test {
namespace {

std::string joined(const Violations& violations) {
  std::string text;
  for (const std::string& violation : violations) text += violation + "\n";
  return text;
}

/// Violations of a machine of five values, with this list.
std::string violations_of(const std::string& list) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "configs/machines");
  std::filesystem::create_directories(folder / "results");
  std::ofstream(folder / "configs/machines/vitcod.json")
      << R"({"kind": "vitcod", "mac_lines": {"lines": 64, "macs": 8},)"
      << R"( "denser": {"ways": 4}, "sparser": {"ways": 4}})";
  std::ofstream(folder / "results/assumptions.list") << list;
  return joined(find_assumption_violations(folder.path()));
}

const std::string kWhole =
    "# STATUS POINTER WHY\n\npublished /kind paper\npublished /mac_lines/lines paper\n"
    "assumed /mac_lines/macs as the lines\nassumed /denser/ways,/sparser/ways one a bank\n";

}  // namespace

TEST_CASE("every value of the default machine is listed as published, assumed or chosen") {
  CHECK(joined(find_assumption_violations(source_dir())) == "");
}

TEST_CASE("a list that names each value of the machine once has no violations") {
  CHECK(violations_of(kWhole) == "");
}

TEST_CASE("a value of the machine in no line of the list is found, number or not") {
  CHECK(
      violations_of("published /kind paper\nassumed /denser/ways,/sparser/ways one a bank\n") ==
      "configs/machines/vitcod.json: /mac_lines/lines is in no line of results/assumptions.list\n"
      "configs/machines/vitcod.json: /mac_lines/macs is in no line of results/assumptions.list\n");
  CHECK(violations_of(kWhole.substr(kWhole.find("published /mac_lines"))) ==
        "configs/machines/vitcod.json: /kind is in no line of results/assumptions.list\n");
}

TEST_CASE("a wrong line of the list of assumptions is found, with its number") {
  const auto seventh = [](const std::string& line) {
    const std::string found = violations_of(kWhole + line + "\n");
    const std::string place = "results/assumptions.list:7: ";
    return found.starts_with(place) ? found.substr(place.size()) : found;
  };
  CHECK(seventh("assumed /mac_lines/rows gone") == "the machine has no value /mac_lines/rows\n");
  CHECK(seventh("assumed /mac_lines gone") == "the machine has no value /mac_lines\n");
  CHECK(seventh("published /mac_lines/macs paper") == "/mac_lines/macs is named twice\n");
  const std::string rest = kWhole.substr(0, kWhole.find("published /kind")) +
                           kWhole.substr(kWhole.find("published /mac_lines"));
  const auto kind = [&](const std::string& line) { return violations_of(rest + line + "\n"); };
  CHECK(kind("choice=\"dense\" /kind ours") == "");
  CHECK(kind("assumed /kind ours") == "results/assumptions.list:6: /kind is no number\n");
  CHECK(kind("guessed /kind ours") == "results/assumptions.list:6: unknown status guessed\n");
  CHECK(kind("published /kind") == "results/assumptions.list:6: no reason\n");
}

TEST_CASE("pointers of one line of the list of assumptions have one value") {
  CHECK(violations_of("published /kind paper\npublished /mac_lines/lines paper\n"
                      "assumed /mac_lines/macs,/denser/ways,/sparser/ways one a bank\n") ==
        "results/assumptions.list:3: /denser/ways differs from /mac_lines/macs\n"
        "results/assumptions.list:3: /sparser/ways differs from /mac_lines/macs\n");
}

}  // namespace vitcod::test::assumption_rules_test
