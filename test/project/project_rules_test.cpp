// SPDX-License-Identifier: Apache-2.0
#include "test/project/project_rules.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::project_rules_test {
namespace {

const std::filesystem::path kSourceTree = source_dir();

std::string joined(const Violations& violations) {
  std::string text;
  for (const std::string& violation : violations) text += violation + "\n";
  return text;
}

/// A small tree that keeps all rules, to plant violations in.
class PlantedTree {
 public:
  PlantedTree() {
    write("sim/base/files.hpp", "#include <string>\n#include <fmt/format.h>\n");
    write("sim/kernel/block.hpp", "#include <systemc>\n#include \"sim/base/files.hpp\"\n");
    write("workloads/trace.hpp", "#include \"sim/base/files.hpp\"\n");
    write("hw_models/sddmm/sddmm.hpp",
          "#include \"sim/kernel/block.hpp\"\nclass Sddmm final : public Block {};\n");
    write("hw_models/sddmm/score_beat.hpp", "#include \"workloads/trace.hpp\"\n");
    write("hw_models/sddmm/sddmm_config.hpp",
          "reader.required(\"lines\", a);\nreader.optional_object<X>(\n    \"split\", b);\n");
    write("hw_models/sddmm/sddmm_config.cpp", "read_names(reader, \"after\", c);\n");
    text("hw_models/sddmm/README.md",
         "# SDDMM\n## Parameters\n| key | unit |\n|---|---|\n| `lines` | - |\n| `split` | - |\n"
         "| `split/after` | - |\n## Timing\n| `other` | - |\n");
    write("hw_models/accelerators/machine.hpp", "class Machine {};\n");
    text("hw_models/accelerators/README.md", "## Parameters\nNone.\n");
    write("sim/driver/main.cpp",
          "#include <CLI/CLI.hpp>\n#include \"hw_models/accelerators/machine.hpp\"\n");
    write("test/base/a_test.cpp", "#include <catch2/catch.hpp>\n");
  }

  const std::filesystem::path& root() const { return folder_.path(); }

  void text(const std::string& file, const std::string& content) const {
    std::filesystem::create_directories((root() / file).parent_path());
    std::ofstream(root() / file) << content;
  }
  void write(const std::string& file, const std::string& code) const {
    text(file, "// SPDX-License-Identifier: Apache-2.0\n" + code);
  }

 private:
  TempFolder folder_;
};

}  // namespace

TEST_CASE("every include of the source tree follows the layer table") {
  CHECK(joined(find_include_violations(kSourceTree)) == "");
}

TEST_CASE("no source file has a word of what its folder must not know of") {
  CHECK(joined(find_word_violations(kSourceTree)) == "");
}

TEST_CASE("every source file begins with the SPDX line") {
  CHECK(joined(find_spdx_violations(kSourceTree)) == "");
}

TEST_CASE("every block's page lists exactly the keys that the block reads") {
  CHECK(joined(find_parameter_violations(kSourceTree)) == "");
}

TEST_CASE("a tree that keeps the rules has no violations") {
  const PlantedTree tree;
  CHECK(joined(find_include_violations(tree.root())) == "");
  CHECK(joined(find_word_violations(tree.root())) == "");
  CHECK(joined(find_spdx_violations(tree.root())) == "");
  CHECK(joined(find_parameter_violations(tree.root())) == "");
}

TEST_CASE("an include against the arrows is found, with its line") {
  const auto violation = [](const std::string& file, const std::string& include) {
    const PlantedTree tree;
    tree.write(file, "#include <vector>\n" + include + "\n");
    return joined(find_include_violations(tree.root()));
  };
  CHECK(violation("sim/base/x.cpp", "#include <systemc>") ==
        "sim/base/x.cpp:3: sim/base/ may not include systemc\n");
  CHECK(violation("workloads/x.cpp", "#include <systemc.h>") ==
        "workloads/x.cpp:3: workloads/ may not include systemc.h\n");
  CHECK(violation("workloads/a/x.hpp", "  #  include <tlm_utils/simple_target_socket.h>") ==
        "workloads/a/x.hpp:3: workloads/ may not include tlm_utils/simple_target_socket.h\n");
  CHECK(violation("sim/base/x.hpp", "#include \"sim/kernel/block.hpp\"") ==
        "sim/base/x.hpp:3: sim/base/ may not include sim/kernel/block.hpp\n");
  CHECK(violation("workloads/x.cpp", "#include \"sim/kernel/block.hpp\"") ==
        "workloads/x.cpp:3: workloads/ may not include sim/kernel/block.hpp\n");
  CHECK(violation("sim/kernel/x.cpp", "#include \"workloads/trace.hpp\"") ==
        "sim/kernel/x.cpp:3: sim/kernel/ may not include workloads/trace.hpp\n");
  CHECK(violation("sim/kernel/x.cpp", "#include \"hw_models/sddmm/score_beat.hpp\"") ==
        "sim/kernel/x.cpp:3: sim/kernel/ may not include hw_models/sddmm/score_beat.hpp\n");
  CHECK(violation("hw_models/sddmm/x.cpp", "#include \"workloads/generator/noise.hpp\"") ==
        "hw_models/sddmm/x.cpp:3: hw_models/ may not include workloads/generator/noise.hpp\n");
  CHECK(violation("hw_models/sddmm/x.cpp", "#include \"sim/driver/run.hpp\"") ==
        "hw_models/sddmm/x.cpp:3: hw_models/ may not include sim/driver/run.hpp\n");
  CHECK(violation("hw_models/sddmm/x.cpp", "#include <CLI/CLI.hpp>") ==
        "hw_models/sddmm/x.cpp:3: hw_models/ may not include CLI/CLI.hpp\n");
  CHECK(violation("sim/driver/x.cpp", "#include \"test/support/temp_folder.hpp\"") ==
        "sim/driver/x.cpp:3: sim/driver/ may not include test/support/temp_folder.hpp\n");
  CHECK(violation("sim/driver/x.cpp", "#include <boost/any.hpp>") ==
        "sim/driver/x.cpp:3: sim/driver/ may not include boost/any.hpp\n");
  CHECK(violation("hw_models/sddmm/x.cpp", "#include \"score_beat.hpp\"") ==
        "hw_models/sddmm/x.cpp:3: hw_models/ may not include score_beat.hpp\n");
  CHECK(violation("sim/x.cpp", "") == "sim/x.cpp:1: is in no folder of the layer table\n");
}

