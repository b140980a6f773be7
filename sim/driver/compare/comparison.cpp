// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "sim/base/wording.hpp"
#include "sim/driver/compare/comparison_fits.hpp"

namespace vitcod {
namespace {

/// Areas and rates of multiplication that differ by less are the same.
constexpr double kSame = 0.01;

bool is_same(double a, double b) { return std::abs(a - b) <= kSame * std::max(a, b); }

ComparisonTerms terms_of(const ComparedRun& own, const ComparedRun& other) {
  const bool knows_macs = own.multipliers > 0 && other.multipliers > 0;
  if (knows_macs && is_same(own.multipliers, other.multipliers) &&
      is_same(own.clock_mhz, other.clock_mhz)) {
    return ComparisonTerms::kEqualMacs;
  }
  if (own.area_mm2 && other.area_mm2 && is_same(*own.area_mm2, *other.area_mm2)) {
    return ComparisonTerms::kEqualArea;
  }
  return ComparisonTerms::kPublished;
}

ComparisonRow simulated_row(const ComparedRun& own, const ComparedRun& other) {
  ComparisonRow row;
  row.baseline = other.machine;
  row.kind = "simulated";
  row.model = other.model;
  row.scope = other.scope;
  row.sparsity = other.sparsity;
  row.terms = terms_of(own, other);
  row.time_us = other.time_us;
  row.energy_uj = other.energy_uj;
  row.speedup = other.time_us / own.time_us;
  if (own.energy_uj > 0) row.energy_ratio = other.energy_uj / own.energy_uj;
  row.source = "simulated here";
  return row;
}

/// What a file's times are called: of one precision and number of threads.
std::string label_of(const BaselineFile& file, const BaselineTime& time) {
  std::string text = fmt::format("{}, {}", file.name, time.precision);
  if (time.threads) text += ", " + count_of(*time.threads, "thread");
  return text;
}

ComparisonRow file_row(const BaselineFile& file, const BaselineTime& time) {
  ComparisonRow row;
  row.baseline = label_of(file, time);
  row.kind = name_of(file.kind);
  row.model = time.model;
  row.sparsity = time.sparsity;
  row.scope = time.scope;
  row.time_us = time.time_us();
  row.energy_uj = time.energy_uj;
  row.source = fmt::format("{}; {}", file.platform.name, file.source);
  if (time.note) row.source += "; " + *time.note;
  return row;
}

bool same_word(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

/// Collects what files say of the compared machine's models.
class FileRows {
 public:
  FileRows(const std::vector<ComparedRun>& own, Comparison& comparison)
      : own_(own), comparison_(comparison) {}

  void add(const BaselineFile& file) {
    for (const BaselineTime& time : file.times) add_time(file, time);
    for (const BaselineSpeedup& speedup : file.speedups) add_claim(file, speedup);
  }

  void add_notes() const {
    if (num_other_models_ > 0) {
      comparison_.notes.push_back(fmt::format("left out: {} of models that are not compared here",
                                              count_of(num_other_models_, "time")));
    }
    if (num_other_claims_ > 0) {
      comparison_.notes.push_back(
          fmt::format("left out: {} between other machines, or of a machine's own features",
                      count_of(num_other_claims_, "published ratio")));
    }
    if (!comparison_.whole.empty()) {
      comparison_.notes.emplace_back(
          "left out: speed-ups against whole models, which are end to end; the simulated times are "
          "of attention alone (--scope model simulates whole models)");
    }
    add_missing();
  }

 private:
  void add_time(const BaselineFile& file, const BaselineTime& time) {
    bool is_model = false;
    bool is_scope = false;
    for (const ComparedRun& run : own_) {
      if (run.model != time.model) continue;
      is_model = true;
      is_scope = is_scope || run.scope == time.scope;
    }
    if (is_scope) {
      add_ratios(file, time);
    } else if (is_model && time.scope == BaselineScope::kModel) {
      comparison_.whole.push_back(file_row(file, time));
    } else {
      ++num_other_models_;
    }
  }

  /// The machine's runs that nothing measured stands against.
  void add_missing() const {
    std::string names;
    for (const ComparedRun& run : own_) {
      const auto is_measured = [&run](const ComparisonRow& row) {
        return row.kind == name_of(BaselineKind::kMeasured) && row.model == run.model &&
               row.scope == run.scope;
      };
      const bool has = std::any_of(comparison_.rows.begin(), comparison_.rows.end(), is_measured);
      const std::string name = fmt::format("{} ({})", run.model, name_of(run.scope));
      if (has || names.find(name) != std::string::npos) continue;
      names += (names.empty() ? "" : ", ") + name;
    }
    if (names.empty()) return;
    comparison_.notes.push_back("not measured: " + names +
                                "; vitcod-baseline makes a file of this host's CPU");
  }

  /// A time for each of the machine's runs of the model; one of another sparsity is none of theirs.
  void add_ratios(const BaselineFile& file, const BaselineTime& time) {
    for (const ComparedRun& run : own_) {
      if (run.model != time.model || run.scope != time.scope) continue;
      if (time.sparsity && *time.sparsity > 0 && !is_same(*time.sparsity, run.sparsity)) {
        ++num_other_models_;
        continue;
      }
      ComparisonRow row = file_row(file, time);
      row.sparsity = run.sparsity;
      row.speedup = *row.time_us / run.time_us;
      if (row.energy_uj && run.energy_uj > 0) row.energy_ratio = *row.energy_uj / run.energy_uj;
      comparison_.rows.push_back(std::move(row));
    }
  }

  void add_claim(const BaselineFile& file, const BaselineSpeedup& speedup) {
    if (!same_word(speedup.faster, own_.front().machine_kind)) {
      ++num_other_claims_;
      return;
    }
    ComparisonRow row;
    row.baseline = speedup.slower;
    row.kind = name_of(file.kind);
    row.model = speedup.model;
    row.sparsity = speedup.sparsity;
    row.scope = speedup.scope;
    row.speedup = speedup.speedup;
    row.energy_ratio = speedup.energy_ratio;
    row.source = file.source;
    if (speedup.note) row.source += "; " + *speedup.note;
    comparison_.claims.push_back(std::move(row));
  }

  const std::vector<ComparedRun>& own_;
  Comparison& comparison_;
  std::size_t num_other_models_ = 0;
  std::size_t num_other_claims_ = 0;
};

double arithmetic(const std::vector<double>& ratios) {
  double sum = 0;
  for (const double ratio : ratios) sum += ratio;
  return sum / static_cast<double>(ratios.size());
}

double geometric(const std::vector<double>& ratios) {
  double sum = 0;
  for (const double ratio : ratios) sum += std::log(ratio);
  return std::exp(sum / static_cast<double>(ratios.size()));
}

/// The mean of the rows of the first one's baseline, scope, sparsity and terms.
ComparisonMean mean_of(const ComparisonRow& first, const std::vector<ComparisonRow>& rows) {
  ComparisonMean mean;
  mean.baseline = first.baseline;
  mean.kind = first.kind;
  mean.scope = first.scope;
  mean.sparsity = *first.sparsity;
  mean.terms = first.terms;
  std::vector<double> speedups;
  std::vector<double> energies;
  for (const ComparisonRow& row : rows) {
    if (!is_of(mean, row)) continue;
    speedups.push_back(*row.speedup);
    if (row.energy_ratio) energies.push_back(*row.energy_ratio);
  }
  mean.num_models = speedups.size();
  mean.geometric_speedup = geometric(speedups);
  mean.arithmetic_speedup = arithmetic(speedups);
  if (energies.size() == speedups.size()) {
    mean.geometric_energy_ratio = geometric(energies);
    mean.arithmetic_energy_ratio = arithmetic(energies);
  }
  return mean;
}

std::vector<ComparisonMean> means_of(const std::vector<ComparisonRow>& rows) {
  std::vector<ComparisonMean> means;
  for (const ComparisonRow& row : rows) {
    const bool is_known = std::any_of(means.begin(), means.end(),
                                      [&row](const ComparisonMean& m) { return is_of(m, row); });
    if (!is_known) means.push_back(mean_of(row, rows));
  }
  return means;
}

}  // namespace

Comparison compare_runs(const std::vector<std::vector<ComparedRun>>& runs,
                        const std::vector<BaselineFile>& files) {
  Comparison comparison;
  const std::vector<ComparedRun>& own = runs.front();
  comparison.machine = own.front().machine;
  for (const ComparedRun& run : own) comparison.own.push_back(simulated_row(run, run));
  for (std::size_t m = 1; m < runs.size(); ++m) {
    for (std::size_t w = 0; w < own.size(); ++w) {
      comparison.rows.push_back(simulated_row(own[w], runs[m][w]));
      // Its own maps may be others: the rows of a mean are those of one workload of the machine's.
      comparison.rows.back().sparsity = own[w].sparsity;
    }
  }
  FileRows file_rows(own, comparison);
  for (const BaselineFile& file : files) file_rows.add(file);
  file_rows.add_notes();
  comparison.means = means_of(comparison.rows);
  comparison.fits = fits_of(comparison);
  return comparison;
}

bool is_of(const ComparisonMean& mean, const ComparisonRow& row) {
  return mean.baseline == row.baseline && mean.kind == row.kind && mean.scope == row.scope &&
         mean.sparsity == row.sparsity && mean.terms == row.terms;
}

const char* name_of(ComparisonTerms terms) {
  switch (terms) {
    case ComparisonTerms::kPublished:
      return "published";
    case ComparisonTerms::kEqualMacs:
      return "equal_macs";
    case ComparisonTerms::kEqualArea:
      return "equal_area";
  }
  return "";
}

}  // namespace vitcod
