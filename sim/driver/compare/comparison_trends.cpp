// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/comparison_trends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace vitcod {
namespace {

std::string joined_row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

std::string heading_row(const std::vector<std::string>& titles) {
  std::string text = joined_row(titles) + "|";
  for (std::size_t i = 0; i < titles.size(); ++i) text += "---|";
  return text + "\n";
}

/// Rows with cells by column, in the order in which they come.
template <typename Column>
class Rows {
 public:
  std::map<Column, std::string>& row(const std::vector<std::string>& labels) {
    for (auto& [known, cells] : rows_) {
      if (known == labels) return cells;
    }
    return rows_.emplace_back(labels, std::map<Column, std::string>{}).second;
  }

  std::string lines(const std::vector<Column>& columns) const {
    std::string text;
    for (const auto& [labels, cells] : rows_) {
      std::vector<std::string> line = labels;
      for (const Column& column : columns) {
        const auto cell = cells.find(column);
        line.push_back(cell == cells.end() ? "" : cell->second);
      }
      text += joined_row(line);
    }
    return text;
  }

  bool empty() const { return rows_.empty(); }

 private:
  std::vector<std::pair<std::vector<std::string>, std::map<Column, std::string>>> rows_;
};

constexpr double kNoSparsity = 2;  // behind all that there are

/// The share in brackets is that of the constant at 90 %.
std::string fit_cell(double constant, double slope) {
  return fmt::format("{:.2f} + {:.2f} d ({:.0f} %)", constant, slope,
                     100 * constant / (constant + slope * 0.1));
}

}  // namespace

std::string means_markdown(const Comparison& comparison) {
  std::set<double> sparsities;
  Rows<double> rows;
  for (const ComparisonMean& mean : comparison.means) {
    sparsities.insert(mean.sparsity);
    rows.row({mean.baseline, mean.kind, name_of(mean.scope),
              std::to_string(mean.num_models)})[mean.sparsity] =
        fmt::format("{:.1f} / {:.1f}", mean.geometric_speedup, mean.arithmetic_speedup);
  }
  if (rows.empty()) return "";
  for (const ComparisonRow& claim : comparison.claims) {
    if (!claim.speedup) continue;
    const double sparsity = claim.sparsity.value_or(kNoSparsity);
    sparsities.insert(sparsity);
    std::string& cell =
        rows.row({claim.baseline, claim.kind + " ratio", name_of(claim.scope), ""})[sparsity];
    cell += fmt::format("{}{:.1f}", cell.empty() ? "" : " or ", *claim.speedup);
  }
  std::vector<std::string> titles = {"baseline", "kind", "scope", "models"};
  for (const double sparsity : sparsities) {
    titles.push_back(sparsity == kNoSparsity ? "several or not stated"
                                             : fmt::format("{:g} %", 100 * sparsity));
  }
  return heading_row(titles) + rows.lines({sparsities.begin(), sparsities.end()});
}

std::string fits_markdown(const Comparison& comparison) {
  std::vector<std::string> models;
  Rows<std::string> rows;
  std::map<std::vector<std::string>, std::vector<const ComparisonFit*>> of_machine;
  for (const ComparisonFit& fit : comparison.fits) {
    if (std::find(models.begin(), models.end(), fit.model) == models.end()) {
      models.push_back(fit.model);
    }
    const std::vector<std::string> labels = {fit.machine, name_of(fit.scope)};
    std::vector<const ComparisonFit*>& all = of_machine[labels];
    all.push_back(&fit);
    double constant = 0;
    double slope = 0;
    for (const ComparisonFit* each : all) {
      constant += each->constant / static_cast<double>(all.size());
      slope += each->slope / static_cast<double>(all.size());
    }
    rows.row(labels)[fit.model] = fit_cell(fit.constant, fit.slope);
    rows.row(labels)[""] = fit_cell(constant, slope);
  }
  if (rows.empty()) return "";
  std::vector<std::string> titles = {"machine", "scope"};
  titles.insert(titles.end(), models.begin(), models.end());
  titles.emplace_back("mean");
  models.emplace_back("");
  return heading_row(titles) + rows.lines(models);
}

}  // namespace vitcod
