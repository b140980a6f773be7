// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/json.hpp"

namespace vitcod {

/// A part of a sweep's points: every `count`-th, from `part`.
struct Share {
  std::uint64_t part = 0;
  std::uint64_t count = 1;

  bool has(std::uint64_t ordinal) const { return ordinal % count == part; }
};

/// Parses "I/N", 1 <= I <= N. Throws InputError.
Share parse_share(const std::string& text);

/// A file that is locked while this lives, by one process or by several that share it; the lock
/// goes when the process ends in whatever way.
class FileLock {
 public:
  enum class Kind { kAlone, kShared };
  /// Throws FileError with `refusal` if another process has the lock.
  FileLock(const std::filesystem::path& file, Kind kind, const std::string& refusal);
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~FileLock();

 private:
  int descriptor_ = -1;
};

/// The output folder of a sweep: locked, and about one sweep.
///
///   sweep.json             the sweep that the results are of
///   points/                a file a point (see ResultStore)
///   sweep.csv, sweep.jsonl the table, once all points have been run
///   lock*                  of the processes that work in it
class SweepFolder {
 public:
  /// Makes the folder if it is missing. A share of the points works beside others' shares and the
  /// one process that coordinates them; a whole sweep works alone. Throws FileError if the folder
  /// cannot be written or others work there.
  SweepFolder(const std::filesystem::path& path, const std::optional<Share>& share);
  enum class Use { kCoordinator };
  SweepFolder(const std::filesystem::path& path, Use use);

  /// Writes sweep.json. Throws InputError if the folder has results already and `resume` is not
  /// set. If they are of another sweep, says where that differs (results that are the same are used
  /// again); a share refuses then, as its points would not be those of the others.
  std::string begin(const Json& sweep, bool resume);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path points() const { return path_ / "points"; }

 private:
  void lock(const std::string& name, FileLock::Kind kind, const std::string& refusal);

  std::filesystem::path path_;
  bool is_share_;
  std::vector<FileLock> locks_;
};

}  // namespace vitcod
