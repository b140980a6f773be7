// SPDX-License-Identifier: Apache-2.0
#include "hw_models/score_array/score_array.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/accelerators/reference_packed.hpp"
#include "hw_models/score_array/score_array_parts.hpp"
#include "test/support/packed_tile.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::score_array_test {

// Two rows of two PEs, segments of four keys, whose K or V enters in a cycle, Q rows in 4 bytes a
// cycle, an exp a row and cycle with a latency of 3; Q, K and V of 8 features. Rows of PEs begin 2
// cycles after each other:
//   two sub-rows  products 8 + 2 + 1, exps 2 + 3, products with V 8 + 1 + 1     26 cycles
//   one sub-row   8 + 1, 5, 8 + 1                                              23 cycles
// The mask gives passes of two, one and one sub-rows, of rows 0 and 2.

namespace {

using Cycles = std::vector<Cycle>;

const Drawing kDrawing{"xxx..x", "......", ".x.x.."};
constexpr RegionId kQuery{1};
constexpr RegionId kKey{2};
constexpr RegionId kValue{3};

ScoreArrayConfig config_of(bool overlapped = false) {
  return ScoreArrayConfig{2, 2, 4, 4, 32, 1, 3, overlapped, 64, 8, 5};
}

struct Setting {
  ScoreArrayConfig config = config_of();
  std::vector<Cycle> passes_from = {};  ///< absent: all in cycle 0, seen from 1 on
  Cycle rows_from = 0;
  std::size_t row_depth = 2;
  RunMode mode = {};
};

/// An array with an order for a tile in cycle 0, seen in 1.
struct Bench {
  Bench(std::shared_ptr<const AttentionTile> tile, const Setting& setting,
        EngineContents* contents = nullptr)
      : bench(setting.mode), unit("unit", bench.clock, setting.config, contents, bench.stats) {
    kernel.query = kQuery;
    kernel.key = kKey;
    kernel.value = kValue;
    countdown = 1;
    for (std::uint32_t row = 0; row < tile->total_rows(); ++row) {
      countdown += tile->has_sparse_entries(TileRow{row}) ? 1 : 0;
    }
    std::vector<Source<PackedPass>::Beat> offered;
    const PassShape shape = setting.config.shape();
    for (const PackingStep& step : pack(SegmentedMask(*tile, shape.segment_keys), shape, 1)) {
      const Cycle from =
          offered.size() < setting.passes_from.size() ? setting.passes_from[offered.size()] : 0;
      offered.push_back({from, step.pass});
    }
    kernel.tile = std::move(tile);
    passes = std::make_unique<Source<PackedPass>>("passes", bench, offered);
    order = std::make_unique<Source<UnitOrder>>(
        "order", bench, std::vector<Source<UnitOrder>::Beat>{{0, UnitOrder{&kernel}}});
    rows = std::make_unique<Sink<PartialRow>>("rows", bench, countdown, setting.rows_from);
    done = std::make_unique<Sink<UnitDone>>("done", bench, countdown);
    const auto in = connect(bench, order->out, unit.order_in);
    const auto pass_link = connect(bench, passes->out, unit.pass_in, 4);
    Link<PartialRow> row_link("row_link", bench.clock, setting.row_depth);
    Link<UnitDone> done_link("done_link", bench.clock);
    unit.row_out(row_link);
    rows->in(row_link);
    unit.done_out(done_link);
    done->in(done_link);
    bench.run();
  }
  Json statistics() {
    Json json;
    bench.stats.write(json);
    return json["unit"];
  }

  SimBench bench;
  ScoreArrayKernel kernel;
  std::size_t countdown = 0;
  ScoreArray unit;
  std::unique_ptr<Source<PackedPass>> passes;
  std::unique_ptr<Source<UnitOrder>> order;
  std::unique_ptr<Sink<PartialRow>> rows;
  std::unique_ptr<Sink<UnitDone>> done;
};

/// Q, K and V of a layer whose tensors they are, 0 to 2, from a narrow or a wide range.
class Operands {
 public:
  Operands(Random& random, const AttentionLayer& layer) {
    const auto spread = 1 + random.uniform_below(256);
    const auto draw = [&](std::uint32_t rows, std::uint32_t width) {
      std::vector<std::int8_t>& values = tensors_.emplace_back();
      for (std::uint32_t i = 0; i < layer.num_heads * rows * width; ++i) {
        values.push_back(static_cast<std::int8_t>(static_cast<int>(random.uniform_below(spread)) -
                                                  static_cast<int>(spread / 2)));
      }
    };
    draw(layer.num_queries, layer.query_features);
    draw(layer.num_keys, layer.query_features);
    draw(layer.num_keys, layer.value_features);
  }

