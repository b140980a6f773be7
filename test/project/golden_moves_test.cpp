// SPDX-License-Identifier: Apache-2.0
// scripts/check_golden_moves.py tells results with moved values from results with the same ones.
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::golden_moves_test {
namespace {

/// Two folders of results and a table of renamed keys.
class Moves {
 public:
  Moves(const std::string& old_text, const std::string& new_text, const std::string& table = "{}") {
    write("old/one.json", old_text);
    write("new/one.json", new_text);
    write("table.json", table);
  }

  void write(const std::string& file, const std::string& content) const {
    const std::filesystem::path path = folder_ / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }
  /// Exit status; what was printed is in `text`.
  int check() {
    const std::string command = "python3 '" + source_dir() + "/scripts/check_golden_moves.py' '" +
                                (folder_ / "old").string() + "' '" + (folder_ / "new").string() +
                                "' --renamed '" + (folder_ / "table.json").string() + "' >'" +
                                (folder_ / "out").string() + "' 2>&1";
    const int raw = std::system(command.c_str());
    std::ifstream out(folder_ / "out");
    text.assign(std::istreambuf_iterator<char>(out), {});
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : -1;
  }

  std::string text;

 private:
  TempFolder folder_;
};

}  // namespace

TEST_CASE("results whose values are equal have not moved, whatever keys are new") {
  Moves moves(
      R"({"config_sha256": "a", "cycles": {"total": 7}, "list": [1, {"x": 0.5}]})",
      R"({"config_sha256": "b", "cycles": {"total": 7, "new": 1}, "list": [1, {"x": 0.5}]})");
  moves.write("new/two.json", "{}");
  CHECK(moves.check() == 0);
  CHECK(moves.text ==
        "golden moves: 4 values of 1 results are equal but for /config_sha256; 1 keys and 1 "
        "results are new\n");
}

TEST_CASE("a value that moved, went or became a number of another kind is found") {
  const auto moved = [](const char* old_text, const char* new_text) {
    Moves moves(old_text, new_text);
    CHECK(moves.check() == 1);
    return moves.text.substr(0, moves.text.find('\n'));
  };
  CHECK(moved(R"({"a": {"b": 7}})", R"({"a": {"b": 8}})") == "one.json: /a/b: i7 -> i8");
  CHECK(moved(R"({"a": 7})", R"({"a": 7.0})") == "one.json: /a: i7 -> f7.0");
  CHECK(moved(R"({"a": 7, "b": 1})", R"({"b": 1})") == "one.json: /a: is gone");
  CHECK(moved(R"({"a": [1, 2]})", R"({"a": [1]})") == "one.json: /a/1: is gone");
  // Larger than a double can tell apart.
  CHECK(moved(R"({"a": 9007199254740992})", R"({"a": 9007199254740993})") ==
        "one.json: /a: i9007199254740992 -> i9007199254740993");
}

TEST_CASE("a result that is gone is found") {
  Moves moves("{}", "{}");
  moves.write("old/two.json", R"({"a": 1})");
  CHECK(moves.check() == 1);
  CHECK_THAT(moves.text, Catch::StartsWith("two.json: is gone\n"));
}

TEST_CASE("a renamed key keeps its value, and the table's longest key counts") {
  const char* table = R"({"/a": "/c", "/a/x": "/d"})";
  Moves kept(R"({"a": {"x": 1, "y": 2}, "ab": 3})", R"({"d": 1, "c": {"y": 2}, "ab": 3})", table);
  CHECK(kept.check() == 0);
  Moves moved(R"({"a": {"y": 2}})", R"({"c": {"y": 3}})", table);
  CHECK(moved.check() == 1);
  CHECK_THAT(moved.text, Catch::StartsWith("one.json: /c/y: i2 -> i3\n"));
  Moves lost(R"({"a": {"y": 2}})", R"({"a": {"y": 2}})", table);
  CHECK(lost.check() == 1);
  CHECK_THAT(lost.text, Catch::StartsWith("one.json: /a/y: is gone, also as /c/y\n"));
}

TEST_CASE("a file that is no JSON, or no result at all, is wrong input") {
  Moves broken("{", "{}");
  CHECK(broken.check() == 2);
  Moves none("{}", "{}", "table");
  CHECK(none.check() == 2);
}

}  // namespace vitcod::test::golden_moves_test
