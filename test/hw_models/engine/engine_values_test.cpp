// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>

#include "hw_models/index_buffer/index_format.hpp"
#include "test/support/engine_bench.hpp"

namespace vitcod::test::engine_values_test {

// Values of an engine, phase by phase: of one head of 3 queries, 4 keys and 2-wide rows. The raw
// scores are small, and the score format is taken as given (it has tests of its own).

namespace {

constexpr std::uint32_t kFeatures = 2;
using Rows = std::vector<std::array<std::int8_t, kFeatures>>;

const Drawing kDrawing = {"x.xx",  //
                          ".x.x",  //
                          "...."};
const Rows kQueries = {{3, -2}, {40, 5}, {7, 7}};
const Rows kKeys = {{10, -20}, {30, 4}, {-5, 6}, {8, 9}};
const Rows kValues = {{11, -3}, {20, 7}, {-100, 50}, {127, -128}};

constexpr RegionId kIndex{0};
constexpr RegionId kQuery{1};
constexpr RegionId kKey{2};
constexpr RegionId kValue{3};

void fill(RowContents& contents, RegionId region, const Rows& rows) {
  contents.make_room(region, static_cast<std::uint32_t>(rows.size()), kFeatures);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    std::copy(rows[i].begin(), rows[i].end(), contents.row(region, i));
  }
}

/// An engine whose buffers hold the operands of the layer.
struct ValuesBench {
  explicit ValuesBench(std::uint32_t num_denser)
      : layer({{kDrawing, num_denser}}, kFeatures, kFeatures), tile(layer.tile()) {
    fill(contents.query_value, kQuery, kQueries);
    fill(contents.key_score, kKey, kKeys);
    fill(contents.query_value, kValue, kValues);
    contents.index[kIndex] = encode_index(*tile);
    EngineParts parts;
    if (num_denser > 0) parts.lines.lines = 2;
    engine.emplace(parts);
    engine->operands = {kIndex, kQuery, kKey, kValue, 0, engine->operands.banks};
    engine->values = EngineValues{&contents, nullptr, &exponents};
  }

  /// Merges the exponents as if this engine were alone.
  void merge(EngineId of) { exponents.merged = exponents.largest[index_of(of)]; }

  void run_sparser() {
    engine->length_of(engine->sparser_sddmm(tile));
    merge(EngineId::kSparser);
    engine->length_of(engine->sparser_spmm(tile));
  }
  void run_denser() {
    engine->length_of(engine->denser_sddmm(tile, {{0, 0, 3, 2}}));
    merge(EngineId::kDenser);
    engine->length_of(engine->denser_spmm(tile));
  }

  /// The rows that left, as "ROW: SUM of weights; weighted sums of V".
  std::vector<std::string> rows() const {
    std::vector<std::string> list;
    for (std::size_t i = 0; i < engine->rows.pushes.size(); ++i) {
      const PartialValues& values = *engine->rows.values[i];
      list.push_back(text(engine->rows.pushes[i].row, values.row_sum, values.accumulators));
    }
    std::sort(list.begin(), list.end());
    return list;
  }

  static std::string text(std::uint32_t row, std::uint32_t sum,
                          const std::vector<std::int32_t>& accumulators) {
    return Json{row, sum, accumulators}.dump();
  }

