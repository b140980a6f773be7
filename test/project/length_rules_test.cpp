// SPDX-License-Identifier: Apache-2.0
#include "test/project/length_rules.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::length_rules_test {
namespace {

/// Lists and loops over everything that would not be read more easily in parts.
const std::set<std::string> kLongFunctions = {
    "hw_models/accelerators/machine_frame.cpp: MachineFrame::MachineFrame",
    std::string("test/hw_models/compiler/attention/planner_test.cpp: ") +
        "units of random cuts cover each head and row once and fit the buffers",
    "test/hw_models/decoder/decoder_values_test.cpp: TEST_CASE",
    std::string("test/hw_models/decoder/decoder_values_test.cpp: ") +
        "each row lands once, where its head and key say, whatever packets it is cut into",
    "test/system/monotonicity_test.cpp: knobs",
    std::string("test/system/real_maps_test.cpp: ") +
        "the authors' DeiT-Tiny mask runs as 12 layers of 3 heads, each with its own mask",
    "test/workloads/make_trace_test.cpp: Wrong specifications get one line with the place",
    "test/workloads/every_kind.hpp: every_kind",
};

/// `num` statements of a function's body.
std::string statements(std::size_t num) {
  std::string text;
  for (std::size_t i = 0; i < num; ++i) text += "  work();\n";
  return text;
}

}  // namespace

TEST_CASE("functions have at most 40 lines and files at most 400, but for named exceptions") {
  std::string text;
  for (const std::string& violation : find_length_violations(source_dir(), kLongFunctions)) {
    text += violation + "\n";
  }
  CHECK(text == "");
}

TEST_CASE("a function reaches from its signature to its closing brace") {
  const std::string text =
      "namespace a {\n"
      "\n"
      "/// Comment.\n"
      "int Machine::run(int first,\n"
      "                 int second) {\n"
      "#ifdef X\n"
      "  if (first) {\n"
      "    return 1;\n"
      "  }\n"
      "#endif\n"
      "  return second;\n"
      "}\n"
      "\n"
      "class Block {\n"
      " public:\n"
      "  Block()\n"
      "      : a_(0) {\n"
      "    b_ = 1;\n"
      "  }  // built\n"
      "};\n"
      "\n"
      "TEST_CASE(\"a thing happens\", \"[tag]\") {\n"
      "  for (;;) {\n"
      "  }\n"
      "}\n"
      "\n"
      "}  // namespace a\n";
  const std::vector<FunctionExtent> functions = functions_of(text);
  REQUIRE(functions.size() == 3);
  CHECK(functions[0].name == "Machine::run");
  CHECK(functions[0].first_line == 4);
  CHECK(functions[0].num_lines == 9);
  CHECK(functions[1].name == "Block");
  CHECK(functions[1].num_lines == 4);
  CHECK(functions[2].name == "a thing happens");
  CHECK(functions[2].num_lines == 4);
}

TEST_CASE("what is too long is found, at one line more than may be") {
  const TempFolder folder;
  std::filesystem::create_directories(folder.path() / "sim/base");
  const auto found = [&](const std::string& text, const std::set<std::string>& exceptions = {}) {
    std::ofstream(folder.path() / "sim/base/x.cpp") << text;
    return find_length_violations(folder.path(), exceptions);
  };
  using Lines = std::vector<std::string>;
  CHECK(found("void f() {\n" + statements(38) + "}\n").empty());
  CHECK(found("void f() {\n" + statements(39) + "}\n") ==
        Lines{"sim/base/x.cpp:1: f has 41 lines"});
  CHECK(found("void f() {\n" + statements(39) + "}\n", {"sim/base/x.cpp: f"}).empty());
  CHECK(found("void f() {}\n", {"sim/base/x.cpp: f"}) ==
        Lines{"an exception that is none: sim/base/x.cpp: f"});
  CHECK(found(std::string(400, '\n')).empty());
  CHECK(found(std::string(401, '\n')) == Lines{"sim/base/x.cpp: has 401 lines"});
}

}  // namespace vitcod::test::length_rules_test
