// SPDX-License-Identifier: Apache-2.0
#include "workloads/generator/row_lengths.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

std::uint32_t scaled_length(const RowDemand& head, double wanted, double scale) {
  // Bounded before the conversion: the product may exceed every integer.
  const double length = std::min(wanted * scale + 0.5, static_cast<double>(head.max_length));
  return std::max(static_cast<std::uint32_t>(length), head.min_length);
}

std::uint64_t total_at(const std::vector<RowDemand>& heads, double scale) {
  std::uint64_t total = 0;
  for (const RowDemand& head : heads) {
    std::uint32_t head_total = 0;
    for (const double wanted : head.wanted) head_total += scaled_length(head, wanted, scale);
    total += head_total;
  }
  return total;
}

/// A row whose lengths at the two ends of a bracket differ: those of all others are known.
struct OpenRow {
  const RowDemand* head;
  double wanted;
  std::uint32_t low;     ///< its length at the lower end
  std::uint32_t high;    ///< likewise
  std::uint32_t middle;  ///< likewise, in between
};

/// The rows of which the factors from `low` to `high` make different lengths. `settled` receives
/// what the others keep.
std::vector<OpenRow> open_rows(const std::vector<RowDemand>& heads, double low, double high,
                               std::uint64_t& settled) {
  std::vector<OpenRow> rows;
  for (const RowDemand& head : heads) {
    for (const double wanted : head.wanted) {
      const OpenRow row{&head, wanted, scaled_length(head, wanted, low),
                        scaled_length(head, wanted, high), 0};
      if (row.low == row.high) {
        settled += row.low;
      } else {
        rows.push_back(row);
      }
    }
  }
  return rows;
}

/// A factor that keeps at most `total` entries, and one just above it that keeps more (or as many).
std::pair<double, double> bracket_scale(const std::vector<RowDemand>& heads, std::uint64_t total) {
  double low = 0.0;
  double high = 1.0;
  while (total_at(heads, high) < total) {
    low = high;
    high *= 2.0;
  }
  std::uint64_t settled = 0;
  std::vector<OpenRow> open = open_rows(heads, low, high, settled);
  // 2^-40 separates all but rows whose steps coincide, and those are settled by the random choice.
  for (int step = 0; step < 40; ++step) {
    const double middle = 0.5 * (low + high);
    std::uint64_t kept = settled;
    for (OpenRow& row : open) {
      row.middle = scaled_length(*row.head, row.wanted, middle);
      kept += row.middle;
    }
    if (kept == total) return {middle, middle};
    const bool is_low = kept < total;
    (is_low ? low : high) = middle;
    std::erase_if(open, [&](OpenRow& row) {
      (is_low ? row.low : row.high) = row.middle;
      if (row.low == row.high) settled += row.low;
      return row.low == row.high;
    });
  }
  return {low, high};
}

}  // namespace

ScaledRows scale_row_lengths(const std::vector<RowDemand>& heads, std::uint64_t total,
                             Random& random) {
  std::uint64_t most = 0;
  for (const RowDemand& head : heads) most += head.wanted.size() * head.max_length;
  check(total_at(heads, 0.0) <= total && total <= most, "no row lengths have the wanted sum");
  const auto [low, high] = bracket_scale(heads, total);
  ScaledRows rows;
  rows.scale = low;
  std::vector<std::uint32_t*> growable;
  for (const RowDemand& head : heads) rows.lengths.emplace_back(head.wanted.size());
  std::uint64_t missing = total;
  for (std::size_t h = 0; h < heads.size(); ++h) {
    for (std::size_t row = 0; row < heads[h].wanted.size(); ++row) {
      const double wanted = heads[h].wanted[row];
      std::uint32_t& length = rows.lengths[h][row];
      length = scaled_length(heads[h], wanted, low);
      missing -= length;
      if (scaled_length(heads[h], wanted, high) > length) growable.push_back(&length);
    }
  }
  check(missing <= growable.size(), "rows to lengthen are missing");
  for (std::size_t i = 0; i < missing; ++i) {
    std::swap(growable[i], growable[i + random.uniform_below(growable.size() - i)]);
    ++*growable[i];
  }
  return rows;
}

}  // namespace vitcod
