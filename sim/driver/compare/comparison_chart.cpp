// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/comparison_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/svg.hpp"

namespace vitcod {
namespace {

// Pixels.
constexpr double kLabelWidth = 420;
constexpr double kPlotWidth = 520;
constexpr double kLineHeight = 24;
constexpr double kMargin = 30;
constexpr double kWidth = kLabelWidth + kPlotWidth + 90;

/// One bar, and the dots on it.
struct Bar {
  std::string label;
  std::string kind;
  double mean = 1;
  std::vector<std::pair<std::string, double>> models;
};

const char* colour_of(const std::string& kind) {
  if (kind == "simulated") return "#3b6ea5";
  if (kind == "measured") return "#4f8f57";
  return kind == "published" ? "#b8772b" : "#8a8a8a";
}

std::vector<Bar> bars_of(const Comparison& comparison, BaselineScope scope, bool is_energy) {
  std::vector<Bar> bars;
  for (const ComparisonMean& mean : comparison.means) {
    const auto value = is_energy ? mean.geometric_energy_ratio : mean.geometric_speedup;
    if (mean.scope != scope || !value || *value <= 0) continue;
    Bar bar{fmt::format("{} ({:g} %)", mean.baseline, 100 * mean.sparsity), mean.kind, *value, {}};
    for (const ComparisonRow& row : comparison.rows) {
      const auto number = is_energy ? row.energy_ratio : row.speedup;
      if (is_of(mean, row) && number && *number > 0) bar.models.emplace_back(row.model, *number);
    }
    bars.push_back(std::move(bar));
  }
  return bars;
}

/// Whole powers of ten that hold all numbers, and 1.
std::pair<int, int> decades(const std::vector<Bar>& bars) {
  double low = 1;
  double high = 10;
  for (const Bar& bar : bars) {
    for (const auto& [model, number] : bar.models) {
      low = std::min(low, number);
      high = std::max(high, number);
    }
  }
  return {static_cast<int>(std::floor(std::log10(low))),
          static_cast<int>(std::ceil(std::log10(high)))};
}

/// Draws one panel from `top` down.
class Panel {
 public:
  Panel(std::vector<Bar> bars, std::string title, double top)
      : bars_(std::move(bars)), title_(std::move(title)), top_(top), decades_(decades(bars_)) {}

  double height() const {
    return bars_.empty() ? 0 : 2 * kMargin + kLineHeight * static_cast<double>(bars_.size() + 1);
  }

  std::string draw() const {
    if (bars_.empty()) return "";
    std::string text = fmt::format("<text x=\"10\" y=\"{:.0f}\" font-weight=\"bold\">{}</text>\n",
                                   top_ + kMargin / 2, svg_escaped(title_));
    const double bottom = top_ + kMargin + kLineHeight * static_cast<double>(bars_.size());
    for (int power = decades_.first; power <= decades_.second; ++power) {
      const double x = x_of(std::pow(10.0, power));
      text += fmt::format(
          "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" stroke=\"#ccc\"/>\n"
          "<text x=\"{0:.1f}\" y=\"{3:.1f}\" text-anchor=\"middle\">{4:g}</text>\n",
          x, top_ + kMargin, bottom, bottom + 16, std::pow(10.0, power));
    }
    double y = top_ + kMargin;
    for (const Bar& bar : bars_) {
      text += draw_bar(bar, y);
      y += kLineHeight;
    }
    return text;
  }

 private:
  double x_of(double number) const {
    const double share = (std::log10(number) - decades_.first) /
                         static_cast<double>(decades_.second - decades_.first);
    return kLabelWidth + share * kPlotWidth;
  }

  std::string draw_bar(const Bar& bar, double y) const {
    const double from = std::min(x_of(1), x_of(bar.mean));
    const double to = std::max(x_of(1), x_of(bar.mean));
    std::string text = fmt::format(
        "<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n"
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"14\" fill=\"{}\"/>\n",
        kLabelWidth - 8, y + 16, svg_escaped(bar.label), from, y + 5, to - from,
        colour_of(bar.kind));
    double right = to;
    for (const auto& [model, number] : bar.models) {
      text += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"#222\"><title>{}: {:.3g}</title>"
          "</circle>\n",
          x_of(number), y + 12, svg_escaped(model), number);
      right = std::max(right, x_of(number));
    }
    return text + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{:.3g}</text>\n", right + 8, y + 16,
                              bar.mean);
  }

  std::vector<Bar> bars_;
  std::string title_;
  double top_;
  std::pair<int, int> decades_;
};

std::string legend(double y) {
  std::string text;
  double x = kLabelWidth;
  for (const char* kind : {"simulated", "measured", "published", "modelled"}) {
    text += fmt::format(
        "<rect x=\"{:.0f}\" y=\"{:.1f}\" width=\"12\" height=\"12\" fill=\"{}\"/>\n"
        "<text x=\"{:.0f}\" y=\"{:.1f}\">{}</text>\n",
        x, y, colour_of(kind), x + 17, y + 11, kind);
    x += 110;
  }
  return text;
}

}  // namespace

std::string comparison_chart(const Comparison& comparison) {
  std::string panels;
  double top = 0;
  for (const BaselineScope scope : {BaselineScope::kAttention, BaselineScope::kModel}) {
    const char* part = scope == BaselineScope::kAttention ? "attention only" : "whole models";
    for (const bool is_energy : {false, true}) {
      const std::string title =
          is_energy ? fmt::format("Energy over that of {}, {}", comparison.machine, part)
                    : fmt::format("Speed-up of {}, {}: bar to the geometric mean, a dot a model",
                                  comparison.machine, part);
      const Panel panel(bars_of(comparison, scope, is_energy), title, top);
      panels += panel.draw();
      top += panel.height();
    }
  }
  return svg_document(kWidth, top + kMargin, panels + legend(top + kMargin - 20));
}

}  // namespace vitcod
