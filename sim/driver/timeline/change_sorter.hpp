// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "sim/base/scratch_file.hpp"
#include "sim/kernel/clock.hpp"

namespace vitcod {

/// From `tick` on, a track has another value.
struct Change {
  Tick tick = 0;
  std::uint32_t track = 0;
  std::uint32_t value = 0;
};

/// Takes changes in any order and gives them in the order of time, in bounded memory: those that
/// fit there are sorted and set aside in a file, and in the end its pieces are merged.
class ChangeSorter {
 public:
  using Visit = std::function<void(const Change&)>;

  /// `file`: what the changes are for (see ScratchFile). `capacity`: changes in memory, at least 1.
  ChangeSorter(std::filesystem::path file, std::size_t capacity);

  /// Throws FileError if what does not fit in memory cannot be set aside.
  void add(const Change& change);
  /// Calls `visit` with all changes by tick, those of a tick by track. Can be called again; nothing
  /// is added afterwards. Throws FileError.
  void for_each(const Visit& visit);

 private:
  void set_aside();
  void merge(const Visit& visit) const;

  const std::filesystem::path file_;
  const std::size_t capacity_;
  std::vector<Change> changes_;           ///< not set aside
  std::optional<ScratchFile> scratch_;    ///< none: all changes fit in memory
  std::vector<std::uint64_t> piece_end_;  ///< of the pieces in `scratch_`, in changes
};

}  // namespace vitcod
