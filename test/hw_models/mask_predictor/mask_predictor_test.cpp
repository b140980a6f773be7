// SPDX-License-Identifier: Apache-2.0
#include "hw_models/mask_predictor/mask_predictor.hpp"

#include <catch2/catch.hpp>

#include "hw_models/mask_predictor/mask_predictor_parts.hpp"
#include "hw_models/mask_predictor/predicted_row.hpp"
#include "test/support/packed_tile.hpp"
#include "test/support/packet_bench.hpp"
#include "workloads/mask_prediction.hpp"

namespace vitcod::test::mask_predictor_test {
namespace {

using Cycles = std::vector<Cycle>;

constexpr RegionId kQuery{1};
constexpr RegionId kKey{2};

/// Q and K of all heads of a layer, and the masks that are predicted from them.
struct Predicted {
  Predicted(Random& random, std::uint32_t heads, std::uint32_t queries, std::uint32_t keys,
            std::uint32_t features, std::uint32_t least_share)
      : threshold(least_share) {
    const auto draw = [&](std::uint32_t rows, std::vector<std::int8_t>& values) {
      for (std::uint32_t i = 0; i < heads * rows * features; ++i) {
        values.push_back(static_cast<std::int8_t>(random.uniform_below(256)));
      }
    };
    draw(queries, q);
    draw(keys, k);
    std::vector<KeptMap> maps;
    for (std::size_t h = 0; h < heads; ++h) {
      const auto shares = predicted_shares(
          {std::span(q).subspan(h * queries * features, std::size_t{queries} * features),
           std::span(k).subspan(h * keys * features, std::size_t{keys} * features), features});
      maps.push_back(kept_by_threshold(shares, queries, keys, threshold));
    }
    tiny = std::make_unique<TinyLayer>(maps, std::vector<std::uint32_t>(heads, 0), features, 8);
  }
  /// Rows as a tile's loads leave them.
  void fill(EngineContents& contents, const AttentionTile& tile) const {
    const std::uint32_t features = tile.query_features;
    contents.query_value.make_room(kQuery, tile.total_rows(), features);
    contents.key_score.make_room(kKey, tile.num_heads * tile.num_keys(), features);
    for (std::uint32_t h = 0; h < tile.num_heads; ++h) {
      const std::uint32_t head = tile.first_head + h;
      for (std::uint32_t r = 0; r < tile.num_rows; ++r) {
        const std::size_t row = std::size_t{head} * tiny->map.num_queries + tile.first_row + r;
        std::copy_n(&q[row * features], features,
                    contents.query_value.row(kQuery, h * tile.num_rows + r));
      }
      for (std::uint32_t r = 0; r < tile.num_keys(); ++r) {
        const std::size_t row = std::size_t{head} * tile.num_keys() + r;
        std::copy_n(&k[row * features], features,
                    contents.key_score.row(kKey, h * tile.num_keys() + r));
      }
    }
  }

  std::uint32_t threshold;
  std::vector<std::int8_t> q, k;
  std::unique_ptr<TinyLayer> tiny;
};

/// A predictor with orders for tiles in cycle 0 and 1, the first one seen in 1.
struct Bench {
  Bench(const MaskPredictorConfig& config,
        const std::vector<std::shared_ptr<const AttentionTile>>& tiles, std::uint32_t threshold,
        EngineContents* contents, const RunMode& mode = {})
      : kernels(tiles.size()),
        bench(mode),
        countdown(tiles.size()),
        unit("unit", bench.clock, config, 4, contents, bench.stats) {
    std::vector<Source<UnitOrder>::Beat> orders;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
      kernels[i].tile = tiles[i];
      kernels[i].query = kQuery;
      kernels[i].key = kKey;
      kernels[i].threshold = threshold;
      orders.push_back({i, UnitOrder{&kernels[i]}});
    }
    order = std::make_unique<Source<UnitOrder>>("order", bench, orders);
    done = std::make_unique<Sink<UnitDone>>("done", bench, countdown);
    const auto in = connect(bench, order->out, unit.order_in);
    const auto out = connect(bench, unit.done_out, done->in);
    bench.run();
  }

  std::vector<PredictKernel> kernels;
  SimBench bench;
  std::size_t countdown;
  MaskPredictor unit;
  std::unique_ptr<Source<UnitOrder>> order;
  std::unique_ptr<Sink<UnitDone>> done;
};

}  // namespace

TEST_CASE("a prediction takes the products of its blocks, and the comparisons of the last one") {
  // 3 queries, 5 keys, 4 features, in blocks of two queries and groups of two keys: 3 groups of 4
  // cycles a block. A word of the mask has 4 keys: the first block is compared in 4 + 2 cycles, the
  // second, of one query, in 4 + 1. 12 + 12, one more column, a latency of 3, 5 to compare, one
  // last word to write: 34, the first of them 1.
  const TinyLayer tiny({{{"xxxxx", "xxxxx", "xxxxx"}, 0}}, 4, 4);
  const auto tile = packed_tile(tiny);
  for (const RunMode& mode : all_run_modes()) {
    CHECK(Bench({2, 2, 1, 1, 1, 3, 8}, {tile}, 1, nullptr, mode).done->cycles() == Cycles{35});
    CHECK(Bench({2, 2, 1, 1, 1, 3, 8}, {tile, tile}, 1, nullptr, mode).done->cycles() ==
          Cycles{35, 69});
    // All 5 keys at a time: their exps take 5 cycles, the operands of a block 7 and 6.
    CHECK(Bench({2, 5, 1, 1, 1, 3, 8}, {tile}, 1, nullptr, mode).done->cycles() ==
          Cycles{1 + 7 + 6 + 4 + 3 + 5 + 1});
    // Blocks of one query, 5 operands and 5 exps a cycle: 4 cycles a block for the products, 5 to
    // compare, which the second and the third block wait for.
    CHECK(Bench({1, 5, 5, 5, 1, 3, 8}, {tile}, 1, nullptr, mode).done->cycles() ==
          Cycles{1 + 4 + 5 + 5 + 4 + 3 + 5 + 1});
  }
}

