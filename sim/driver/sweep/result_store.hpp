// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "sim/driver/sweep/point_outcome.hpp"

namespace vitcod {

/// A result file that is not what was written: truncated, altered or misplaced.
class DamagedFile final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Outcomes of points, one file a point, found by the hash of all that the outcome depends on: the
/// same file is right for every sweep that has the point. Any number of processes may use the same
/// folder at the same time: a file appears whole, and who writes it does not matter.
class ResultStore {
 public:
  explicit ResultStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// FOLDER/k0k1/KEY.json: 256 folders keep each small for millions of points.
  std::filesystem::path file_of(const std::string& key) const;

  /// The outcome under `key`; nothing if there is no such file. Of the result only those of its
  /// members that `is_wanted` names: reading is what a table of many points costs, and half of a
  /// file is the configuration. Throws DamagedFile, and FileError if the file cannot be read.
  using IsWanted = std::function<bool(const std::string& member)>;
  std::optional<PointOutcome> load(const std::string& key, const IsWanted& is_wanted) const;

  /// As `load`, without the result document: tells at a fraction of the cost what is there.
  std::optional<PointOutcome> look_up(const std::string& key) const;

  /// Throws FileError.
  void save(const PointOutcome& outcome) const;

  /// Removes what processes that were killed left half written. Only while nobody else writes. What
  /// cannot be removed stays: no reader takes it for a result.
  void remove_leftovers() const noexcept;

 private:
  std::filesystem::path folder_;
};

/// True if the point might do better elsewhere or at another time: it failed by crash, time or
/// memory.
bool may_be_tried_again(const PointOutcome& outcome);

}  // namespace vitcod
