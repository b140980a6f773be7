// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/line_split.hpp"

#include <algorithm>
#include <limits>

namespace vitcod {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// The work of a unit in one phase, as its mask fixes it.
struct UnitWorkload {
  std::uint64_t num_rows = 0;           ///< of the tile
  std::vector<HeadShare> denser_heads;  ///< lines = number of denser columns
  std::uint64_t sparse_entries = 0;
  std::uint64_t sparse_rows = 0;  ///< (head, row) pairs with sparse entries
  std::uint64_t longest_row = 0;

  explicit UnitWorkload(const UnitContext& unit) : num_rows(unit.work.num_rows) {
    for (std::uint32_t head = 0; head < unit.work.num_heads; ++head) {
      const std::uint32_t columns = unit.work.num_denser(head);
      if (columns > 0) denser_heads.push_back(HeadShare{head, columns});
    }
    for (std::uint32_t row = 0; row < unit.work.total_rows(); ++row) {
      const std::uint64_t entries = unit.num_entries(row);
      sparse_entries += entries;
      sparse_rows += entries > 0 ? 1 : 0;
      longest_row = std::max(longest_row, entries);
    }
  }
};

/// Passes over its columns that the slowest head needs when `lines` lines are shared out.
std::uint64_t denser_passes(const std::vector<HeadShare>& heads, std::uint64_t lines) {
  std::uint64_t total = 0;
  for (const HeadShare& head : heads) total += head.lines;
  std::uint64_t passes = std::max<std::uint64_t>(1, ceil_div(total, lines));
  const auto lines_for = [&heads](std::uint64_t p) {
    std::uint64_t needed = 0;
    for (const HeadShare& head : heads) needed += ceil_div(head.lines, p);
    return needed;
  };
  if (heads.size() > lines) return total;  // heads take turns
  while (lines_for(passes) > lines) ++passes;
  return passes;
}

std::uint64_t sddmm_cycles(const UnitWorkload& work, std::uint64_t cycles_per_score,
                           std::uint64_t denser_lines, std::uint64_t sparser_lines) {
  std::uint64_t cycles = 0;
  if (!work.denser_heads.empty()) {
    if (denser_lines == 0) return std::numeric_limits<std::uint64_t>::max();
    cycles = denser_passes(work.denser_heads, denser_lines) * work.num_rows * cycles_per_score;
  }
  if (work.sparse_entries > 0) {
    if (sparser_lines == 0) return std::numeric_limits<std::uint64_t>::max();
    cycles = std::max(cycles, ceil_div(work.sparse_entries, sparser_lines) * cycles_per_score);
  }
  return cycles;
}

std::uint64_t denser_spmm_cycles(const UnitWorkload& work, const RowGroups& groups) {
  std::uint64_t cycles = 0;
  for (const HeadShare& head : work.denser_heads) {
    const std::uint64_t blocks = ceil_div(work.num_rows, groups.num_groups);
    const std::uint64_t block_cycles = std::uint64_t{head.lines} * groups.cycles_per_entry;
    cycles += std::max(work.num_rows, blocks * block_cycles);  // a row a cycle leaves
  }
  return cycles;
}

std::uint64_t sparser_spmm_cycles(const UnitWorkload& work, const RowGroups& groups) {
  const std::uint64_t entries = ceil_div(work.sparse_entries, groups.num_groups);
  return std::max({work.sparse_rows, entries * groups.cycles_per_entry,
                   work.longest_row * groups.cycles_per_entry});
}

std::uint64_t spmm_cycles(const UnitWorkload& work, const MacLinesConfig& lines,
                          std::uint32_t features, std::uint32_t max_groups,
                          std::uint32_t denser_lines, std::uint32_t sparser_lines) {
  std::uint64_t cycles = 0;
  if (!work.denser_heads.empty()) {
    if (denser_lines == 0) return std::numeric_limits<std::uint64_t>::max();
    cycles = denser_spmm_cycles(work, form_row_groups(denser_lines, features, lines, max_groups));
  }
  if (work.sparse_entries > 0) {
    if (sparser_lines == 0) return std::numeric_limits<std::uint64_t>::max();
    cycles = std::max(cycles, sparser_spmm_cycles(work, form_row_groups(sparser_lines, features,
                                                                        lines, max_groups)));
  }
  return cycles;
}

/// Lines for each head such that all need the same number of passes or fewer.
std::vector<HeadShare> share_out(std::vector<HeadShare> heads, std::uint32_t lines) {
  if (lines == 0 || heads.empty()) return {};
  std::stable_sort(heads.begin(), heads.end(),
                   [](const HeadShare& a, const HeadShare& b) { return a.lines > b.lines; });
  const std::uint64_t passes = heads.size() > lines ? std::numeric_limits<std::uint32_t>::max()
                                                    : denser_passes(heads, lines);
  for (HeadShare& head : heads) {
    head.lines = static_cast<std::uint32_t>(ceil_div(head.lines, passes));
  }
  return heads;
}

}  // namespace

LineSplit split_lines(const UnitContext& unit, Phase phase, const MacLinesConfig& lines,
                      bool dynamic, std::uint32_t max_groups) {
  const UnitWorkload work(unit);
  const AttentionLayer& layer = *unit.work.layer;
  const auto predict = [&](std::uint32_t denser) {
    if (phase == Phase::kSddmm) {
      return sddmm_cycles(work, line_passes(layer.query_features, lines), denser,
                          lines.lines - denser);
    }
    return spmm_cycles(work, lines, layer.value_features, max_groups, denser, lines.lines - denser);
  };
  LineSplit split;
  split.denser_lines = lines.lines / 2;
  if (!unit.work.polarized) split.denser_lines = 0;
  if (dynamic && unit.work.polarized) {
    std::uint64_t best = std::numeric_limits<std::uint64_t>::max();
    for (std::uint32_t denser = 0; denser <= lines.lines; ++denser) {
      const std::uint64_t cycles = predict(denser);
      if (cycles < best) {
        best = cycles;
        split.denser_lines = denser;
      }
    }
  }
  split.sparser_lines = lines.lines - split.denser_lines;
  split.shares = share_out(work.denser_heads, split.denser_lines);
  if (split.denser_lines > 0) {
    split.denser_groups =
        form_row_groups(split.denser_lines, layer.value_features, lines, max_groups);
  }
  if (split.sparser_lines > 0) {
    split.sparser_groups =
        form_row_groups(split.sparser_lines, layer.value_features, lines, max_groups);
  }
  return split;
}

}  // namespace vitcod
