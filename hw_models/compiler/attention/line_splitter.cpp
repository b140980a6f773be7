// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/line_splitter.hpp"

#include <algorithm>
#include <limits>

#include "hw_models/denser_engine/denser_engine_cost.hpp"
#include "hw_models/sparser_engine/sparser_engine_cost.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

constexpr std::uint64_t kImpossible = std::numeric_limits<std::uint64_t>::max();

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

/// Fewest row steps in which a block of `columns` x `rows` is computed, by its lines: 1 to
/// `max_lines`.
std::vector<std::uint64_t> block_steps(std::uint32_t columns, std::uint32_t rows,
                                       std::uint32_t max_lines) {
  std::vector<std::uint64_t> passes{0};  // of a stripe, by its lines
  for (std::uint32_t lines = 1; lines <= std::min(columns, max_lines); ++lines) {
    passes.push_back(ceil_div(columns, lines));
  }
  std::vector<std::uint64_t> steps(max_lines + 1, std::uint64_t{columns} * rows);
  for (std::uint32_t stripes = 1; stripes <= std::min(rows, max_lines); ++stripes) {
    const std::uint64_t stripe_rows = ceil_div(rows, stripes);
    for (std::uint32_t lines = 1; lines <= std::min(columns, max_lines / stripes); ++lines) {
      std::uint64_t& fewest = steps[std::size_t{stripes} * lines];
      fewest = std::min(fewest, stripe_rows * passes[lines]);
    }
  }
  for (std::uint32_t lines = 1; lines <= max_lines; ++lines) {
    steps[lines] = std::min(steps[lines], steps[lines - 1]);
  }
  return steps;
}

/// Row steps that the slowest share needs, by the lines that are dealt out: 0 to `max_lines`. From
/// one line a head on, the slowest head always gets the fewest lines that make it faster; with
/// fewer lines than heads these take turns.
std::vector<std::uint64_t> steps_by_lines(const UnitWorkload& work, std::uint32_t max_lines) {
  struct Block {
    std::vector<std::uint64_t> steps;
    std::uint32_t lines = 1;
    std::uint64_t now() const { return steps[lines]; }
  };
  std::vector<std::uint64_t> steps(max_lines + 1, work.denser_columns() * work.num_rows);
  if (work.denser_heads.empty() || work.denser_heads.size() > max_lines) return steps;
  auto num_lines = static_cast<std::uint32_t>(work.denser_heads.size());
  const std::uint32_t most = max_lines - num_lines + 1;  // of one head
  std::vector<Block> blocks;
  for (const auto& head : work.denser_heads) {
    blocks.push_back(Block{block_steps(head.columns, work.num_rows, most)});
  }
  while (num_lines <= max_lines) {
    Block& slowest =
        *std::max_element(blocks.begin(), blocks.end(),
                          [](const Block& a, const Block& b) { return a.now() < b.now(); });
    const std::uint64_t now = slowest.now();
    do {
      steps[num_lines++] = now;
    } while (num_lines <= max_lines && slowest.steps[++slowest.lines] == now);
  }
  return steps;
}

/// Likewise if each stripe has a line for each column of its head: the slowest head always gets the
/// stripes that make it faster.
std::vector<std::uint64_t> single_pass_steps(const UnitWorkload& work, std::uint32_t max_lines) {
  struct Block {
    std::uint64_t columns;
    std::uint64_t steps;
    std::uint64_t stripes = 1;
  };
  std::vector<std::uint64_t> steps(max_lines + 1, kImpossible);
  std::vector<Block> blocks;
  std::uint64_t num_lines = work.denser_columns();
  for (const auto& head : work.denser_heads) blocks.push_back(Block{head.columns, work.num_rows});
  while (!blocks.empty() && num_lines <= max_lines) {
    Block& slowest =
        *std::max_element(blocks.begin(), blocks.end(),
                          [](const Block& a, const Block& b) { return a.steps < b.steps; });
    std::fill(steps.begin() + static_cast<std::ptrdiff_t>(num_lines), steps.end(), slowest.steps);
    if (slowest.steps <= 1) break;
    const std::uint64_t stripes = ceil_div(std::uint64_t{work.num_rows}, slowest.steps - 1);
    num_lines += (stripes - slowest.stripes) * slowest.columns;
    slowest.stripes = stripes;
    slowest.steps = ceil_div(std::uint64_t{work.num_rows}, stripes);
  }
  return steps;
}

/// The rows of a head's stripes take turns: all of them move with the window.
void share_out_in_turn(const UnitWorkload& work, const UnitWorkload::DenserHead& head,
                       std::uint64_t steps, std::vector<HeadShare>& shares) {
  const auto stripes = static_cast<std::uint32_t>(ceil_div(std::uint64_t{work.num_rows}, steps));
  for (std::uint32_t s = 0; s < stripes; ++s) {
    HeadShare share;
    share.head = head.head;
    share.first_row = s;
    share.num_rows = ceil_div(work.num_rows - s, stripes);
    share.lines = head.columns;
    share.stride = stripes;
    shares.push_back(share);
  }
}

