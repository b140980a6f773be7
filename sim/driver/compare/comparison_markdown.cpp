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

std::string percent(const std::optional<double>& share) {
  return fmt::format("{:g} %", 100 * share.value_or(0));
}

/// The machine's runs that make the columns of a table, and the groups that make rows of one
/// baseline: of models at several sparsities a row a sparsity, else one row.
class Layout {
 public:
  struct Group {
    std::string sparsity;                   ///< empty where there is one group
    std::vector<const ComparisonRow*> own;  ///< by column; null: no such run
  };

  Layout(const Comparison& comparison, BaselineScope scope) {
    std::vector<const ComparisonRow*> own;
    for (const ComparisonRow& row : comparison.own) {
      if (row.scope == scope) own.push_back(&row);
    }
    const auto models = names_of(own, [](const ComparisonRow& row) { return row.model; });
    const auto shares =
        names_of(own, [](const ComparisonRow& row) { return percent(row.sparsity); });
    if (models.size() > 1 && shares.size() > 1) {
      columns = models;
      for (const std::string& share : shares) groups.push_back(group_of(own, share));
    } else if (!own.empty()) {
      columns = models.size() > 1 || shares.size() == 1 ? models : shares;
      groups.push_back({"", own});
    }
    has_mean = models.size() > 1;
  }

  std::vector<std::string> columns;
  std::vector<Group> groups;
  bool has_mean = false;  ///< over models

 private:
  template <typename Name>
  static std::vector<std::string> names_of(const std::vector<const ComparisonRow*>& rows,
                                           Name&& name) {
    std::vector<std::string> names;
    for (const ComparisonRow* row : rows) {
      if (std::find(names.begin(), names.end(), name(*row)) == names.end()) {
        names.push_back(name(*row));
      }
    }
    return names;
  }

  Group group_of(const std::vector<const ComparisonRow*>& own, const std::string& share) const {
    Group group{share, {}};
    for (const std::string& model : columns) {
      const auto run = std::find_if(own.begin(), own.end(), [&](const ComparisonRow* row) {
        return row->model == model && percent(row->sparsity) == share;
      });
      group.own.push_back(run == own.end() ? nullptr : *run);
    }
    return group;
  }
};

/// One table.
class Table {
 public:
  Table(const Comparison& comparison, BaselineScope scope, const Quantity& quantity)
      : comparison_(comparison), scope_(scope), quantity_(quantity), layout_(comparison, scope) {}

  /// Empty if the machine ran nothing of the scope.
  std::string text() const {
    if (layout_.groups.empty()) return "";
    std::string lines = heading() + rows_of(comparison_.own, comparison_.machine, "");
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
      lines += rows_of(of_baseline, label, terms(of_baseline));
    }
    return lines;
  }

 private:
  bool has_sparsities() const { return layout_.groups.size() > 1; }

  std::string heading() const {
    std::vector<std::string> cells{"", "terms"};
    if (has_sparsities()) cells.emplace_back("sparsity");
    cells.insert(cells.end(), layout_.columns.begin(), layout_.columns.end());
    if (layout_.has_mean) cells.emplace_back("geometric mean");
    const bool is_attention = scope_ == BaselineScope::kAttention;
    std::string text =
        fmt::format("{}: {}\n\n", is_attention ? "Attention only" : "Whole models", quantity_.name);
    text += line_of(cells) + "|";
    for (std::size_t i = 0; i < cells.size(); ++i) text += "---|";
    return text + "\n";
  }

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

  std::string rows_of(const std::vector<ComparisonRow>& rows, const std::string& label,
                      const std::string& terms) const {
    std::string lines;
    for (const Layout::Group& group : layout_.groups) {
      std::vector<std::string> cells{label, terms};
      if (has_sparsities()) cells.push_back(group.sparsity);
      std::vector<double> ratios;
      for (const ComparisonRow* own : group.own) {
        const ComparisonRow* row = own == nullptr ? nullptr : find(rows, *own);
        cells.push_back(row == nullptr ? "-"
                                       : fmt::format("{:.1f} ({:.2f})", *(row->*quantity_.number),
                                                     *(row->*quantity_.ratio)));
        if (row != nullptr) ratios.push_back(*(row->*quantity_.ratio));
      }
      const bool has_all = ratios.size() == group.own.size();
      if (layout_.has_mean) cells.push_back(has_all ? mean_of(ratios) : "-");
      lines += line_of(cells);
    }
    return lines;
  }

  /// What stands against a run of the machine, if that has both numbers.
  const ComparisonRow* find(const std::vector<ComparisonRow>& rows,
                            const ComparisonRow& own) const {
    const auto row = std::find_if(rows.begin(), rows.end(), [this, &own](const auto& each) {
      return each.scope == scope_ && each.model == own.model && each.sparsity == own.sparsity;
    });
    const bool has = row != rows.end() && (*row).*quantity_.number && (*row).*quantity_.ratio;
    return has ? &*row : nullptr;
  }

  static std::string mean_of(const std::vector<double>& ratios) {
    double sum = 0;
    for (const double ratio : ratios) sum += std::log(ratio);
    return fmt::format("{:.2f}", std::exp(sum / static_cast<double>(ratios.size())));
  }

  const Comparison& comparison_;
  const BaselineScope scope_;
  const Quantity quantity_;
  const Layout layout_;
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
