// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/value_range.hpp"

#include <catch2/catch.hpp>

namespace vitcod::test::value_range_test {
namespace {

template <typename Range>
std::string values(const char* text) {
  return Json(read_config<Range>(Json::parse(text)).values).dump();
}
std::string linear(const char* text) { return values<LinearRange>(text); }
std::string logarithmic(const char* text) { return values<LogRange>(text); }

}  // namespace

TEST_CASE("a range has both ends, or stops at the last step before its end") {
  CHECK(linear(R"({"from": 16, "to": 64, "step": 16})") == "[16,32,48,64]");
  CHECK(linear(R"({"from": 16, "to": 63, "step": 16})") == "[16,32,48]");
  CHECK(linear(R"({"from": -2, "to": 2, "step": 2})") == "[-2,0,2]");
  CHECK(linear(R"({"from": 5, "to": 5, "step": 1})") == "[5]");
}

TEST_CASE("a range of fractions has no rounding errors in its values") {
  CHECK(linear(R"({"from": 0.1, "to": 0.5, "step": 0.1})") == "[0.1,0.2,0.3,0.4,0.5]");
  CHECK(linear(R"({"from": -0.3, "to": 0.1, "step": 0.1})") == "[-0.3,-0.2,-0.1,0.0,0.1]");
  CHECK(linear(R"({"from": 1.0, "to": 2, "step": 1})") == "[1.0,2.0]");
}

TEST_CASE("a logarithmic range multiplies, or divides the ratio evenly by count") {
  CHECK(logarithmic(R"({"from": 16, "to": 128, "factor": 2})") == "[16,32,64,128]");
  CHECK(logarithmic(R"({"from": 16, "to": 127, "factor": 2})") == "[16,32,64]");
  // 16 * 1.5^k = 16, 24, 36, 54, 81, 121.5
  CHECK(logarithmic(R"({"from": 16, "to": 128, "factor": 1.5})") == "[16,24,36,54,81,122]");
  CHECK(logarithmic(R"({"from": 1, "to": 1000, "count": 4})") == "[1,10,100,1000]");
  CHECK(logarithmic(R"({"from": 0.001, "to": 1.0, "count": 4})") == "[0.001,0.01,0.1,1.0]");
  CHECK(logarithmic(R"({"from": 16, "to": 1024, "count": 7})") == "[16,32,64,128,256,512,1024]");
}

TEST_CASE("a wrong range is refused with the key that is wrong") {
  CHECK_THROWS_WITH(linear(R"({"from": 2, "to": 1, "step": 1})"),
                    "/to: expected at least 2, found 1");
  CHECK_THROWS_WITH(linear(R"({"from": 1, "to": 2, "step": 0})"), "/step: expected more than 0");
  CHECK_THROWS_WITH(linear(R"({"from": 0, "to": 1000000, "step": 1})"),
                    "/step: expected at most 1000000 values, found 1000001");
  CHECK_THROWS_WITH(linear(R"({"from": 1, "to": 2})"), "/step: required key is missing");
  CHECK_THROWS_WITH(linear(R"({"from": 1, "to": 2, "stepp": 1})"), Catch::Contains("unknown key"));
  CHECK_THROWS_WITH(linear(R"({"from": "1", "to": 2, "step": 1})"),
                    "/from: expected a number, found \"1\"");
  CHECK_THROWS_WITH(logarithmic(R"({"from": 0, "to": 2, "factor": 2})"),
                    Catch::StartsWith("/from: 0 is out of range"));
  CHECK_THROWS_WITH(logarithmic(R"({"from": 1, "to": 2, "factor": 1})"),
                    Catch::StartsWith("/factor: 1 is out of range"));
  CHECK_THROWS_WITH(logarithmic(R"({"from": 1, "to": 2})"),
                    "/factor: expected either factor or count");
  CHECK_THROWS_WITH(logarithmic(R"({"from": 1, "to": 2, "factor": 2, "count": 2})"),
                    "/factor: expected either factor or count");
  // 4^(1/4) = 1.41 is rounded to 1.
  CHECK_THROWS_WITH(logarithmic(R"({"from": 1, "to": 4, "count": 5})"),
                    "/from: two values are rounded to 1; write from and to with a decimal point "
                    "for fractions");
}

}  // namespace vitcod::test::value_range_test
