// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/planner.hpp"

#include <catch2/catch.hpp>
#include <ctime>

#include "sim/base/errors.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test::planner_test {

// 8-wide heads, 8 queries and 8 keys, every entry kept. One head without denser columns:
//   Q, K, V 64 bytes each; S 64 x (2 + 1) = 192; output 64; index (9 + 9) x 2 + 64 = 100.
// One row of one head: Q 8, K 64; S 24 + output 8 = 32; index (9 + 2) x 2 + 8 = 30.

namespace {

constexpr std::uint32_t kPlenty = 1'000'000;

/// Memory in banks of a byte, and a score a word of S: nothing is rounded up.
HoldingRules bytes_handed_out(bool query_forwarding) {
  return {1, 1, 1, {2, 3}, {1, 1}, {kPlenty, kPlenty}, query_forwarding};
}

/// No buffer binds; operands come so fast that the phases alone count.
PlanLimits plenty() {
  PlanLimits limits;
  limits.input_bytes = kPlenty;
  limits.output_bytes = kPlenty;
  limits.index_bytes = kPlenty;
  limits.holding = bytes_handed_out(true);
  return limits;
}

std::unique_ptr<TinyLayer> full_layer(std::uint32_t num_heads, std::uint32_t num_denser,
                                      std::uint32_t compressed_heads = 0) {
  auto layer = std::make_unique<TinyLayer>(std::vector<KeptMap>(num_heads, KeptMap(8, 8, true)),
                                           std::vector<std::uint32_t>(num_heads, num_denser), 8, 8);
  layer->layer.compressed_heads = compressed_heads;
  return layer;
}

std::vector<WorkUnit> plan(const TinyLayer& layer, const PlanLimits& limits) {
  const LineSplitter splitter(MacLinesConfig{4, 8, 0, 0}, limits.two_engines, true, 100);
  return plan_layer(layer.layer, limits, splitter);
}

/// The units as "heads x rows", e.g. "0-3 x 0-7".
std::vector<std::string> cuts(const std::vector<WorkUnit>& units) {
  std::vector<std::string> list;
  const auto range = [](std::uint32_t first, std::uint32_t num) {
    return std::to_string(first) + "-" + std::to_string(first + num - 1);
  };
  list.reserve(units.size());
  for (const WorkUnit& unit : units) {
    list.push_back(range(unit.first_head, unit.num_heads) + " x " +
                   range(unit.first_row, unit.num_rows));
  }
  return list;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("a unit's footprint counts each byte it holds on chip") {
  const auto layer = full_layer(1, 0);
  const UnitFootprint whole = footprint(layer->whole(), bytes_handed_out(true));
  CHECK(whole.query == 64);
  CHECK(whole.key == 64);
  CHECK(whole.value == 64);
  CHECK(whole.scores == 192);
  CHECK(whole.output == 64);
  CHECK(whole.index == 100);
  const UnitFootprint row = footprint(layer->unit(0, 1, 5, 1), bytes_handed_out(true));
  CHECK(row.query == 8);
  CHECK(row.key == 64);
  CHECK(row.scores == 24);
  CHECK(row.output == 8);
  CHECK(row.index == 30);
}

TEST_CASE("denser columns take 2 bytes an entry, no CSC index and a mask bit") {
  // 2 of 8 columns: S 16 x 2 + 48 x 3; index (7 + 9) x 2 + 48 + 16 / 8.
  const auto layer = full_layer(1, 2);
  const UnitFootprint forwarded = footprint(layer->whole(), bytes_handed_out(true));
  CHECK(forwarded.scores == 32 + 144);
  CHECK(forwarded.index == 32 + 48 + 2);
  CHECK(forwarded.query == 64);
  // Without forwarding the sparser engine holds Q of its own.
  CHECK(footprint(layer->whole(), bytes_handed_out(false)).query == 64 + 64);
  // A head that is denser throughout has no sparser part at all.
  const auto denser = full_layer(1, 8);
  const UnitFootprint all = footprint(denser->whole(), bytes_handed_out(false));
  CHECK(all.query == 64);
  CHECK(all.index == 8);  // 64 mask bits
  CHECK(all.scores == 128);
  // One engine: all of it is sparse.
  CHECK(footprint(layer->whole(false), bytes_handed_out(true)).scores == 192);
  CHECK(footprint(layer->whole(false), bytes_handed_out(true)).index == 100);
}

TEST_CASE("a unit takes whole banks, and each engine's part banks of its own") {
  // Banks of 24 bytes hold three rows of 8. With 2 of 8 columns denser: Q 8 rows in the denser
  // engine, K and V 2 rows in the denser and 6 in the sparser one.
  const auto layer = full_layer(1, 2);
  const HoldingRules rules{24, 1, 50, {2, 3}, {1, 1}, {kPlenty, kPlenty}, true};
  const UnitFootprint bytes = footprint(layer->whole(), rules);
  CHECK(bytes.query == 3 * 24);
  CHECK(bytes.key == (1 + 2) * 24);
  CHECK(bytes.value == (1 + 2) * 24);
  CHECK(bytes.banks[0].query == 3);
  CHECK(bytes.banks[0].key == 1);
  CHECK(bytes.banks[1].key == 2);
  CHECK(bytes.scores == 50 + 150);  // 32 and 144 bytes
  CHECK(bytes.output == 100);       // 64
  // Rows wider than a bank lie side by side in several: 8 rows in two banks of 5 bytes each.
  const UnitFootprint narrow =
      footprint(layer->whole(), {5, 1, 1, {2, 3}, {1, 1}, {kPlenty, kPlenty}, true});
  CHECK(narrow.query == 8 * 2 * 5);
  CHECK(narrow.banks[0].query == 8);
}

TEST_CASE("a head that is pruned throughout holds and moves nothing") {
  const TinyLayer layer({KeptMap(8, 8, true), KeptMap(8, 8, false)}, {2, 0}, 8, 8);
  const UnitFootprint both = footprint(layer.whole(), bytes_handed_out(true));
  const UnitFootprint kept = footprint(layer.unit(0, 1, 0, 8), bytes_handed_out(true));
  CHECK(both.query == kept.query);
  CHECK(both.key == kept.key);
  CHECK(both.value == kept.value);
  const UnitFootprint pruned = footprint(layer.unit(1, 1, 0, 8), bytes_handed_out(true));
  CHECK(pruned.query + pruned.key + pruned.value == 0);
}

TEST_CASE("a layer that fits is one unit") {
  const auto layer = full_layer(4, 0);
  const auto units = plan(*layer, plenty());
  CHECK(cuts(units) == List{"0-3 x 0-7"});
  CHECK(units[0].loads_keys_values);
  CHECK(units[0].frees_keys_values);
  CHECK(units[0].is_first_load);
  CHECK(units[0].is_last_load);
  CHECK(units[0].workload.sparse_entries == 256);
  CHECK(units[0].split[0].sparser_lines == 4);
}

TEST_CASE("the input buffer must hold Q with K, or V: to the byte") {
  // Four heads: Q + K = 512. Two groups of two heads move each byte once; two tiles of all heads
  // would load K and V twice.
  const auto layer = full_layer(4, 0);
  PlanLimits limits = plenty();
  limits.input_bytes = 512;
  CHECK(cuts(plan(*layer, limits)) == List{"0-3 x 0-7"});
  limits.input_bytes = 511;
  CHECK(cuts(plan(*layer, limits)) == List{"0-1 x 0-7", "2-3 x 0-7"});
  limits.input_bytes = 255;  // two heads need 256
  CHECK(cuts(plan(*layer, limits)) == List{"0-0 x 0-7", "1-1 x 0-7", "2-2 x 0-7", "3-3 x 0-7"});
}

TEST_CASE("heads that do not divide evenly are spread over the groups") {
  // Five heads, room for three (Q + K = 128 a head): groups of 2 and 3.
  const auto layer = full_layer(5, 0);
  PlanLimits limits = plenty();
  limits.input_bytes = 3 * 128;
  CHECK(cuts(plan(*layer, limits)) == List{"0-1 x 0-7", "2-4 x 0-7"});
}

TEST_CASE("scores never leave the chip: rows are cut into tiles until they fit") {
  // One head: S + output = 256 for 8 rows, 32 a row.
  const auto layer = full_layer(1, 0);
  PlanLimits limits = plenty();
  limits.output_bytes = 256;
  CHECK(cuts(plan(*layer, limits)) == List{"0-0 x 0-7"});
  limits.output_bytes = 255;
  CHECK(cuts(plan(*layer, limits)) == List{"0-0 x 0-3", "0-0 x 4-7"});
  limits.output_bytes = 127;  // three rows at most: three tiles, not four
  CHECK(cuts(plan(*layer, limits)) == List{"0-0 x 0-1", "0-0 x 2-4", "0-0 x 5-7"});
  limits.output_bytes = 32;
  CHECK(plan(*layer, limits).size() == 8);
}

TEST_CASE("K and V stay for the next tile where Q, K and V fit together") {
  // Tiles of 4 rows: Q 32, K 64, V 64.
  const auto layer = full_layer(1, 0);
  PlanLimits limits = plenty();
  limits.output_bytes = 128;
  limits.input_bytes = 160;
  auto units = plan(*layer, limits);
  REQUIRE(units.size() == 2);
  CHECK(units[0].loads_keys_values);
  CHECK_FALSE(units[0].frees_keys_values);
  CHECK_FALSE(units[1].loads_keys_values);
  CHECK(units[1].frees_keys_values);
  limits.input_bytes = 159;
  units = plan(*layer, limits);
  REQUIRE(units.size() == 2);
  CHECK(units[0].frees_keys_values);
  CHECK(units[1].loads_keys_values);
}

TEST_CASE("more tiles than must be are taken where they gain time and cost no traffic") {
  // One head: index, K and Q take 228 cycles at a byte a cycle, V 64, each phase 16, results 64. In
  // two tiles the first rows leave earlier.
  const auto layer = full_layer(1, 0);
  PlanLimits limits = plenty();
  limits.path.dram.bytes_per_cycle = 1;
  limits.path.decoder.latency_cycles = 1;
  limits.prefetch_units = 1;
  CHECK(plan(*layer, limits).size() > 1);
  limits.input_bytes = 159;  // K, V and four rows of Q are 160: tiles would load K and V again
  CHECK(cuts(plan(*layer, limits)) == List{"0-0 x 0-7"});
  limits.input_bytes = kPlenty;
  limits.phases.engines[1].phase_cycles = 50;  // a unit more costs more than it gains
  CHECK(cuts(plan(*layer, limits)) == List{"0-0 x 0-7"});
}

TEST_CASE("compressed rows stay for the other head groups as far as there is room, K first") {
  // Four heads from two compressed ones: a token's row is 16 bytes. Two groups of two heads: Q + K
  // = 256, so that of 400 bytes 144 are left: nine rows, all eight of K and one of Q.
  // Groups of one head would keep everything, but four units cost more than two.
  const auto layer = full_layer(4, 0, 2);
  PlanLimits limits = plenty();
  limits.input_bytes = 400;
  limits.phases.engines[1].phase_cycles = 1;
  auto units = plan(*layer, limits);
  REQUIRE(cuts(units) == List{"0-1 x 0-7", "2-3 x 0-7"});
  for (const WorkUnit& unit : units) {
    CHECK(unit.resident_keys == 8);
    CHECK(unit.resident_queries == 1);
  }
  CHECK(units[0].is_first_load);
  CHECK_FALSE(units[0].is_last_load);
  CHECK_FALSE(units[1].is_first_load);
  CHECK(units[1].is_last_load);
  limits.input_bytes = 256 + 15;  // a byte short of one row
  units = plan(*layer, limits);
  CHECK(units[0].resident_keys == 0);
  limits.input_bytes = 400;
  // Units cost nothing: groups of one head move the fewest bytes.
  limits.phases.engines[1].phase_cycles = 0;
  units = plan(*layer, limits);
  CHECK(units.size() == 4);
  CHECK(units[0].resident_keys == 8);
  CHECK(units[0].resident_queries == 8);
  // A layer in one unit keeps nothing.
  CHECK(plan(*layer, plenty())[0].resident_keys == 0);
}

TEST_CASE("the faster cut is taken, by phases or by bytes") {
  // As above: two units of two heads move 624 bytes, four units of one head 512. A cycle a unit
  // speaks for two units, a slow DRAM for four.
  const auto layer = full_layer(4, 0, 2);
  PlanLimits limits = plenty();
  limits.input_bytes = 400;
  limits.phases.engines[1].phase_cycles = 1;
  CHECK(plan(*layer, limits).size() == 2);
  limits.path.dram.bytes_per_cycle = 0.5;
  CHECK(plan(*layer, limits).size() == 4);
}

TEST_CASE("a row that does not fit is an error that names the buffer and the bytes") {
  const auto layer = full_layer(2, 0);
  const auto error_of = [&](auto set) {
    PlanLimits limits = plenty();
    set(limits);
    try {
      plan(*layer, limits);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(error_of([](PlanLimits& l) { l.output_bytes = 32; }) == "no error");
  CHECK(error_of([](PlanLimits& l) { l.output_bytes = 31; }) ==
        "tiny: the output_buffer is too small: one row of one head needs 32 bytes there, 31 are "
        "available");
  CHECK(error_of([](PlanLimits& l) { l.index_bytes = 30; }) == "no error");
  CHECK(error_of([](PlanLimits& l) { l.index_bytes = 29; }) ==
        "tiny: the index_buffer is too small: one row of one head needs 30 bytes there, 29 are "
        "available");
  CHECK(error_of([](PlanLimits& l) { l.input_bytes = 72; }) == "no error");
  CHECK(error_of([](PlanLimits& l) { l.input_bytes = 71; }) ==
        "tiny: the input_buffer is too small: one row of one head needs 72 bytes there, 71 are "
        "available");
}

TEST_CASE("units of random cuts cover each head and row once and fit the buffers") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed, "planner");
    const auto below = [&](std::uint32_t n) {
      return static_cast<std::uint32_t>(random.uniform_below(n));
    };
    const std::uint32_t heads = 1 + below(6);
    const std::uint32_t queries = 1 + below(20);
    const std::uint32_t keys = 1 + below(20);
    std::vector<KeptMap> maps;
    std::vector<std::uint32_t> denser;
    for (std::uint32_t h = 0; h < heads; ++h) {
      maps.push_back(random_map(random, queries, keys, 1 + below(99)));
      denser.push_back(below(std::min(keys, 4U) + 1));
    }
    const TinyLayer layer(maps, denser, 1 + below(16), 1 + below(16));
    PlanLimits limits = plenty();
    limits.input_bytes = 1 + below(3000);
    limits.output_bytes = 1 + below(3000);
    limits.index_bytes = 1 + below(1500);
    limits.holding.query_forwarding = below(2) == 0;
    limits.holding.input_bank_bytes = 1 + below(64);
    limits.holding.output_bank_bytes = 1 + below(64);
    limits.two_engines = below(3) > 0;
    std::vector<WorkUnit> units;
    try {
      units = plan(layer, limits);
    } catch (const InputError&) {
      continue;
    }
    CAPTURE(seed);
    std::vector<int> covered(std::size_t{heads} * queries, 0);
    for (const WorkUnit& unit : units) {
      const UnitFootprint bytes = footprint(unit, limits.holding);
      REQUIRE(bytes.query + bytes.key <= limits.input_bytes);
      REQUIRE(bytes.value <= limits.input_bytes);
      REQUIRE(bytes.scores + bytes.output <= limits.output_bytes);
      REQUIRE(bytes.index <= limits.index_bytes);
      for (std::uint32_t h = 0; h < unit.num_heads; ++h) {
        for (std::uint32_t r = 0; r < unit.num_rows; ++r) {
          ++covered[std::size_t{unit.first_head + h} * queries + unit.first_row + r];
        }
      }
    }
    REQUIRE(covered == std::vector<int>(covered.size(), 1));
  }
}

TEST_CASE("thirty thousand units are planned in two seconds") {
  // Room for two rows of one head: S 8 x 3 and output 8 each. So 2500 tiles, well below the 4096
  // that doubling comes to.
  const TinyLayer layer(std::vector<KeptMap>(12, KeptMap(5000, 8, true)),
                        std::vector<std::uint32_t>(12, 0), 8, 8);
  PlanLimits limits = plenty();
  limits.output_bytes = 64;
  const std::clock_t start = std::clock();
  CHECK(plan(layer, limits).size() == 30'000);
  CHECK(double(std::clock() - start) / CLOCKS_PER_SEC < 2);
}

}  // namespace vitcod::test::planner_test