  const std::vector<std::int8_t>& of(TensorId id) const {
    return tensors_[static_cast<std::size_t>(id)];
  }
  /// As the loads of a tile of all rows leave them.
  void fill(EngineContents& contents, const AttentionLayer& layer) const {
    const auto put = [](RowContents& rows, RegionId region, const std::vector<std::int8_t>& values,
                        std::uint32_t width) {
      const auto num_rows = static_cast<std::uint32_t>(values.size() / width);
      rows.make_room(region, num_rows, width);
      for (std::uint32_t row = 0; row < num_rows; ++row) {
        std::copy_n(&values[std::size_t{row} * width], width, rows.row(region, row));
      }
    };
    put(contents.query_value, kQuery, tensors_[0], layer.query_features);
    put(contents.key_score, kKey, tensors_[1], layer.query_features);
    put(contents.query_value, kValue, tensors_[2], layer.value_features);
  }

 private:
  std::vector<std::vector<std::int8_t>> tensors_;
};

}  // namespace

TEST_CASE("an array takes pass after pass, then its rows leave") {
  const TinyLayer tiny({{kDrawing, 0}}, 8, 8);
  const auto tile = packed_tile(tiny);
  for (const RunMode& mode : all_run_modes()) {
    Setting setting;
    setting.mode = mode;
    // The first K in 1; 26 + 23 + 23 cycles from 2 on; the rows in 74 and 75.
    Bench bench(tile, setting);
    CHECK(bench.rows->cycles() == Cycles{75, 76});
    CHECK(bench.done->cycles() == Cycles{76});
    const Json statistics = bench.statistics();
    CHECK(statistics["cycles"]["sddmm"] == 11 + 9 + 9);
    CHECK(statistics["cycles"]["loading"] == 1);
    CHECK(statistics["cycles"]["exp"] == 15);
    CHECK(statistics["cycles"]["spmm"] == 10 + 9 + 9);
    CHECK(statistics["cycles"]["drain"] == 2);
    CHECK(statistics["macs"] == 6 * 16);
    CHECK(statistics["places"] == 3 * 4);
    CHECK(statistics["query_bytes_read"] == 4 * 8);
    CHECK(statistics["key_bytes_read"] == (4 + 4 + 2) * 8);
    CHECK(statistics["accumulations"] == 4 * 8);
    // Half a row a cycle.
    setting.config.drain_features_per_cycle = 4;
    CHECK(Bench(tile, setting).rows->cycles() == Cycles{76, 78});
  }
}

TEST_CASE("with overlapped phases a pass ends with its first row") {
  const TinyLayer tiny({{kDrawing, 0}}, 8, 8);
  for (const RunMode& mode : all_run_modes()) {
    Setting setting;
    setting.mode = mode;
    setting.config = config_of(true);
    // 8 + 5 + 8 cycles a pass, and one more for the second PE of the last one.
    CHECK(Bench(packed_tile(tiny), setting).rows->cycles() == Cycles{67, 68});
  }
  // Two rows one cycle behind each other and one PE more: the sums of a pass whose tile ends with
  // an empty one are waited for. 21 cycles, 3 more; the empty pass lies in them.
  const TinyLayer ends_empty({{{"x...", "x...", "...."}, 0}}, 8, 8);
  Setting setting;
  setting.config = config_of(true);
  CHECK(Bench(packed_tile(ends_empty), setting).rows->cycles() == Cycles{27, 28});
  // Eight rows that enter 8 cycles after each other.
  ScoreArrayConfig slow = config_of(true);
  slow.query_bytes_per_cycle = 1;
  CHECK(cost_of(slow).pass(8, {8, 8, 4}).total() == 64);
  CHECK(cost_of(slow).pass(2, {8, 8, 4}).total() == 21);
  // K and V of a segment in 16 and 24 cycles.
  slow.segment_bytes_per_cycle = 2;
  CHECK(cost_of(slow).pass(2, {8, 12, 9}).total() == 24 + 5 + 16);
}

