// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sim/baseline/baseline_file.hpp"

namespace vitcod {

/// One simulation of a comparison: a model, or its attention, on a machine.
struct ComparedRun {
  std::string machine;  ///< name of its file
  std::string machine_kind;
  std::string model;
  BaselineScope scope = BaselineScope::kAttention;
  double sparsity = 0;  ///< pruned share of the maps
  double time_us = 0;
  double energy_uj = 0;
  double multipliers = 0;  ///< MACs a cycle that the engines could do; 0: not known
  double clock_mhz = 0;
  std::optional<double> area_mm2;
};

/// On which terms a baseline is compared.
enum class ComparisonTerms {
  kPublished,  ///< as it is, or was published
  kEqualMacs,  ///< as many multipliers at the same clock
  kEqualArea,  ///< as much area, by the same count
};

/// One number of a comparison.
struct ComparisonRow {
  std::string baseline;
  std::string kind;  ///< "simulated", "measured", "published" or "modelled"
  std::string model;
  std::optional<double> sparsity;
  BaselineScope scope = BaselineScope::kAttention;
  ComparisonTerms terms = ComparisonTerms::kPublished;
  std::optional<double> time_us;
  std::optional<double> energy_uj;
  std::optional<double> speedup;       ///< of the compared machine over the baseline
  std::optional<double> energy_ratio;  ///< energy of the baseline over the compared machine's
  std::string source;
};

/// Over the models of one baseline at one scope and sparsity.
struct ComparisonMean {
  std::string baseline;
  std::string kind;
  BaselineScope scope = BaselineScope::kAttention;
  double sparsity = 0;
  ComparisonTerms terms = ComparisonTerms::kPublished;
  std::size_t num_models = 0;
  double geometric_speedup = 0;
  double arithmetic_speedup = 0;
  std::optional<double> geometric_energy_ratio;  ///< none unless all have an energy
  std::optional<double> arithmetic_energy_ratio;
};

/// The time of a simulated machine as a line over the kept share d of the maps: constant + slope d,
/// both in units of the compared machine's slope.
struct ComparisonFit {
  std::string machine;
  std::string model;
  BaselineScope scope = BaselineScope::kAttention;
  double constant = 0;
  double slope = 0;
};

struct Comparison {
  std::string machine;                ///< the one that is compared
  std::vector<ComparisonRow> own;     ///< its runs
  std::vector<ComparisonRow> rows;    ///< a baseline at a time, with ratios
  std::vector<ComparisonRow> claims;  ///< published ratios of machines of its kind
  std::vector<ComparisonRow> whole;   ///< whole models of which the machine ran attention alone
  std::vector<ComparisonMean> means;
  std::vector<ComparisonFit> fits;
  std::vector<std::string> notes;  ///< what was left out, for people
};

/// `runs`: of the compared machine first, then of each simulated baseline; each has the compared
/// machine's workloads in their order. A time is set against runs of its own scope: whole models
/// against whole models, attention against attention.
Comparison compare_runs(const std::vector<std::vector<ComparedRun>>& runs,
                        const std::vector<BaselineFile>& files);

/// Whether a row is one of those that a mean is over.
bool is_of(const ComparisonMean& mean, const ComparisonRow& row);

const char* name_of(ComparisonTerms terms);

}  // namespace vitcod
