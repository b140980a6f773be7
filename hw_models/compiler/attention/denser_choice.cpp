// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/denser_choice.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "hw_models/compiler/attention/planner.hpp"
#include "sim/base/errors.hpp"
#include "workloads/attention_map.hpp"

namespace vitcod {
namespace {

/// Shares of the query rows that a denser column keeps more than; 1: there is none. Neighbours are
/// at most a factor of 3/2 apart, so that what lies between two of them changes little.
constexpr std::array kShares{1.0,      3.0 / 4, 1.0 / 2,  3.0 / 8,  1.0 / 4,
                             3.0 / 16, 1.0 / 8, 3.0 / 32, 1.0 / 16, 3.0 / 64};

/// By head, the columns of an uncut map that keep more than `rows` rows.
std::vector<std::uint32_t> columns_above(const PolarizedMap& map, double rows) {
  std::vector<std::uint32_t> num_denser;
  for (const PolarizedHead& head : map.heads) {
    std::uint32_t column = 0;
    while (column < map.num_keys &&
           head.sparser.col_ptr[column + 1] - head.sparser.col_ptr[column] > rows) {
      ++column;
    }
    num_denser.push_back(column);
  }
  return num_denser;
}

double predicted_end(const AttentionLayer& layer, const PlanLimits& limits,
                     const LineSplitter& splitter) {
  ProgramSearch search(limits.empty_schedule());
  search.add(candidates_of(candidate_plans(layer, limits, splitter), limits));
  return search.best().end;
}

}  // namespace

std::shared_ptr<const PolarizedMap> choose_denser_columns(const AttentionLayer& layer,
                                                          const PlanLimits& limits,
                                                          const LineSplitter& splitter) {
  const PolarizedMap& uncut = *layer.map;
  std::shared_ptr<const PolarizedMap> best;
  double least = 0.0;
  std::optional<InputError> refusal;
  std::vector<std::uint32_t> last(uncut.heads.size(), uncut.num_keys + 1);
  for (const double share : kShares) {
    std::vector<std::uint32_t> num_denser = columns_above(uncut, share * uncut.num_queries);
    if (num_denser == last) continue;
    const auto map = std::make_shared<const PolarizedMap>(cut(uncut, num_denser));
    last = std::move(num_denser);
    AttentionLayer tried = layer;
    tried.map = map.get();
    try {
      const double end = predicted_end(tried, limits, splitter);
      if (best != nullptr && end >= least) continue;
      best = map;
      least = end;
    } catch (const InputError& error) {
      // One cut may fit where another does not.
      if (!refusal) refusal = error;
    }
  }
  if (best == nullptr) throw InputError(*refusal);
  return best;
}

}  // namespace vitcod
