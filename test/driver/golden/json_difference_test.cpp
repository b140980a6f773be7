// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/golden/json_difference.hpp"

#include <catch2/catch.hpp>

namespace vitcod::test::json_difference_test {
namespace {

std::vector<std::string> described(const char* expected, const char* found,
                                   const Tolerances& tolerances = {}) {
  std::vector<std::string> lines;
  for (const Difference& difference :
       differences(Json::parse(expected), Json::parse(found), tolerances)) {
    lines.push_back(describe(difference));
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("documents with equal values are equal, in whatever order their keys stand") {
  CHECK(described("{}", "{}").empty());
  CHECK(
      described(R"({"a": 1, "b": [1, {"c": "x"}]})", R"({"b": [1, {"c": "x"}], "a": 1})").empty());
  CHECK(described(R"({"a": 1})", R"({"a": 1.0})").empty());
}

TEST_CASE("a difference names the pointer, the old value, the new one and the change") {
  CHECK(described(R"({"a": {"b/c": 200}})", R"({"a": {"b/c": 201}})") ==
        Lines{"/a/b~1c: 200 -> 201 (+0.5 %)"});
  CHECK(described(R"({"a": [0, -4.0]})", R"({"a": [0, -5.0]})") ==
        Lines{"/a/1: -4.0 -> -5.0 (-25 %)"});
  CHECK(described(R"({"a": 0})", R"({"a": 7})") == Lines{"/a: 0 -> 7"});
  CHECK(described(R"({"a": "x", "b": true})", R"({"a": "y", "b": null})") ==
        Lines{R"(/a: "x" -> "y")", "/b: true -> null"});
  CHECK(described("3", "4") == Lines{": 3 -> 4 (+33.3 %)"});
}

TEST_CASE("a key that is gone or new is a difference, and so is a list of another length") {
  CHECK(described(R"({"a": 1, "b": 2})", R"({"b": 2, "c": {"d": 3}})") ==
        Lines{"/a: 1 is gone", "/c/d: 3 is new"});
  CHECK(described("[1, 2]", "[1]") == Lines{"/1: 2 is gone"});
  CHECK(described(R"({"a": []})", R"({"a": [1]})") == Lines{"/a: [] is gone", "/a/0: 1 is new"});
  CHECK(described(R"({"a": []})", R"({"a": {}})") == Lines{"/a: [] -> {}"});
}

TEST_CASE("counters that differ by one are different even where doubles are not") {
  // 2^53 and 2^53 + 1 are the same double.
  CHECK(described("[9007199254740992]", "[9007199254740993]").size() == 1);
}

TEST_CASE("a tolerance is a share of the expected number, inclusive") {
  const Tolerances one_percent = {{"/a", 0.01}};
  CHECK(described(R"({"a": 200})", R"({"a": 202})", one_percent).empty());
  CHECK(described(R"({"a": 200})", R"({"a": 198})", one_percent).empty());
  CHECK(described(R"({"a": 200})", R"({"a": 203})", one_percent).size() == 1);
  CHECK(described(R"({"a": 0})", R"({"a": 1})", {{"/a", 1e6}}).size() == 1);
  CHECK(described(R"({"a": "x"})", R"({"a": "y"})", {{"/a", 1e6}}).size() == 1);
}

TEST_CASE("a tolerance holds at and below its pointer, the longest pointer first") {
  const char* expected = R"({"a": {"b": 100, "bc": 100, "c": 100}, "d": 100})";
  const char* found = R"({"a": {"b": 101, "bc": 101, "c": 101}, "d": 101})";
  CHECK(described(expected, found, {{"", 0.01}}).empty());
  CHECK(described(expected, found, {{"/a", 0.01}}) == Lines{"/d: 100 -> 101 (+1 %)"});
  CHECK(described(expected, found, {{"", 0.01}, {"/a/b", 0.0}}) ==
        Lines{"/a/b: 100 -> 101 (+1 %)"});
  CHECK(described(expected, found, {{"/a/b", 0.0}, {"", 0.01}}) ==
        Lines{"/a/b: 100 -> 101 (+1 %)"});
}

}  // namespace vitcod::test::json_difference_test
