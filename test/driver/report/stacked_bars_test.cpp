// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/report/stacked_bars.hpp"

#include <catch2/catch.hpp>
#include <regex>

namespace vitcod::test::stacked_bars_test {
namespace {

using Widths = std::vector<double>;

/// Widths of the parts with a number, in the order in which they are drawn.
Widths widths_in(const std::string& chart) {
  const std::regex part("width=\"([0-9.]+)\" height=\"15\"");
  Widths widths;
  for (std::sregex_iterator at(chart.begin(), chart.end(), part), end; at != end; ++at) {
    widths.push_back(std::stod((*at)[1]));
  }
  return widths;
}

const std::vector<StackedBar> kBars = {
    {"one", {{"a", 30}, {"b", 10}}}, {"none", {{"a", 0}}}, {"two & more", {{"b", 20}, {"c", -5}}}};

}  // namespace

// The plot is 620 pixels wide.
TEST_CASE("the longest bar fills the width, and the others are to its scale") {
  const std::string chart = stacked_bars(kBars, "uJ");
  CHECK(widths_in(chart) == Widths{465, 155, 310});
  CHECK(chart.find(">40 uJ<") != std::string::npos);
  CHECK(chart.find(">20 uJ<") != std::string::npos);
  CHECK(chart.find("<title>a: 30 (75.0 %)</title>") != std::string::npos);
}

TEST_CASE("as shares every bar fills the width, and names stand in the parts that have room") {
  const std::string chart =
      share_bars({{"one", {{"idle", 30}, {"a", 10}}}, {"two", {{"b", 995}, {"long name", 5}}}});
  CHECK(widths_in(chart) == Widths{465, 155, 616.9, 3.1});
  CHECK(chart.find("fill=\"#e4e4e4\"><title>idle: 30 (75.0 %)</title>") != std::string::npos);
  CHECK(chart.find(">a</text>") != std::string::npos);
  CHECK(chart.find(">long name</text>") == std::string::npos);
  CHECK(chart.find("<title>long name: 5 (0.5 %)</title>") != std::string::npos);
  CHECK(share_bars({{"none", {{"a", 0}}}}).empty());
}

TEST_CASE("what is not above 0 is neither drawn nor in the legend, and names are escaped") {
  const std::string chart = stacked_bars(kBars, "");
  CHECK(chart.find(">none<") == std::string::npos);
  CHECK(chart.find(">c<") == std::string::npos);
  CHECK(chart.find(">two &amp; more<") != std::string::npos);
  CHECK(stacked_bars({{"none", {{"a", 0}}}}, "").empty());
  CHECK(stacked_bars({}, "").empty());
}

TEST_CASE("a name has one colour in all bars") {
  const std::string chart = stacked_bars(kBars, "");
  const std::regex second("fill=\"(#[0-9a-f]+)\"><title>b:");
  std::sregex_iterator at(chart.begin(), chart.end(), second);
  const std::string first_colour = (*at)[1];
  CHECK((*++at)[1] == first_colour);
  CHECK(chart.find("fill=\"" + first_colour + "\"><title>a:") == std::string::npos);
}

}  // namespace vitcod::test::stacked_bars_test
