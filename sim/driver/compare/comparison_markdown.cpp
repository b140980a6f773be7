// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/comparison_markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace vitcod {
namespace {

using Number = std::optional<double> ComparisonRow::*;

/// What a table has: a number and its ratio.
struct Quantity {
  const char* name;
  Number number;
  Number ratio;
};

constexpr Quantity kTime{"time in us, and in brackets the speed-up over it",
                         &ComparisonRow::time_us, &ComparisonRow::speedup};
constexpr Quantity kEnergy{"energy in uJ, and in brackets its ratio to the machine's",
                           &ComparisonRow::energy_uj, &ComparisonRow::energy_ratio};

std::string line_of(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

/// One table.
class Table {
 public:
  Table(const Comparison& comparison, BaselineScope scope, const Quantity& quantity)
      : comparison_(comparison), scope_(scope), quantity_(quantity) {
    for (const ComparisonRow& row : comparison.own) {
      if (row.scope == scope) own_.push_back(&row);
    }
    has_one_model_ = std::all_of(own_.begin(), own_.end(), [this](const ComparisonRow* row) {
      return row->model == own_.front()->model;
    });
    has_one_sparsity_ = std::all_of(own_.begin(), own_.end(), [this](const ComparisonRow* row) {
      return row->sparsity == own_.front()->sparsity;
    });
  }

  /// Empty if the machine ran nothing of the scope, or has no such number.
  std::string text() const {
    if (own_.empty() || !(own_.front()->*quantity_.number)) return "";
    std::string lines = heading() + row_of(comparison_.own, comparison_.machine, "");
    std::vector<std::string> known;
    for (const ComparisonRow& row : comparison_.rows) {
      const std::string label = fmt::format("{} ({})", row.baseline, row.kind);
      const bool is_new = std::find(known.begin(), known.end(), label) == known.end();
      if (row.scope != scope_ || !(row.*quantity_.number) || !is_new) continue;
      known.push_back(label);
      std::vector<ComparisonRow> of_baseline;
      std::copy_if(comparison_.rows.begin(), comparison_.rows.end(),
                   std::back_inserter(of_baseline), [&row](const ComparisonRow& other) {
                     return other.baseline == row.baseline && other.kind == row.kind;
                   });
      lines += row_of(of_baseline, label, terms(of_baseline));
    }
    return lines;
  }

 private:
  std::string heading() const {
    std::vector<std::string> cells{"", "terms"};
    for (const ComparisonRow* own : own_) {
      const std::string sparsity = fmt::format("{:g} %", 100 * own->sparsity.value_or(0));
      cells.push_back(has_one_sparsity_
                          ? own->model
                          : (has_one_model_ ? sparsity : own->model + " " + sparsity));
    }
    if (has_mean()) cells.emplace_back("geometric mean");
    std::string text = fmt::format(
        "{}: {}\n\n", scope_ == BaselineScope::kAttention ? "Attention only" : "Whole models",
        quantity_.name);
    text += line_of(cells) + "|";
    for (std::size_t i = 0; i < cells.size(); ++i) text += "---|";
    return text + "\n";
  }

  bool has_mean() const { return has_one_sparsity_ && own_.size() > 1; }

  /// The terms of its rows of this scope, which may differ from run to run.
  std::string terms(const std::vector<ComparisonRow>& rows) const {
    std::string text;
    for (const ComparisonRow& row : rows) {
      const bool is_equal = row.terms != ComparisonTerms::kPublished;
      const std::string name = is_equal ? name_of(row.terms) : "as it is";
      if (row.scope != scope_ || text.find(name) != std::string::npos) continue;
      text += (text.empty() ? "" : ", ") + name;
    }
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
  }

  std::string row_of(const std::vector<ComparisonRow>& rows, const std::string& label,
                     const std::string& terms) const {
    std::vector<std::string> cells{label, terms};
    std::vector<double> ratios;
    for (const ComparisonRow* own : own_) {
      const auto row = std::find_if(rows.begin(), rows.end(), [this, own](const auto& each) {
        return each.scope == scope_ && each.model == own->model && each.sparsity == own->sparsity;
      });
      const bool has = row != rows.end() && (*row).*quantity_.number && (*row).*quantity_.ratio;
      cells.push_back(has ? fmt::format("{:.1f} ({:.2f})", *((*row).*quantity_.number),
                                        *((*row).*quantity_.ratio))
                          : "-");
      if (has) ratios.push_back(*((*row).*quantity_.ratio));
    }
    if (has_mean()) cells.push_back(mean_of(ratios));
    return line_of(cells);
  }

  /// None unless it is over all runs.
  std::string mean_of(const std::vector<double>& ratios) const {
    if (ratios.size() != own_.size()) return "-";
    double sum = 0;
    for (const double ratio : ratios) sum += std::log(ratio);
    return fmt::format("{:.2f}", std::exp(sum / static_cast<double>(ratios.size())));
  }

  const Comparison& comparison_;
  const BaselineScope scope_;
  const Quantity quantity_;
  std::vector<const ComparisonRow*> own_;
  bool has_one_model_ = true;
  bool has_one_sparsity_ = true;
};

}  // namespace

std::string comparison_markdown(const Comparison& comparison) {
  std::string text;
  for (const BaselineScope scope : {BaselineScope::kAttention, BaselineScope::kModel}) {
    for (const Quantity& quantity : {kTime, kEnergy}) {
      const std::string table = Table(comparison, scope, quantity).text();
      if (table.empty()) continue;
      text += (text.empty() ? "" : "\n") + table;
    }
  }
  return text;
}

}  // namespace vitcod
