// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/clock_formula.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::test::clock_formula_test {
namespace {

const ClockNames kNames = {{"nCL", 17}, {"nCWL", 12}, {"nBL", 8}, {"nRTP", 12}, {"n_1", 1}};

std::int64_t value(std::string_view formula) { return evaluate_formula(formula, kNames); }

std::string refusal(const std::string& formula) {
  try {
    evaluate_formula(formula, kNames);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("formulas are reckoned as they are written in the standards") {
  CHECK(value("nCL - nCWL + nBL/2 + 2") == 11);
  CHECK(value("nBL/2 + max(8, nRTP) - 8") == 8);
  CHECK(value("17") == 17);
  CHECK(value(" ( nCL )\t") == 17);
  CHECK(value("2 + 3 * 4") == 14);
  CHECK(value("(2 + 3) * 4") == 20);
  CHECK(value("20 - 5 - 3") == 12);
  CHECK(value("24 / 4 / 2") == 3);
  CHECK(value("2 - 9 * n_1") == -7);
  CHECK(value("min(nCL, nCWL, 13) * max(2)") == 24);
  CHECK(value("max(1, nCWL + nBL/2 + 2 - nCL)") == 1);
}

TEST_CASE("what is no formula is refused with its byte and what was expected") {
  CHECK(refusal("") ==
        "formula \"\" has the end at byte 0, expected a number, a name, max, min or (");
  CHECK(refusal("nCL +") ==
        "formula \"nCL +\" has the end at byte 5, expected a number, a name, max, min or (");
  CHECK(refusal("nCL nCWL") ==
        "formula \"nCL nCWL\" has \"n\" at byte 4, expected an operator or the end");
  CHECK(refusal("-3") ==
        "formula \"-3\" has \"-\" at byte 0, expected a number, a name, max, min or (");
  CHECK(refusal("max 3") == "formula \"max 3\" has \"3\" at byte 4, expected \"(\"");
  CHECK(refusal("(nCL") == "formula \"(nCL\" has the end at byte 4, expected \")\"");
  CHECK(refusal("17.5") == "formula \"17.5\" has \".\" at byte 2, expected an operator or the end");
  CHECK(refusal("1\n") ==
        "formula \"1\\n\" has \"\\n\" at byte 1, expected an operator or the end");
}

TEST_CASE("what has no whole value is refused") {
  CHECK(refusal("nCAS") == "formula \"nCAS\" names nCAS, which no parameter is called");
  CHECK(refusal("nCL / 2") == "formula \"nCL / 2\" divides 17 by 2, which leaves a remainder");
  CHECK(refusal("1 / (nBL - 8)") == "formula \"1 / (nBL - 8)\" divides by 0");
  CHECK(refusal("99999999999999999999") == "formula \"99999999999999999999\" goes beyond 2^31");
  CHECK(refusal("2147483648 * 2147483648") ==
        "formula \"2147483648 * 2147483648\" goes beyond 2^31");
  CHECK(refusal("0 - 2147483648 - 1") == "formula \"0 - 2147483648 - 1\" goes beyond 2^31");
  CHECK(refusal(std::string(100'000, '(')) == "formula of 100000 bytes is nested too deep");
}

TEST_CASE("names are words, other than the functions") {
  for (const char* name : {"nCL", "n_1", "_", "maximum"}) CHECK(is_clock_name(name));
  for (const char* name : {"", "1n", "n CL", "n-1", "max", "min", "n\u00e4"}) {
    CHECK_FALSE(is_clock_name(name));
  }
}

}  // namespace vitcod::test::clock_formula_test
