// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "sim/driver/sweep/sweep_folder.hpp"

namespace vitcod {

/// The command line of `vitcod-sim sweep`.
struct SweepOptions {
  std::string file;
  std::string out_dir;
  std::string cache_dir;  ///< empty: results are kept in the output folder
  std::size_t jobs = 1;
  bool resume = false;
  std::optional<Share> share;
  std::string slurm_file;  ///< how to run it with Slurm; empty: on this host
};

/// The folder that the results of a sweep are kept in; made if it is missing.
std::filesystem::path results_folder(const SweepOptions& options, const SweepFolder& folder);

/// Prints the points of a sweep as CSV.
void list_points(const std::string& sweep_file);

/// Runs a sweep, or a share of one, on this host and writes its table. Prints the number of points
/// before, and a line about the run after. Throws InputError and Interrupted; points that fail are
/// part of the result.
void run_sweep(const SweepOptions& options);

}  // namespace vitcod