TEST_CASE("an array waits for passes and for room") {
  const TinyLayer tiny({{kDrawing, 0}}, 8, 8);
  for (const RunMode& mode : all_run_modes()) {
    Setting setting;
    setting.mode = mode;
    // The second pass is seen in 41 in place of 28 at the latest: 13 cycles later.
    setting.passes_from = {0, 40, 40};
    Bench late(packed_tile(tiny), setting);
    CHECK(late.rows->cycles() == Cycles{88, 89});
    CHECK(late.statistics()["cycles"]["wait_pass"] == 13);
    // The first row is taken in 100, so that there is room in 101.
    setting.passes_from = {};
    setting.rows_from = 100;
    setting.row_depth = 1;
    Bench blocked(packed_tile(tiny), setting);
    CHECK(blocked.rows->cycles() == Cycles{100, 102});
    CHECK(blocked.statistics()["cycles"]["wait_output"] == 101 - 75);
  }
}

TEST_CASE("a tile without kept entries takes a cycle behind the first K") {
  const TinyLayer tiny({{{"....", "...."}, 0}}, 8, 8);
  for (const RunMode& mode : all_run_modes()) {
    Setting setting;
    setting.mode = mode;
    const Bench bench(packed_tile(tiny), setting);
    CHECK(bench.done->cycles() == Cycles{3});
    CHECK(bench.rows->arrivals.empty());
  }
}

TEST_CASE("an array refuses a tile of more rows than it sums up") {
  const TinyLayer tiny({{kDrawing, 0}}, 8, 8);
  Setting setting;
  setting.config.accumulator_rows = 2;
  CHECK_THROWS_WITH(Bench(packed_tile(tiny), setting),
                    "unit in cycle 1: a tile has more rows than the array sums up");
}

TEST_CASE("rows are those of a plain computation, piece by piece") {
  Random random(6);
  for (int round = 0; round < 30; ++round) {
    const auto queries = static_cast<std::uint32_t>(1 + random.uniform_below(12));
    const auto keys = static_cast<std::uint32_t>(1 + random.uniform_below(70));
    const auto features = static_cast<std::uint32_t>(1 + random.uniform_below(40));
    const auto percent = static_cast<std::uint32_t>(random.uniform_below(101));
    TinyLayer tiny(
        {random_map(random, queries, keys, percent), random_map(random, queries, keys, percent)},
        {0, 0}, features, 5);
    tiny.layer.query = TensorId{0};
    tiny.layer.key = TensorId{1};
    tiny.layer.value = TensorId{2};
    const Operands operands(random, tiny.layer);
    EngineContents contents;
    operands.fill(contents, tiny.layer);
    Setting setting;
    setting.config.segment_keys = static_cast<std::uint32_t>(1 + random.uniform_below(64));
    setting.config.columns = static_cast<std::uint32_t>(1 + random.uniform_below(17));
    setting.config.rows = static_cast<std::uint32_t>(1 + random.uniform_below(9));
    const Bench bench(packed_tile(tiny), setting, &contents);
    ValueFormats formats;
    formats.operand_fraction_bits = 5;
    formats.packed = PackedFormats{setting.config.segment_keys, setting.config.columns};
    OperandImage image({[&](TensorId id) { return operands.of(id); }, {}, {}});
    const auto expected = reference_packed_attention(tiny.layer, formats, image);
    for (const auto& arrival : bench.rows->arrivals) {
      const PartialValues& values = *arrival.value.values;
      for (std::size_t f = 0; f < 5; ++f) {
        CHECK(ScoreFormat::normalise(values.accumulators[f], values.row_sum) ==
              expected[std::size_t{arrival.value.row} * 5 + f]);
      }
    }
  }
}

TEST_CASE("an array is counted with its PEs, their choice of keys, and a bank of sums a feature") {
  ScoreArrayConfig config{64, 16, 64, 64, 64, 1, 8, false, 256, 64, 5};
  const PartList parts = parts_of(config, PoolBanks{59, 64});
  CHECK(parts.count(PartKind::kMultiplier) == 1024 * 64 + 64 * 22 * 20);
  // The choice alone: 63 multiplexers of 8 bits a PE.
  CHECK(parts.count(PartKind::kMultiplexer) > 1024 * 63 * 8);
  const MemoryNeed sums = *sum_memory_parts(config).memory;
  CHECK(sums.bytes == 256 * 64 * 4);
  CHECK(sums.banks == 64);
  CHECK(sums.ports == 2);
  CHECK(row_state_parts(config).memory->bytes == 256 * 6);
}

}  // namespace vitcod::test::score_array_test
