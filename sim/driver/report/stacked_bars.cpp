// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/report/stacked_bars.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/base/int_math.hpp"
#include "sim/base/svg.hpp"

namespace vitcod {
namespace {

// Pixels.
constexpr double kLabelWidth = 260;
constexpr double kPlotWidth = 620;
constexpr double kTotalWidth = 140;
constexpr double kBarHeight = 20;
constexpr double kLegendHeight = 18;
constexpr double kLegendWidth = 200;
constexpr std::size_t kLegendColumns = 5;

constexpr double kLetterWidth = 6.5;

constexpr std::array<const char*, 8> kColours = {"#3b6ea5", "#b8772b", "#4f8f57", "#9a4f6b",
                                                 "#7a6bb0", "#4aa3a2", "#c9b037", "#8a8a8a"};
// Light enough for a name on them.
constexpr std::array<const char*, 6> kLightColours = {"#9ec1e6", "#f2c48d", "#a9d6a8",
                                                      "#e0a9bd", "#c3b8e8", "#ead98c"};
constexpr const char* kIdleColour = "#e4e4e4";

/// Names of parts in the order in which they come first.
std::vector<std::string> names_of(const std::vector<StackedBar>& bars) {
  std::vector<std::string> names;
  for (const StackedBar& bar : bars) {
    for (const auto& [name, value] : bar.parts) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

const char* colour_of(const std::string& name, const std::vector<std::string>& names) {
  const auto place = std::find(names.begin(), names.end(), name) - names.begin();
  return kColours[static_cast<std::size_t>(place) % kColours.size()];
}

std::string legend(const std::vector<std::string>& names, double top) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t line = i / kLegendColumns;
    const double x = 10 + kLegendWidth * static_cast<double>(i % kLegendColumns);
    const double y = top + kLegendHeight * static_cast<double>(line);
    text += fmt::format(
        "<rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"12\" height=\"12\" fill=\"{}\"/>\n"
        "<text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n",
        x, y, colour_of(names[i], names), x + 17, y + 11, svg_escaped(names[i]));
  }
  return text;
}

/// The bars that have something to show.
std::vector<StackedBar> shown_of(const std::vector<StackedBar>& bars) {
  std::vector<StackedBar> shown;
  for (const StackedBar& bar : bars) {
    if (bar.total() <= 0) continue;
    shown.push_back(bar);
    std::erase_if(shown.back().parts, [](const auto& part) { return part.second <= 0; });
  }
  return shown;
}

std::string draw_label(const StackedBar& bar, double y) {
  return fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"end\">{}</text>\n",
                     kLabelWidth - 8, y + 14, svg_escaped(bar.label));
}

/// A part from `x` on, with what a pointer shows of it.
std::string draw_part(const StackedBar& bar, std::size_t index, const char* colour, double x,
                      double y, double width) {
  const auto& [name, value] = bar.parts[index];
  return fmt::format(
      "<rect x=\"{:.2f}\" y=\"{:.0f}\" width=\"{:.2f}\" height=\"15\" fill=\"{}\"><title>{}: "
      "{:.6g} "
      "({:.1f} %)</title></rect>\n",
      x, y + 3, width, colour, svg_escaped(name), value, 100 * value / bar.total());
}

std::string draw_shares(const StackedBar& bar, double y) {
  std::string text = draw_label(bar, y);
  double x = kLabelWidth;
  for (std::size_t i = 0; i < bar.parts.size(); ++i) {
    const auto& [name, value] = bar.parts[i];
    const double width = kPlotWidth * value / bar.total();
    const char* colour = name == "idle" ? kIdleColour : kLightColours[i % kLightColours.size()];
    text += draw_part(bar, i, colour, x, y, width);
    if (width >= kLetterWidth * static_cast<double>(name.size() + 1)) {
      text += fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\" font-size=\"11\">{}</text>\n", x + 3,
                          y + 14, svg_escaped(name));
    }
    x += width;
  }
  return text;
}

}  // namespace

double StackedBar::total() const {
  double sum = 0;
  for (const auto& [name, value] : parts) sum += std::max(value, 0.0);
  return sum;
}

std::string stacked_bars(const std::vector<StackedBar>& bars, const std::string& unit) {
  const std::vector<StackedBar> shown = shown_of(bars);
  if (shown.empty()) return "";
  double longest = 0;
  for (const StackedBar& bar : shown) longest = std::max(longest, bar.total());
  const std::vector<std::string> names = names_of(shown);
  std::string body;
  double y = 4;
  for (const StackedBar& bar : shown) {
    body += draw_label(bar, y);
    double x = kLabelWidth;
    for (std::size_t i = 0; i < bar.parts.size(); ++i) {
      const double width = kPlotWidth * bar.parts[i].second / longest;
      body += draw_part(bar, i, colour_of(bar.parts[i].first, names), x, y, width);
      x += width;
    }
    body += fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\">{:.6g} {}</text>\n", x + 6, y + 14,
                        bar.total(), svg_escaped(unit));
    y += kBarHeight;
  }
  const std::size_t lines = ceil_div(names.size(), kLegendColumns);
  return svg_document(kLabelWidth + kPlotWidth + kTotalWidth,
                      y + 8 + kLegendHeight * static_cast<double>(lines),
                      body + legend(names, y + 6));
}

std::string share_bars(const std::vector<StackedBar>& bars) {
  const std::vector<StackedBar> shown = shown_of(bars);
  if (shown.empty()) return "";
  std::string body;
  double y = 4;
  for (const StackedBar& bar : shown) {
    body += draw_shares(bar, y);
    y += kBarHeight;
  }
  return svg_document(kLabelWidth + kPlotWidth + kTotalWidth, y + 4, body);
}

}  // namespace vitcod
