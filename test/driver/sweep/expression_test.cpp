// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/expression.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "sim/base/errors.hpp"

namespace vitcod::test::expression_test {
namespace {

const std::vector<std::string> kNames = {"lines", "macs", "memory", "forwarding"};

Expression compile(const std::string& text) { return {text, kNames, {"ddr4-2400", "hbm2"}}; }

/// With lines = 32, macs = 8, memory = 'ddr4-2400', forwarding = true.
double value(const std::string& text) {
  const std::vector<double> values = {32, 8, expression_value("ddr4-2400"), expression_value(true)};
  return compile(text).evaluate(values);
}

}  // namespace

TEST_CASE("an expression follows the usual rules of arithmetic") {
  CHECK(value("lines * macs") == 256);
  CHECK(value("2 + 3 * 4 - 6 / 4") == 12.5);
  CHECK(value("lines % 7") == 4);
  CHECK(value("2 ^ 3 ^ 2") == 512);
  CHECK(value("-2 ^ 2") == -4);
  CHECK(value("4 ^ -1") == 0.25);
  CHECK(value("lines > 16 ? 1 : 2") == 1);
  CHECK(value("lines < 32 || lines <= 32 && macs != 8 || lines >= 33") == 0);
  CHECK(value("min(lines, macs, 9) + max(1, 2)") == 10);
  CHECK(value("floor(2.7) + ceil(2.2) + round(2.5) + abs(-1) + sqrt(9)") == 12);
  CHECK(value("log2(1024)") == 10);
  CHECK(value("log2(3)") == Approx(1.584962500721156));
  CHECK(value("2 ^ 0.5") == Approx(1.4142135623730951));
}

TEST_CASE("texts and truth values can be compared") {
  CHECK(value("memory == 'ddr4-2400'") == 1);
  CHECK(value("memory == 'hbm2'") == 0);
  CHECK(value("memory != 'hbm2' && lines == 32") == 1);
  CHECK(value("forwarding") == 1);
  CHECK(value("forwarding == 0") == 0);
}

TEST_CASE("an expression without a finite value says so by its value") {
  CHECK(std::isinf(value("1 / (lines - 32)")));
  CHECK(std::isnan(value("sqrt(0 - lines)")));
  CHECK(std::isnan(value("log2(0 - 1)")));
}

TEST_CASE("a wrong expression is refused with the position of what is wrong") {
  using Catch::Contains;
  CHECK_THROWS_WITH(compile("lines + linez"), Contains(R"("lines + linez")") && Contains("linez") &&
                                                  Contains("position 8") &&
                                                  Contains(R"(["lines","macs")"));
  CHECK_THROWS_WITH(compile("lines = 4"), Contains("position 6"));
  CHECK_THROWS_WITH(compile("lines +"), Contains("end of expression at position"));
  CHECK_THROWS_WITH(compile("(lines"), Contains("parenthesis") && Contains("position"));
  CHECK_THROWS_WITH(compile("lines macs"), Contains("position 6"));
  CHECK_THROWS_WITH(compile("sin(lines)"), Contains("sin") && Contains("position 0"));
  CHECK_THROWS_WITH(compile("lines, macs"), Contains("expected one value, found a list"));
  CHECK_THROWS_WITH(compile(""), Contains("empty"));
  CHECK_THROWS_WITH(compile("memory == 'hbm3'"),
                    R"("memory == 'hbm3'": position 10: no axis has the value 'hbm3')");
  CHECK_THROWS_WITH(compile("memory == 'hbm2"), Contains("quote at position 10 is not closed"));
  CHECK_THROWS_AS(compile("\n"), ConfigError);
}

}  // namespace vitcod::test::expression_test
