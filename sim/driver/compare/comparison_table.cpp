// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/comparison_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vitcod {
namespace {

/// Three digits that count, and no more than need be.
std::string ratio(double value) {
  return value >= 100 ? fmt::format("{:.0f}", value)
                      : (value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value));
}

std::string sparsity(const std::optional<double>& share) {
  return share ? fmt::format("{:g} %", 100 * *share) : std::string("-");
}

std::string own_runs(const Comparison& comparison) {
  std::string text =
      fmt::format("{}, simulated\n  {:<22} {:<10}{:>9}{:>12}{:>12}\n", comparison.machine, "model",
                  "scope", "sparsity", "time us", "energy uJ");
  for (const ComparisonRow& row : comparison.own) {
    text += fmt::format("  {:<22} {:<10}{:>9}{:>12.2f}{:>12.1f}\n", row.model, name_of(row.scope),
                        sparsity(row.sparsity), *row.time_us, *row.energy_uj);
  }
  return text;
}

using Number = std::optional<double> ComparisonRow::*;

/// The number that a baseline has for one of the machine's runs.
std::string cell(const Comparison& comparison, const ComparisonMean& mean, const ComparisonRow& own,
                 Number number) {
  const auto row = std::find_if(
      comparison.rows.begin(), comparison.rows.end(),
      [&](const ComparisonRow& each) { return is_of(mean, each) && each.model == own.model; });
  const bool has = row != comparison.rows.end() && (*row).*number;
  return has ? ratio(*((*row).*number)) : std::string("-");
}

/// One line a baseline and sparsity, one column a model; only lines that have the number.
std::string ratios(const Comparison& comparison, BaselineScope scope, bool is_energy) {
  const Number number = is_energy ? &ComparisonRow::energy_ratio : &ComparisonRow::speedup;
  std::string lines;
  for (const ComparisonMean& mean : comparison.means) {
    const auto geometric = is_energy ? mean.geometric_energy_ratio : mean.geometric_speedup;
    const auto arithmetic = is_energy ? mean.arithmetic_energy_ratio : mean.arithmetic_speedup;
    if (mean.scope != scope || !geometric) continue;
    lines += fmt::format("  {:<48} {:<10}{:<11}{:>7}", mean.baseline, mean.kind,
                         name_of(mean.terms), sparsity(mean.sparsity));
    for (const ComparisonRow& own : comparison.own) {
      if (own.scope != scope || own.sparsity != mean.sparsity) continue;
      lines += fmt::format("  {} {}", own.model, cell(comparison, mean, own, number));
    }
    lines += fmt::format("  | geometric mean {}, mean {}\n", ratio(*geometric), ratio(*arithmetic));
  }
  if (lines.empty()) return lines;
  return fmt::format(
      "\n{}, {}\n{}",
      is_energy ? "energy of each baseline over the machine's" : "speed-up over each baseline",
      scope == BaselineScope::kAttention ? "attention only" : "whole models", lines);
}

/// What ratios of one source have in common.
std::string origin_of(const ComparisonRow& row) {
  return fmt::format("  {}, {}, {} sparsity, {}; {}\n", row.kind, name_of(row.scope),
                     row.sparsity ? sparsity(row.sparsity) : "no one", row.model, row.source);
}

std::string claims(const Comparison& comparison) {
  std::string text;
  std::string last;
  for (const ComparisonRow& row : comparison.claims) {
    const std::string origin = origin_of(row);
    if (origin != last) text += origin;
    last = origin;
    text += fmt::format("    {:<28}", row.baseline);
    if (row.speedup) text += fmt::format(" speed-up {}", ratio(*row.speedup));
    if (row.energy_ratio) text += fmt::format(" energy {}", ratio(*row.energy_ratio));
    text += "\n";
  }
  return text.empty() ? text : "\nratios that others state of such a machine\n" + text;
}

std::string whole_models(const Comparison& comparison) {
  std::string text;
  for (const ComparisonRow& row : comparison.whole) {
    text += fmt::format("  {:<48} {:<10}{:<12}{:>10.3f} ms  {}\n", row.baseline, row.kind,
                        row.model, *row.time_us * 1e-3, row.source);
  }
  return text.empty() ? text
                      : "\nwhole models, end to end: not to be set against attention\n" + text;
}

/// Each baseline once, with where its numbers are from.
std::string sources(const Comparison& comparison) {
  std::string text;
  std::set<std::string> known;
  for (const ComparisonRow& row : comparison.rows) {
    if (row.kind == "simulated" || !known.insert(row.baseline).second) continue;
    text += fmt::format("  {:<48} {}\n", row.baseline, row.source);
  }
  return text.empty() ? text : "\nwhere they are from\n" + text;
}

}  // namespace

std::string comparison_table(const Comparison& comparison) {
  std::string text = own_runs(comparison);
  for (const BaselineScope scope : {BaselineScope::kAttention, BaselineScope::kModel}) {
    text += ratios(comparison, scope, false) + ratios(comparison, scope, true);
  }
  text += sources(comparison) + claims(comparison) + whole_models(comparison);
  if (!comparison.notes.empty()) text += "\n";
  for (const std::string& note : comparison.notes) text += note + "\n";
  return text;
}

}  // namespace vitcod
