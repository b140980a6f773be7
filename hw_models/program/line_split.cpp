// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/line_split.hpp"

#include <algorithm>
#include <limits>

namespace vitcod {
namespace {

constexpr std::uint64_t kImpossible = std::numeric_limits<std::uint64_t>::max();

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// How a denser block is laid on lines: `stripes` of rows, each with `lines` lines.
struct BlockShape {
  std::uint32_t stripes = 1;
  std::uint32_t lines = 1;
  std::uint64_t total() const { return std::uint64_t{stripes} * lines; }
};

/// The shape with the fewest lines that computes `columns` x `rows` in at most `steps` row steps;
/// the fewest stripes among equals, because each stripe reads Q and K of its own. In 32 bits: the
/// divisions are most of the planning.
BlockShape shape_for(std::uint32_t columns, std::uint32_t rows, std::uint64_t max_steps) {
  const auto ceil_div32 = [](std::uint32_t a, std::uint32_t b) { return (a - 1) / b + 1; };
  const auto steps = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(max_steps, std::numeric_limits<std::uint32_t>::max()));
  BlockShape best{rows, columns};
  std::uint32_t passes = 1;
  while (passes <= std::min(columns, steps)) {
    const BlockShape shape{ceil_div32(rows, steps / passes), ceil_div32(columns, passes)};
    const bool better = shape.total() < best.total() ||
                        (shape.total() == best.total() && shape.stripes < best.stripes);
    if (better) best = shape;
    if (shape.lines == 1) break;
    passes = ceil_div32(columns, shape.lines - 1);  // the next one that needs fewer lines
  }
  return best;
}

/// Do `lines` lines compute all denser blocks in at most `steps` row steps?
bool suffice(const UnitWorkload& work, std::uint64_t lines, std::uint64_t steps) {
  std::uint64_t needed = 0;
  for (const auto& head : work.denser_heads) {
    needed += shape_for(head.columns, work.num_rows, steps).total();
    if (needed > lines) return false;
  }
  return true;
}

/// Does the slowest share need at most `steps` row steps when `lines` lines are dealt out?
bool denser_fits(const UnitWorkload& work, std::uint64_t lines, std::uint64_t steps) {
  const std::uint64_t all = work.denser_columns() * work.num_rows;
  if (steps >= all) return true;
  if (work.denser_heads.size() > lines) return false;  // heads take turns
  return steps >= ceil_div(all, lines) && suffice(work, lines, steps);
}

/// Row steps that the slowest share needs when `lines` lines are dealt out, one head or more a
/// line.
std::uint64_t denser_steps(const UnitWorkload& work, std::uint64_t lines) {
  const std::uint64_t all = work.denser_columns() * work.num_rows;
  if (work.denser_heads.size() > lines) return all;  // heads take turns
  std::uint64_t low = ceil_div(all, lines);          // the answer lies above, and seldom far
  std::uint64_t high = low;
  for (std::uint64_t stride = std::max<std::uint64_t>(1, low / 16);
       high < all && !suffice(work, lines, high); stride *= 2) {
    low = high + 1;
    high = std::min(all, high + stride);
  }
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (suffice(work, lines, middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

std::vector<HeadShare> share_out(const UnitWorkload& work, std::uint32_t lines) {
  std::vector<HeadShare> shares;
  if (lines == 0 || work.denser_heads.empty()) return shares;
  const bool take_turns = work.denser_heads.size() > lines;
  const std::uint64_t steps = denser_steps(work, lines);
  for (const auto& head : work.denser_heads) {
    const BlockShape shape =
        take_turns ? BlockShape{} : shape_for(head.columns, work.num_rows, steps);
    for (std::uint64_t s = 0; s < shape.stripes; ++s) {
      HeadShare share;
      share.head = head.head;
      share.first_row = static_cast<std::uint32_t>(s * work.num_rows / shape.stripes);
      share.num_rows =
          static_cast<std::uint32_t>((s + 1) * work.num_rows / shape.stripes) - share.first_row;
      share.lines = shape.lines;
      shares.push_back(share);
    }
  }
  return shares;
}

}  // namespace

RowGroups LineSplitter::groups_of(const UnitWorkload& work, std::uint32_t num_lines) const {
  return form_row_groups(num_lines, work.value_features, lines_, max_groups_);
}

std::uint64_t LineSplitter::denser_cycles(const UnitWorkload& work, Phase phase,
                                          std::uint32_t lines) const {
  if (work.denser_heads.empty()) return 0;
  if (lines == 0) return kImpossible;
  if (phase == Phase::kSddmm) {
    return denser_steps(work, lines) * line_passes(work.query_features, lines_);
  }
  const RowGroups groups = groups_of(work, lines);
  std::uint64_t cycles = 0;
  for (const auto& head : work.denser_heads) {
    const std::uint64_t blocks = ceil_div(work.num_rows, groups.num_groups);
    const std::uint64_t multiply = blocks * head.columns * groups.cycles_per_entry;
    cycles += std::max<std::uint64_t>(work.num_rows, multiply);  // a row a cycle leaves
  }
  return cycles;
}

std::uint64_t LineSplitter::sparser_cycles(const UnitWorkload& work, Phase phase,
                                           std::uint32_t lines) const {
  if (work.sparse_entries == 0) return 0;
  if (lines == 0) return kImpossible;
  if (phase == Phase::kSddmm) {
    const std::uint64_t entries = ceil_div(work.sparse_entries, lines);
    return std::max(entries, work.longest_segment) * line_passes(work.query_features, lines_);
  }
  const RowGroups groups = groups_of(work, lines);
  const std::uint64_t entries = ceil_div(work.sparse_entries, groups.num_groups);
  return std::max(work.sparse_rows, std::max(entries, work.longest_row) * groups.cycles_per_entry);
}

std::uint64_t LineSplitter::predict(const UnitWorkload& work, Phase phase,
                                    std::uint32_t denser_lines) const {
  return std::max(denser_cycles(work, phase, denser_lines),
                  sparser_cycles(work, phase, lines_.lines - denser_lines));
}

bool LineSplitter::denser_done_in(const UnitWorkload& work, Phase phase, std::uint32_t lines,
                                  std::uint64_t cycles) const {
  if (phase == Phase::kSpmm || work.denser_heads.empty() || lines == 0) {
    return denser_cycles(work, phase, lines) <= cycles;
  }
  return denser_fits(work, lines, cycles / line_passes(work.query_features, lines_));
}

/// More lines never slow an engine's prediction down, so the best split lies where the two engines'
/// predictions cross; of the lines that the denser engine then has, it keeps those it needs.
std::uint32_t LineSplitter::best_denser_lines(const UnitWorkload& work, Phase phase) const {
  const auto smallest = [this](auto holds) {
    std::uint32_t low = 0;
    std::uint32_t high = lines_.lines;
    while (low < high) {
      const std::uint32_t middle = low + (high - low) / 2;
      if (holds(middle)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  };
  const std::uint32_t crossing = smallest([&](std::uint32_t denser) {
    return denser_done_in(work, phase, denser, sparser_cycles(work, phase, lines_.lines - denser));
  });
  std::uint64_t best = predict(work, phase, crossing);
  if (crossing > 0) best = std::min(best, predict(work, phase, crossing - 1));
  return smallest([&](std::uint32_t denser) { return denser_done_in(work, phase, denser, best); });
}

LineSplit LineSplitter::split(const UnitWorkload& work, Phase phase) const {
  LineSplit split;
  split.denser_lines = two_engines_ ? lines_.lines / 2 : 0;
  split.predicted_cycles = predict(work, phase, split.denser_lines);
  if (two_engines_ && dynamic_) {
    split.denser_lines = best_denser_lines(work, phase);
    split.predicted_cycles = predict(work, phase, split.denser_lines);
  }
  split.sparser_lines = lines_.lines - split.denser_lines;
  if (phase == Phase::kSddmm) {
    split.shares = share_out(work, split.denser_lines);
    return split;
  }
  if (split.denser_lines > 0) split.denser_groups = groups_of(work, split.denser_lines);
  if (split.sparser_lines > 0) split.sparser_groups = groups_of(work, split.sparser_lines);
  return split;
}

}  // namespace vitcod
