// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/program/region.hpp"
#include "hw_models/score_unit/score_format.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {

/// Rows of int8 values in a buffer, by region. What was never written is zero.
class RowContents {
 public:
  /// Room for `num_rows` rows of `features` elements, unless the region has it already.
  void make_room(RegionId region, std::uint32_t num_rows, std::uint32_t features) {
    auto [entry, is_new] = regions_.try_emplace(region);
    if (!is_new) return;
    entry->second.features = features;
    entry->second.values.assign(std::size_t{num_rows} * features, 0);
  }
  /// ModelError if the region holds nothing (any more).
  std::int8_t* row(RegionId region, std::uint32_t index) {
    const auto found = regions_.find(region);
    check(found != regions_.end(), "a buffer was read where it holds nothing");
    return found->second.values.data() + std::size_t{index} * found->second.features;
  }
  void free(RegionId region) { regions_.erase(region); }

 private:
  struct Rows {
    std::uint32_t features = 0;
    std::vector<std::int8_t> values;
  };
  std::unordered_map<RegionId, Rows> regions_;
};

/// What an engine's buffers hold when values are computed.
struct EngineContents {
  RowContents query_value;  ///< Q/V buffer
  RowContents key_score;    ///< K/S buffer: the K rows
  std::unordered_map<RegionId, std::vector<std::uint8_t>> index;

  void free(RegionId region) {
    query_value.free(region);
    key_score.free(region);
    index.erase(region);
  }
};

/// Registers with the largest exponent of each row of S, when values are computed. Each score unit
/// raises its own over all key tiles; the normaliser merges both and clears them.
struct RowExponents {
  std::array<std::vector<std::int16_t>, 2> largest;  ///< by engine
  std::vector<std::int16_t> merged;

  /// `continues`: what the rows have of key tiles before stays.
  void begin(std::size_t engine, std::uint32_t num_rows, bool continues = false) {
    if (continues && !largest[engine].empty()) return;
    largest[engine].assign(num_rows, kNoExponent);
  }
  void raise(std::size_t engine, std::uint32_t row, std::int16_t exponent) {
    std::int16_t& current = largest[engine][row];
    if (exponent > current) current = exponent;
  }
};

/// What the weights of a row are shifted against.
inline std::int32_t exponent_of_row(const AttentionTile& tile, const RowExponents& exponents,
                                    std::uint32_t row) {
  return tile.sigmoid_bias ? sigmoid_exponent(*tile.sigmoid_bias) : exponents.merged[row];
}

/// What an engine needs when values are computed; null if none are.
struct EngineValues {
  EngineContents* contents = nullptr;
  EngineContents* forwarding_contents = nullptr;  ///< of the engine that Q rows are forwarded from
  RowExponents* exponents = nullptr;

  bool are_computed() const { return contents != nullptr; }
};

/// S of one key tile of those whose scores an engine holds.
template <typename Scores>
Scores& scores_of_key_tile(std::vector<Scores>& scores, std::uint32_t key_tile) {
  if (scores.size() <= key_tile) scores.resize(key_tile + 1);
  return scores[key_tile];
}

/// Values of an engine's share of an output row.
struct PartialValues {
  std::vector<std::int32_t> accumulators;
  std::uint32_t row_sum = 0;
};

}  // namespace vitcod
