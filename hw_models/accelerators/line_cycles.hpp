// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "hw_models/mac_lines/line_statistics.hpp"
#include "sim/base/json.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// What all lines of a machine did, in line-cycles by reason: those of all units that the lines
/// work in, one after the other. A line that is in none of them is idle.
class LineCycles {
 public:
  void add(std::string_view reason, std::uint64_t line_cycles) {
    by_reason_[std::string(reason)] += line_cycles;
  }
  void add(const LineStatistics& lines);
  /// All cycles of a block in which `lines` lines work, but those in which it is idle.
  void add(const CycleAccount& account, std::uint64_t lines);
  /// So many of them have another reason. ModelError if there are not so many.
  void move(const std::string& from, std::string_view to, std::uint64_t line_cycles);
  std::uint64_t total() const;
  std::uint64_t of(const std::string& reason) const;
  /// An object of the sums by reason; "idle" is what is left of `all`.
  void write(std::uint64_t all, Json& json) const;

 private:
  std::map<std::string, std::uint64_t> by_reason_;
};

}  // namespace vitcod