  EngineContents contents;
  RowExponents exponents;
  TinyLayer layer;
  std::shared_ptr<const AttentionTile> tile;
  std::optional<EngineBench> engine;
};

/// What rows are to be, of the kept entries of the keys [first, end), by plain loops.
std::vector<std::string> expected(std::uint32_t first, std::uint32_t end, bool empty_rows) {
  const ScoreFormat format(kFeatures, EngineParts{}.score_unit.operand_fraction_bits);
  std::vector<std::string> list;
  for (std::uint32_t q = 0; q < 3; ++q) {
    std::vector<std::pair<std::uint32_t, Score>> scores;
    std::int32_t largest = kNoExponent;
    for (std::uint32_t k = first; k < end; ++k) {
      if (kDrawing[q][k] != 'x') continue;
      const std::int32_t raw = kQueries[q][0] * kKeys[k][0] + kQueries[q][1] * kKeys[k][1];
      scores.emplace_back(k, format.score(raw));
      largest = std::max<std::int32_t>(largest, scores.back().second.exponent);
    }
    if (scores.empty() && !empty_rows) continue;
    std::uint32_t sum = 0;
    std::vector<std::int32_t> row(kFeatures, 0);
    for (const auto& [k, score] : scores) {
      const auto weight = static_cast<std::int32_t>(ScoreFormat::weight(score, largest));
      sum += static_cast<std::uint32_t>(weight);
      for (std::uint32_t f = 0; f < kFeatures; ++f) row[f] += weight * kValues[k][f];
    }
    list.push_back(ValuesBench::text(q, sum, row));
  }
  return list;
}

}  // namespace

TEST_CASE("the sparser engine's rows are the weighted sums of the kept keys' values") {
  ValuesBench bench(0);
  bench.run_sparser();
  CHECK(bench.rows() == expected(0, 4, false));
  ValuesBench beside(2);
  beside.run_sparser();
  CHECK(beside.rows() == expected(2, 4, false));
}

TEST_CASE("the denser engine's rows leave out the pruned entries of its block") {
  ValuesBench bench(2);
  bench.run_denser();
  CHECK(bench.rows() == expected(0, 2, true));
}

TEST_CASE("a row of an operand that is swapped, lost or doubled is seen in the rows") {
  const auto rows_with = [](const std::function<void(EngineContents&)>& plant) {
    ValuesBench bench(0);
    plant(bench.contents);
    bench.run_sparser();
    return bench.rows();
  };
  const std::vector<std::string> right = expected(0, 4, false);
  CHECK(rows_with([](EngineContents&) {}) == right);
  for (const RegionId region : {kQuery, kKey, kValue}) {
    const auto row = [region](EngineContents& contents, std::uint32_t index) {
      return (region == kKey ? contents.key_score : contents.query_value).row(region, index);
    };
    CHECK(rows_with([&](EngineContents& contents) {
            std::swap_ranges(row(contents, 0), row(contents, 0) + kFeatures, row(contents, 1));
          }) != right);
    CHECK(rows_with([&](EngineContents& contents) {
            std::fill_n(row(contents, 0), kFeatures, std::int8_t{0});
          }) != right);
    CHECK(rows_with([&](EngineContents& contents) {
            std::copy_n(row(contents, 0), kFeatures, row(contents, 1));
          }) != right);
  }
}

TEST_CASE("an operand that was given back too early is a broken invariant") {
  ValuesBench bench(0);
  bench.contents.free(kKey);
  CHECK_THROWS_AS(bench.run_sparser(), ModelError);
  ValuesBench denser(2);
  denser.contents.free(kValue);
  CHECK_THROWS_AS(denser.run_denser(), ModelError);
}

TEST_CASE("an index that is not the tile's is refused by the engine that walks it") {
  ValuesBench bench(0);
  bench.contents.index[kIndex].back() ^= 1;
  CHECK_THROWS_WITH(bench.run_sparser(), "the index buffer does not hold the tile's index");
}

TEST_CASE("Q rows of heads with denser columns come out of the denser engine's buffer") {
  ValuesBench bench(2);
  EngineParts parts;
  parts.forwarding = QueryForwardingConfig{2, 2};
  EngineContents denser;
  fill(denser.query_value, kQuery, kQueries);
  bench.contents.query_value.free(kQuery);
  bench.engine.emplace(parts);
  bench.engine->operands = {kIndex, kQuery, kKey, kValue, 0, bench.engine->operands.banks};
  bench.engine->values = EngineValues{&bench.contents, &denser, &bench.exponents};
  bench.run_sparser();
  CHECK(bench.rows() == expected(2, 4, false));
}

}  // namespace vitcod::test::engine_values_test