TEST_CASE("a block may include another block's beats, but not its engine") {
  const PlantedTree tree;
  tree.write("hw_models/spmm/spmm.hpp", "#include \"hw_models/sddmm/score_beat.hpp\"\n");
  tree.write("hw_models/engine/engine.hpp", "class Engine : public Block {};\n");
  tree.write("hw_models/spmm/spmm_base.hpp", "#include \"hw_models/engine/engine.hpp\"\n");
  tree.write("hw_models/accelerators/machine.cpp", "#include \"hw_models/sddmm/sddmm.hpp\"\n");
  CHECK(joined(find_include_violations(tree.root())) == "");
  tree.write("hw_models/spmm/spmm.cpp", "#include \"hw_models/sddmm/sddmm.hpp\"\n");
  CHECK(joined(find_include_violations(tree.root())) ==
        "hw_models/spmm/spmm.cpp:2: a block may not include the engine "
        "hw_models/sddmm/sddmm.hpp\n");
}

TEST_CASE("what moves bytes or carries a program out may not include the compiler") {
  for (const std::string folder :
       {"dma", "crossbar", "global_buffer", "dram", "controller", "program"}) {
    const PlantedTree tree;
    tree.write("hw_models/compiler/target.hpp", "struct Target {};\n");
    tree.write("hw_models/engine/x.hpp", "#include \"hw_models/compiler/target.hpp\"\n");
    const std::string file = "hw_models/" + folder + "/a/x.cpp";
    tree.write(file, "\n#include \"hw_models/compiler/target.hpp\"\n");
    const std::string refusal =
        ":3: hw_models/" + folder + "/ may not include hw_models/compiler/target.hpp\n";
    CHECK(joined(find_include_violations(tree.root())) == file + refusal);
  }
}

TEST_CASE("the controller may have no word of an operation or a unit") {
  for (const std::string word :
       {"sddmm", "SpMM", "encoder", "Decoded", "QUERY", "softmax", "num_denser", "Sparser"}) {
    const PlantedTree tree;
    tree.write("hw_models/controller/x.hpp", "int jobs;\nint a;  // as " + word + "\n");
    tree.text("hw_models/controller/README.md", word + "\n");
    const std::string found = joined(find_word_violations(tree.root()));
    CAPTURE(word);
    CHECK(found.starts_with("hw_models/controller/x.hpp:3: has the word "));
    CHECK(std::count(found.begin(), found.end(), '\n') == 1);
  }
}

TEST_CASE("a word of what a folder must not know of is found, in code and comments") {
  const PlantedTree tree;
  tree.write("sim/driver/report/x.hpp", "int cycles;\n// Of the DenserEngine.\nint num_sddmm;\n");
  tree.write("sim/driver/x.cpp", "auto spmm = sparser();\n");
  tree.write("sim/driver/workload_command.cpp", "int denser;\n");
  tree.text("sim/driver/README.md", "spmm\n");
  CHECK(joined(find_word_violations(tree.root())) ==
        "sim/driver/report/x.hpp:3: has the word denser\n"
        "sim/driver/report/x.hpp:4: has the word sddmm\n"
        "sim/driver/x.cpp:2: has the word spmm\n"
        "sim/driver/x.cpp:2: has the word sparser\n");
}

TEST_CASE("a source file without the SPDX line is found, wherever it is") {
  const PlantedTree tree;
  tree.text("sim/base/x.cpp", "#include <vector>\n");
  tree.text("test/rtl/x.sv", "\n// SPDX-License-Identifier: Apache-2.0\n");
  tree.text("hw_models/sddmm/notes.txt", "not a source file\n");
  CHECK(joined(find_spdx_violations(tree.root())) ==
        "sim/base/x.cpp:1: does not begin with the SPDX line\n"
        "test/rtl/x.sv:1: does not begin with the SPDX line\n");
}

TEST_CASE("a parameter table that differs from the reader is found") {
  const PlantedTree tree;
  tree.text("hw_models/sddmm/README.md",
            "## Parameters\n| `lines` | - |\n| `split` | - |\n| `stale` | - |\n");
  CHECK(joined(find_parameter_violations(tree.root())) ==
        "hw_models/sddmm/README.md: key 'after' is read but not in the parameter table\n"
        "hw_models/sddmm/README.md: key 'stale' is in the parameter table but never read\n");
}

TEST_CASE("a block without a page, or a page without parameters, is found") {
  const PlantedTree tree;
  tree.write("hw_models/spmm/spmm.hpp", "");
  CHECK(joined(find_parameter_violations(tree.root())) == "hw_models/spmm/README.md: is missing\n");
  tree.text("hw_models/spmm/README.md", "# SpMM\n");
  CHECK(joined(find_parameter_violations(tree.root())) ==
        "hw_models/spmm/README.md: has no heading '## Parameters'\n");
  tree.text("hw_models/spmm/README.md", "# SpMM\n## Parameters\nNone.\n");
  CHECK(joined(find_parameter_violations(tree.root())) == "");
}

}  // namespace vitcod::test::project_rules_test
