// SPDX-License-Identifier: Apache-2.0
#include "hw_models/query_window/query_window.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/query_forwarding/query_forwarding.hpp"
#include "test/support/sim_bench.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test::query_window_test {
namespace {

/// One head of 6 rows with a denser column; a window of 2 rows of 16 bytes in `banks` banks.
struct Bench {
  explicit Bench(std::uint32_t banks = 2)
      : geometry{banks, 1, 16, 2, 0},
        buffer("buffer", bench.clock, geometry, bench.stats),
        forwarding("forwarding", bench.clock, {8, 0}, geometry, bench.stats),
        window(bench.clock, bench.stats),
        layer({{{"xx.", "x.x", "xx.", "x.x", "xx.", "x.x"}, 1}}, 16, 16) {
    buffer.begin(16, banks);
    WorkUnit unit = layer.whole();
    unit.query_window = 2;
    tile = tile_of(unit, true, true);
    forwarding.look_up_in(window);
  }
  QueryWindow::Passing passing(std::uint32_t region = 7) const {
    return {RegionId{region}, tile.get(), 2};
  }
  bool has_room(std::uint32_t last, Cycle now) {
    return window.has_room(passing(), TileHead{0}, HeadRow{last}, now);
  }
  void write(std::uint32_t row, Cycle at) {
    window.write(passing(), TileHead{0}, HeadRow{row}, at);
  }
  /// Rows come, are stored and are read by the denser engine, one in a cycle.
  void pass(std::uint32_t first, std::uint32_t end, Cycle now) {
    for (std::uint32_t row = first; row < end; ++row, ++now) {
      write(row, now);
      window.store_rows(now, buffer);
      window.note_read(TileHead{0}, HeadRow{row}, now + 1);
    }
  }
  Json finish(Cycle cycles) {
    forwarding.finish(cycles);
    buffer.finish(cycles);
    Json json;
    bench.stats.write(json);
    return json;
  }

  SimBench bench;
  const LocalBufferConfig geometry;
  LocalBuffer buffer;
  QueryForwarding forwarding;
  QueryWindow window;
  TinyLayer layer;
  std::shared_ptr<const AttentionTile> tile;
};

constexpr Cycle kRefused = 0;

}  // namespace

TEST_CASE("a row takes its bank when it comes, and can be read in the cycle after") {
  //   cycle    5        6        7
  //   bank 0   row 0
  //   bank 1            row 1
  Bench b;
  CHECK(b.has_room(1, 0));
  CHECK_FALSE(b.has_room(2, 0));
  b.write(0, 5);  // before the tile begins: it was loaded ahead
  b.window.begin(b.passing());
  b.write(1, 6);
  b.window.store_rows(4, b.buffer);
  b.window.store_rows(5, b.buffer);
  CHECK(b.buffer.request(5, 2) == kRefused);  // row 2 lies in the bank that is written
  CHECK_FALSE(b.window.is_there(TileHead{0}, HeadRow{0}, 5));
  CHECK(b.window.is_there(TileHead{0}, HeadRow{0}, 6));
  b.window.store_rows(6, b.buffer);
  CHECK_FALSE(b.window.is_there(TileHead{0}, HeadRow{1}, 6));
  CHECK(b.window.is_there(TileHead{0}, HeadRow{1}, 7));
}

TEST_CASE("the frame moves when the denser engine has read its first row, seen a cycle later") {
  Bench b;
  b.window.begin(b.passing());
  b.write(0, 1);
  b.write(1, 1);
  b.window.store_rows(1, b.buffer);
  b.window.note_read(TileHead{0}, HeadRow{1}, 2);  // a stripe ahead: row 0 keeps its place
  CHECK(b.window.covers(TileHead{0}, HeadRow{0}));
  CHECK_FALSE(b.window.covers(TileHead{0}, HeadRow{2}));
  CHECK_FALSE(b.has_room(2, 3));
  b.window.note_read(TileHead{0}, HeadRow{0}, 4);  // both rows are done with
  CHECK_FALSE(b.window.covers(TileHead{0}, HeadRow{1}));
  CHECK(b.window.covers(TileHead{0}, HeadRow{3}));
  CHECK_FALSE(b.has_room(2, 4));
  CHECK(b.has_room(3, 5));
  CHECK_FALSE(b.has_room(4, 5));
}

