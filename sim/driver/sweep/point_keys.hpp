// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace vitcod {

/// The keys of a sweep's points, by index. They are held in an unnamed file, so that a million
/// points take no more memory than one.
class PointKeys {
 public:
  /// Throws FileError if there can be no temporary file.
  PointKeys();

  /// `ordinal`: of the point, in order of index and without gaps; in any order of calls. Throws
  /// FileError.
  void record(std::uint64_t ordinal, std::uint64_t index, const std::string& key);
  std::optional<std::string> find(std::uint64_t index) const;

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::unique_ptr<std::FILE, CloseFile> file_;
  std::uint64_t num_records_ = 0;
};

}  // namespace vitcod