std::vector<HeadShare> share_out(const UnitWorkload& work, std::uint32_t lines,
                                 std::uint64_t steps) {
  std::vector<HeadShare> shares;
  if (lines == 0) return shares;
  const bool take_turns = work.denser_heads.size() > lines;
  for (const auto& head : work.denser_heads) {
    if (work.single_pass) {
      share_out_in_turn(work, head, steps, shares);
      continue;
    }
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

/// Predicted cycles of both engines in one phase of a unit, by their lines.
class LineSplitter::Prediction {
 public:
  Prediction(const LineSplitter& splitter, const UnitWorkload& work, Phase phase)
      : splitter_(splitter), work_(work), phase_(phase) {
    if (phase != Phase::kSddmm) return;
    denser_steps_ =
        work.single_pass ? single_pass_steps(work, num_lines()) : steps_by_lines(work, num_lines());
  }

  /// With `denser_lines` of the lines for the denser engine.
  std::uint64_t cycles(std::uint32_t denser_lines) const {
    return std::max(denser(denser_lines), sparser(num_lines() - denser_lines));
  }

  /// More lines never slow an engine's prediction down, so the best split lies where the two
  /// engines' predictions cross; of the lines that the denser engine then has, it keeps those it
  /// needs.
  std::uint32_t best_denser_lines() const {
    const std::uint32_t crossing = fewest_lines(
        [this](std::uint32_t lines) { return denser(lines) <= sparser(num_lines() - lines); });
    std::uint64_t best = cycles(crossing);
    if (crossing > 0) best = std::min(best, cycles(crossing - 1));
    return fewest_lines([this, best](std::uint32_t lines) { return denser(lines) <= best; });
  }

  /// SDDMM only.
  std::vector<HeadShare> shares(std::uint32_t denser_lines) const {
    return share_out(work_, denser_lines, denser_steps_[denser_lines]);
  }

 private:
  std::uint32_t num_lines() const { return splitter_.lines_.lines; }

  std::uint64_t denser(std::uint32_t lines) const {
    if (work_.denser_heads.empty()) return 0;
    if (lines == 0) return kImpossible;
    if (phase_ == Phase::kSddmm) {
      if (denser_steps_[lines] == kImpossible) return kImpossible;
      return denser_sddmm_cycles(denser_steps_[lines], work_.query_features, splitter_.lines_);
    }
    const RowGroups groups = splitter_.groups_of(work_, lines);
    std::uint64_t cycles = 0;
    for (const auto& head : work_.denser_heads) {
      cycles += denser_spmm_cycles(head.columns, work_.num_rows, groups);
    }
    return cycles;
  }

  std::uint64_t sparser(std::uint32_t lines) const {
    if (work_.sparse_entries == 0) return 0;
    if (lines == 0) return kImpossible;
    if (phase_ == Phase::kSddmm) {
      return sparser_sddmm_cycles(work_.sparse_entries, work_.longest_segment, work_.query_features,
                                  lines, splitter_.lines_);
    }
    return sparser_spmm_cycles(work_.sparse_entries, work_.sparse_rows, work_.longest_row,
                               splitter_.groups_of(work_, lines));
  }

  template <typename Enough>
  std::uint32_t fewest_lines(Enough enough) const {
    std::uint32_t low = 0;
    std::uint32_t high = num_lines();
    while (low < high) {
      const std::uint32_t middle = low + (high - low) / 2;
      if (enough(middle)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  const LineSplitter& splitter_;
  const UnitWorkload& work_;
  const Phase phase_;
  std::vector<std::uint64_t> denser_steps_;  ///< SDDMM: by lines
};

RowGroups LineSplitter::groups_of(const UnitWorkload& work, std::uint32_t num_lines) const {
  return form_row_groups(num_lines, work.value_features, lines_, max_groups_);
}

LineSplit LineSplitter::split(const UnitWorkload& work, Phase phase) const {
  const Prediction prediction(*this, work, phase);
  LineSplit split;
  split.denser_lines = two_engines_ ? lines_.lines / 2 : 0;
  if (two_engines_ && dynamic_) split.denser_lines = prediction.best_denser_lines();
  split.predicted_cycles = prediction.cycles(split.denser_lines);
  split.sparser_lines = lines_.lines - split.denser_lines;
  if (phase == Phase::kSddmm) {
    split.shares = prediction.shares(split.denser_lines);
    return split;
  }
  if (split.denser_lines > 0) split.denser_groups = groups_of(work, split.denser_lines);
  if (split.sparser_lines > 0) split.sparser_groups = groups_of(work, split.sparser_lines);
  return split;
}

}  // namespace vitcod
