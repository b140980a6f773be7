// SPDX-License-Identifier: Apache-2.0
#include "sim/base/json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::json_test {

using Catch::Matchers::StartsWith;

TEST_CASE("a document keeps its values, types and order of keys") {
  const std::string text =
      R"({"z":1,"a":[true,null,-3,2.5,"x\u00e9"],"m":{"y":{},"b":[]},"u":18446744073709551615})";
  CHECK(parse_json(text, "t").dump(-1, ' ', true) == text);
  CHECK(parse_json("7", "t").is_number_unsigned());
  CHECK(parse_json("-7", "t").is_number_integer());
  CHECK(parse_json("7.0", "t").is_number_float());
}

TEST_CASE("the same key may stand in different objects") {
  CHECK_NOTHROW(parse_json(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})", "t"));
}

TEST_CASE("a key that stands twice is reported with its pointer") {
  CHECK_THROWS_WITH(parse_json(R"({"a":1,"b":2,"a":3})", "t.json"),
                    "t.json: /a: key stands twice in one object");
  CHECK_THROWS_WITH(parse_json(R"({"m":[0,{"x":{"k":1,"k":1}}]})", "t.json"),
                    "t.json: /m/1/x/k: key stands twice in one object");
  CHECK_THROWS_WITH(parse_json(R"([[],[0,0,{"a/b~":1,"a/b~":1}]])", "t.json"),
                    "t.json: /1/2/a~1b~0: key stands twice in one object");
  // The second one is written with an escape.
  CHECK_THROWS_WITH(parse_json(R"({"a":1,"\u0061":1})", "t.json"),
                    "t.json: /a: key stands twice in one object");
}

TEST_CASE("what is not JSON is reported with the offset of the offending byte") {
  CHECK_THROWS_WITH(parse_json("{\"a\": nan}", "t.json"),
                    StartsWith("t.json: byte 7, line 1, column 8: syntax error"));
  CHECK_THROWS_WITH(parse_json("{\"a\": NaN}", "t.json"), StartsWith("t.json: byte 6, "));
  CHECK_THROWS_WITH(parse_json("[1, Infinity]", "t.json"), StartsWith("t.json: byte 4, "));
  CHECK_THROWS_WITH(parse_json("{\n  \"a\": 1,\n}", "t.json"),
                    StartsWith("t.json: byte 12, line 3, column 1: syntax error"));
  CHECK_THROWS_WITH(parse_json("[1] 2", "t.json"), StartsWith("t.json: byte 4, "));
  CHECK_THROWS_WITH(parse_json("", "t.json"), StartsWith("t.json: byte 0, "));
  CHECK_THROWS_WITH(parse_json("{\"a\"", "t.json"), StartsWith("t.json: byte 4, "));
  CHECK_THROWS_WITH(parse_json("// no\n1", "t.json"), StartsWith("t.json: byte 0, "));
  CHECK_THROWS_WITH(parse_json("{'a': 1}", "t.json"), StartsWith("t.json: byte 1, "));
  CHECK_THROWS_WITH(parse_json("[01]", "t.json"), StartsWith("t.json: byte 2, "));
  CHECK_THROWS_WITH(parse_json("\"\xff\"", "t.json"), StartsWith("t.json: byte 1, "));
}

TEST_CASE("a number beyond the largest double is an error, not infinity") {
  CHECK_THROWS_WITH(parse_json("[1e999]", "t.json"),
                    StartsWith("t.json: byte 5: number overflow parsing '1e999'"));
}

TEST_CASE("messages are one line whatever the document holds") {
  for (const char* text : {"[\n\n\"a\nb\"]", "{\"a\x01\": 1}", "\r\n\x7f"}) {
    try {
      parse_json(text, "t.json");
      FAIL("no error");
    } catch (const InputError& error) {
      CHECK(std::string(error.what()).find_first_of("\n\r\x01") == std::string::npos);
    }
  }
}

TEST_CASE("nesting is limited to 256 levels") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK_NOTHROW(parse_json(nested(256), "t.json"));
  CHECK_THROWS_WITH(
      parse_json(nested(257), "t.json"),
      StartsWith("t.json: /0/0/") && Catch::EndsWith("nested deeper than 256 levels"));
  CHECK_THROWS_AS(parse_json(std::string(3'000'000, '['), "t.json"), InputError);
}

TEST_CASE("an object with many keys is read in linear time") {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  text += "\"last\":1}";
  // 2 x 10^10 comparisons, were each key compared with all before it: minutes.
  CHECK(parse_json(text, "t").size() == 200'001);
}

TEST_CASE("a file is read by its path, which stands in the messages") {
  const test::TempFolder folder;
  write_file_atomically(folder / "a.json", "{\"a\": [1, 2]}");
  CHECK(read_json_file(folder / "a.json")["a"][1] == 2);
  write_file_atomically(folder / "b.json", "{");
  CHECK_THROWS_WITH(read_json_file(folder / "b.json"),
                    StartsWith((folder / "b.json").string() + ": byte 1, "));
  CHECK_THROWS_WITH(read_json_file(folder / "c.json"),
                    (folder / "c.json").string() + ": cannot read: No such file or directory");
}

}  // namespace vitcod::json_test
