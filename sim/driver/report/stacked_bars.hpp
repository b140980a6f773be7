// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace vitcod {

/// A line of a chart: what it is, and its parts from left to right, each with a name.
struct StackedBar {
  std::string label;
  std::vector<std::pair<std::string, double>> parts;

  double total() const;
};

/// An SVG chart of horizontal bars, one below the other, with a legend: a colour for each name, in
/// the order in which names come first, the ninth as the first. The longest bar fills the width;
/// behind each stands its total with `unit`. A part's number shows where a pointer rests on it.
/// Parts that are not above 0 are left out, and so are bars without any; no chart if none is left.
std::string stacked_bars(const std::vector<StackedBar>& bars, const std::string& unit);

/// The same with bars that all fill the width, for parts whose names differ from bar to bar: a name
/// stands in its part where there is room, `idle` is grey, and other colours mean nothing.
std::string share_bars(const std::vector<StackedBar>& bars);

}  // namespace vitcod
