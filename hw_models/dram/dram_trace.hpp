// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace vitcod {

/// Requests to the memory alone, one burst each.
struct DramTrace {
  /// In one word, since a trace has millions. Of an address beyond 2^63 the highest bit moves one
  /// down: no memory is that large, so it wraps to the same place and is still seen to be beyond.
  struct Entry {
    Entry(std::uint64_t at, bool is_write)
        : address((at | (at >> 1U & kTop)) & ~(kTop << 1U)), write(is_write) {}
    std::uint64_t address : 63;
    bool write : 1;

   private:
    static constexpr std::uint64_t kTop = std::uint64_t{1} << 62U;
  };

  static_assert(sizeof(Entry) == sizeof(std::uint64_t));

  /// false, mode=stream: requests are offered in order, one a clock and channel, until refused.
  /// true, mode=dep: each is offered `gap` clocks after the last data beat of the one before.
  bool dependent = false;
  std::uint64_t gap = 0;  ///< DRAM clocks, up to 2^32
  std::vector<Entry> entries;
};

/// Parses the text form: one `R|W HEXADDR` a line; lines that begin with `#` are comments, in which
/// the words `mode=stream|dep` and `gap=G` are understood. Throws FileError with line and byte.
DramTrace parse_dram_trace(std::string_view text, std::string_view name);

/// As parse_dram_trace, from a file or a pipe, which need not fit into memory as text.
DramTrace read_dram_trace(const std::filesystem::path& path);

}  // namespace vitcod