TEST_CASE("heads of a tile follow each other without a gap") {
  const PredictorCost cost{{2, 2, 1, 1, 1, 3, 8}};
  // Four more blocks of 12 cycles for two heads more.
  CHECK(cost.cycles({3, 3, 5, 4, 4}) == 34 + 48);
  // 7 rows enter in a cycle each; of 65 features in two.
  CHECK(cost.score_cycles(2, {1, 2, 5, 65, 4}) == 3 * 65);
  CHECK(PredictorCost{{2, 8, 1, 8, 1, 3, 8}}.score_cycles(2, {1, 2, 5, 2, 4}) == 7);
}

TEST_CASE("a row is predicted as the trace's masks are, at every threshold") {
  Random random(11);
  for (int round = 0; round < 60; ++round) {
    const auto features = static_cast<std::uint32_t>(1 + random.uniform_below(70));
    const auto keys = static_cast<std::uint32_t>(1 + random.uniform_below(40));
    std::vector<std::int8_t> q(features), k(std::size_t{keys} * features);
    const auto spread = 1 + random.uniform_below(256);
    const auto value = [&] {
      return static_cast<std::int8_t>(static_cast<int>(random.uniform_below(spread)) -
                                      static_cast<int>(spread / 2));
    };
    for (auto& x : q) x = value();
    for (auto& x : k) x = value();
    const ScoreFormat format(features, kPredictedFractionBits);
    PredictedRow row(format);
    for (std::uint32_t j = 0; j < keys; ++j) {
      std::int32_t product = 0;
      for (std::uint32_t f = 0; f < features; ++f) {
        product += four_bits(q[f]) * four_bits(k[j * features + f]);
      }
      row.add(product);
    }
    const std::vector<std::uint32_t> shares = predicted_shares({q, k, features});
    for (const std::uint32_t share : shares) {
      for (const std::uint32_t threshold : {share, share + 1, std::max(share, 1U) - 1}) {
        const std::vector<bool> kept = row.kept(threshold);
        for (std::uint32_t j = 0; j < keys; ++j) CHECK(kept[j] == (shares[j] >= threshold));
      }
    }
  }
}

TEST_CASE("operands of 4 bits are sixteenths, rounded half up, of seven steps either way") {
  CHECK(four_bits(0) == 0);
  CHECK(four_bits(7) == 0);
  CHECK(four_bits(8) == 1);
  CHECK(four_bits(-8) == 0);
  CHECK(four_bits(-9) == -1);
  CHECK(four_bits(127) == 7);
  CHECK(four_bits(-128) == -7);
}

TEST_CASE("a predictor finds the masks of all its tiles, and notices a map that differs") {
  Random random(12);
  for (int round = 0; round < 10; ++round) {
    const auto queries = static_cast<std::uint32_t>(2 + random.uniform_below(9));
    const auto keys = static_cast<std::uint32_t>(1 + random.uniform_below(20));
    const auto threshold = static_cast<std::uint32_t>(1 + random.uniform_below(9000));
    Predicted predicted(random, 3, queries, keys, 6, threshold);
    const auto tile = packed_tile(*predicted.tiny, 1, 2, 1, queries - 1);
    EngineContents contents;
    predicted.fill(contents, *tile);
    const MaskPredictorConfig config{2, 2, 1, 1, 1, 3, 32};
    CHECK(Bench(config, {tile}, threshold, &contents).unit.macs_done() ==
          std::uint64_t{2} * (queries - 1) * keys * 6);
    // The same without values: as long.
    CHECK(Bench(config, {tile}, threshold, &contents).done->cycles() ==
          Bench(config, {tile}, threshold, nullptr).done->cycles());
    // A threshold that keeps nothing.
    bool keeps = false;
    for (std::uint32_t row = 0; row < tile->total_rows(); ++row) {
      keeps = keeps || tile->has_sparse_entries(TileRow{row});
    }
    if (!keeps) continue;
    CHECK_THROWS_WITH(Bench(config, {tile}, 65537, &contents),
                      "unit in cycle 1: the mask that is predicted differs from the trace's");
  }
}

TEST_CASE("a predictor refuses rows of more keys than it holds") {
  const TinyLayer tiny({{{"xxxxx"}, 0}}, 4, 4);
  CHECK_THROWS_WITH(Bench({2, 2, 1, 1, 1, 3, 4}, {packed_tile(tiny)}, 1, nullptr),
                    "unit in cycle 1: a row has more keys than the predictor holds exps of");
}

TEST_CASE("a predictor's multipliers have 4 bits, and its exps a bank a row") {
  const MaskPredictorConfig config{64, 16, 1, 1, 1, 8, 256};
  CHECK(parts_of(config, 64, PoolBanks{59, 64}).count(PartKind::kMultiplier) ==
        64 * 16 * 16 + 64 * 14 * 20 + (16 + 9) * 17);
  const MemoryNeed exps = *exp_memory_parts(config).memory;
  CHECK(exps.bytes == 64 * 256 * 2);
  CHECK(exps.banks == 64);
}

}  // namespace vitcod::test::mask_predictor_test
