// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "test/driver/command_line.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test {

/// A sweep file in a folder of its own, and runs of the executable on it.
class SweepBench {
 public:
  /// `members`: of the sweep file, besides "run", which is one layer of the default workload.
  explicit SweepBench(const std::string& members);

  /// Replaces the base run's maps and layers.
  void write_run(const std::string& maps, const std::string& layers) const;
  void write_sweep(const std::string& members) const;
  /// `vitcod-sim sweep SWEEP --out FOLDER/out ARGUMENTS`
  Outcome run(const std::string& out, const std::string& arguments = "",
              const std::string& before = "") const;
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  /// Outcomes of points in an output folder, also while a sweep runs.
  std::size_t num_results(const std::string& out) const;
  /// sweep.csv of an output folder.
  std::string table(const std::string& out) const;

 private:
  TempFolder folder_;
};

/// 5 x 5 x NUM points of some milliseconds each.
std::string small_axes(unsigned num_packet_sizes);

/// The settings of a workload that takes minutes to run, and whose maps take 120 MB: 48 heads of
/// 1600 x 1600 entries.
std::string large_workload();

/// The content of every file below a folder, by its path there.
std::map<std::string, std::string> files_below(const std::filesystem::path& folder);

}  // namespace vitcod::test