TEST_CASE("a row that a line waits for stays until it is given") {
  Bench b;
  b.window.begin(b.passing());
  b.write(0, 1);
  b.window.store_rows(1, b.buffer);
  b.window.hold(TileHead{0}, HeadRow{0});
  b.window.note_read(TileHead{0}, HeadRow{0}, 2);
  CHECK(b.window.covers(TileHead{0}, HeadRow{0}));
  b.window.release(TileHead{0}, HeadRow{0}, 3);
  CHECK_FALSE(b.window.covers(TileHead{0}, HeadRow{0}));
  CHECK(b.has_room(2, 4));
}

TEST_CASE("the last rows stay in the window, and the next tile begins with a frame of its own") {
  Bench b;
  b.window.begin(b.passing());
  b.pass(0, 6, 1);
  CHECK_FALSE(b.window.covers(TileHead{0}, HeadRow{3}));
  CHECK(b.window.covers(TileHead{0}, HeadRow{4}));
  CHECK(b.window.covers(TileHead{0}, HeadRow{5}));
  CHECK(b.window.has_room(b.passing(8), TileHead{0}, HeadRow{1}, 9));
  b.window.begin(b.passing(8));
  CHECK(b.window.covers(TileHead{0}, HeadRow{0}));
  CHECK_FALSE(b.window.is_there(TileHead{0}, HeadRow{0}, 100));
}

TEST_CASE("a write that finds its bank taken waits, and is counted") {
  Bench b(1);
  b.window.begin(b.passing());
  b.write(0, 1);
  b.write(1, 1);
  b.window.store_rows(1, b.buffer);
  b.window.store_rows(2, b.buffer);
  CHECK(b.window.is_there(TileHead{0}, HeadRow{0}, 2));
  CHECK_FALSE(b.window.is_there(TileHead{0}, HeadRow{1}, 2));
  CHECK(b.window.is_there(TileHead{0}, HeadRow{1}, 3));
  const Json json = b.finish(4);
  CHECK(json["query_window"]["rows"] == 2);
  CHECK(json["query_window"]["bytes_written"] == 32);
  CHECK(json["query_window"]["conflicts"] == 1);
}

TEST_CASE("a request is given from the frame once the row is there, or is missed for good") {
  //   cycle      4      5                6              7            8
  //   lines 0-2  ask    seen: 2 missed
  //   row 1      there  given
  //   row 2                              takes a bank   given
  Bench b;
  b.window.begin(b.passing());
  b.pass(0, 1, 1);
  b.write(1, 3);
  b.window.store_rows(3, b.buffer);
  b.forwarding.post(4, 0, {1, TileHead{0}, HeadRow{1}});
  b.forwarding.post(4, 1, {0, TileHead{0}, HeadRow{2}});
  b.forwarding.post(4, 2, {0, TileHead{0}, HeadRow{0}});
  b.window.store_rows(5, b.buffer);
  CHECK(b.forwarding.serve(5, b.buffer));
  const QueryForwarding::Missed* missed = b.forwarding.next_missed();
  REQUIRE(missed != nullptr);
  CHECK(missed->line == 2);
  CHECK(missed->row == HeadRow{0});
  b.forwarding.pop_missed();
  CHECK(b.forwarding.next_missed() == nullptr);
  b.write(2, 6);
  b.window.store_rows(6, b.buffer);
  CHECK(b.forwarding.serve(6, b.buffer));
  CHECK_FALSE(b.forwarding.serve(7, b.buffer));
  const auto first = b.forwarding.take_grant(8);
  CHECK((first->line == 0 && first->given == 5 && first->at == 6));
  const auto second = b.forwarding.take_grant(8);
  CHECK((second->line == 1 && second->given == 7 && second->at == 8));
  const Json json = b.finish(9);
  CHECK(json["forwarding"]["hits"] == 2);
  CHECK(json["forwarding"]["misses"] == 1);
}

TEST_CASE("a window that is written or read against its order ends the run") {
  using Catch::Matchers::Contains;
  Bench b;
  b.window.begin(b.passing());
  CHECK_THROWS_WITH(b.write(2, 1), Contains("a Q row came before its place is free"));
  CHECK_THROWS_WITH(b.window.note_read(TileHead{0}, HeadRow{0}, 1),
                    Contains("the denser engine read a Q row that is not in the window"));
  CHECK_THROWS_WITH(b.window.hold(TileHead{0}, HeadRow{2}),
                    Contains("a Q row is asked for that the window does not hold"));
  CHECK_THROWS_WITH(b.window.end(),
                    Contains("a tile has ended before all of its Q rows were read"));
}

}  // namespace vitcod::test::query_window_test
