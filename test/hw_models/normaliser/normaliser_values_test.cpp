// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "hw_models/dram/dram_contents.hpp"
#include "hw_models/score_unit/score_format.hpp"
#include "test/hw_models/normaliser/normaliser_bench.hpp"

namespace vitcod::test::normaliser_values_test {
namespace {

using Kind = NormaliserBench::Kind;
using Values = std::shared_ptr<const PartialValues>;

Values share(std::vector<std::int32_t> accumulators, std::uint32_t row_sum) {
  return std::make_shared<const PartialValues>(PartialValues{std::move(accumulators), row_sum});
}

std::vector<int> values_of(const Packet& packet) {
  std::vector<int> values;
  for (const std::uint8_t value : *packet.payload) {
    values.push_back(static_cast<std::int8_t>(value));
  }
  return values;
}

}  // namespace

TEST_CASE("values: exponents are merged, and rows divided by the sum of both row sums") {
  const TinyTrace trace({{{"xx", "xx"}, 1}, {{"xx", "xx"}, 1}}, 8, 2);
  // Head 1, query 1 alone: its output is the last row of the tensor.
  const WorkUnit unit = trace.tiny.unit(1, 1, 1, 1);
  RowExponents exponents;
  exponents.largest = {std::vector<std::int16_t>{-3}, std::vector<std::int16_t>{5}};
  NormaliserSetting setting;
  {  // one simulation after the other
    const NormaliserBench merge(trace, unit, Kind::kMergeExponents, setting, &exponents);
  }
  CHECK(exponents.merged == std::vector<std::int16_t>{5});
  setting.denser = {{2, 0, share({1000, -1000}, 60)}};
  setting.sparser = {{4, 0, share({550, -550}, 40)}};
  const NormaliserBench bench(trace, unit, Kind::kNormaliseRows, setting, &exponents);
  // 1550 / 100 = 15.5 and -15.5, rounded half up.
  const Packet& packet = bench.packets.arrivals[0].value;
  CHECK(values_of(packet) == std::vector<int>{16, -15});
  CHECK(packet.address == 3 * 4096 + 6);  // out is the fourth tensor
  CHECK(packet.bytes == 2);
  CHECK(packet.outputs == tiny_target().results_output);
}

TEST_CASE("values: the engines' exponents of one row, and of neither, are merged row by row") {
  // Only the sparser engine, only the denser one, both, none.
  const TinyTrace trace({{{"x", "x", "x", "."}, 0}}, 8, 2);
  RowExponents exponents;
  exponents.begin(0, 4);
  exponents.begin(1, 4);
  exponents.raise(1, 0, -7);
  exponents.raise(0, 1, 3);
  exponents.raise(0, 2, 4);
  exponents.raise(1, 2, 9);
  exponents.raise(1, 2, 8);  // does not lower it
  const NormaliserBench merge(trace, trace.tiny.whole(), Kind::kMergeExponents, {}, &exponents);
  CHECK(exponents.merged == std::vector<std::int16_t>{-7, 3, 9, kNoExponent});
}

TEST_CASE("values: each row lies in its place in its packet, in whatever order rows come") {
  // Two heads with rows 1 to 3 of 4 queries, packets of 2 rows: (1, 2) and (3) of each head. Row r
  // of the tile is divided to (r + 1, -r - 1); row 4 has no entries.
  const TinyTrace trace({{{"x", "x", "x", "x"}, 0}, {{"x", "x", ".", "x"}, 0}}, 8, 2);
  const WorkUnit unit = trace.tiny.unit(0, 2, 1, 3);
  NormaliserSetting setting;
  setting.rows_a_packet = 2;
  Cycle from = 2;
  for (const std::uint32_t row : {5U, 1U, 3U, 0U, 2U}) {
    const auto value = static_cast<std::int32_t>(row + 1);
    setting.sparser.push_back({from, row, share({value * 10, value * -10}, 10)});
    from += 2;
  }
  RowExponents exponents;
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const NormaliserBench bench(trace, unit, Kind::kNormaliseRows, setting, &exponents);
    DramContents dram;
    dram.add_area(3 * 4096, 16, {});
    for (const auto& arrival : bench.packets.arrivals) {
      CHECK(arrival.value.payload->size() == arrival.value.bytes);
      dram.write(arrival.value.address, *arrival.value.payload);
    }
    // Query 0 of each head is not of this tile.
    const std::vector<int> expected = {0, 0, 1, -1, 2, -2, 3, -3, 0, 0, 4, -4, 0, 0, 6, -6};
    std::vector<int> stored;
    for (const std::uint8_t value : dram.read(3 * 4096, 16)) {
      stored.push_back(static_cast<std::int8_t>(value));
    }
    CHECK(stored == expected);
  }
}

TEST_CASE("an order that the normaliser does not understand is refused") {
  struct Other final : Kernel {};
  SimBench bench;
  std::size_t countdown = 1;
  const Other kernel;
  Normaliser normaliser("normaliser", bench.clock, NormaliserSetting{}.config, nullptr,
                        bench.stats);
  Source<UnitOrder> order("order", bench, {{0, UnitOrder{&kernel}}});
  Source<PartialRow> denser("denser", bench, {});
  Source<PartialRow> sparser("sparser", bench, {});
  Sink<UnitDone> done("done", bench, countdown);
  Sink<Packet> packets("packets", bench, countdown);
  const auto order_link = connect(bench, order.out, normaliser.order_in);
  const auto denser_link = connect(bench, denser.out, normaliser.denser_in);
  const auto sparser_link = connect(bench, sparser.out, normaliser.sparser_in);
  const auto done_link = connect(bench, normaliser.done_out, done.in);
  Link<Packet> packet_link("packet_link", bench.clock);
  normaliser.packet_out(packet_link);
  packets.in(packet_link);
  CHECK_THROWS_WITH(bench.run(),
                    Catch::Contains("a unit got an order that it does not understand"));
}

}  // namespace vitcod::test::normaliser_values_test
