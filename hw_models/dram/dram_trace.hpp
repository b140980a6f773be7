// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace vitcod {

/// Requests to the memory alone, one burst each.
struct DramTrace {
  struct Entry {
    std::uint64_t address = 0;
    bool write = false;
  };

  /// false, mode=stream: requests are offered in order, one a clock and channel, until refused.
  /// true, mode=dep: each is offered `gap` clocks after the last data beat of the one before.
  bool dependent = false;
  std::uint64_t gap = 0;  ///< DRAM clocks, up to 2^32
  std::vector<Entry> entries;
};

/// Parses the text form: one `R|W HEXADDR` a line; lines that begin with `#` are comments, in which
/// the words `mode=stream|dep` and `gap=G` are understood. Throws FileError with line and byte.
DramTrace parse_dram_trace(std::string_view text, std::string_view name);

/// As parse_dram_trace, from a file.
DramTrace read_dram_trace(const std::filesystem::path& path);

}  // namespace vitcod
