// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/key_cuts.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "hw_models/engine/partial_row.hpp"
#include "sim/base/errors.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test::key_cuts_test {

// 8-wide heads, 8 queries and 8 keys, every entry kept, none denser. With the keys in two tiles a
// tile of one row of one head holds 4 x 3 = 12 bytes of S a key tile, 8 of Q, 32 of K or V, an
// index of (5 + 2) x 2 + 4 bytes, 36 of a carried row and 8 of output.

namespace {

constexpr std::uint32_t kPlenty = 1'000'000;

/// Memory in banks of a byte, a score a word of S, and rows carried in one bank.
PlanLimits plenty() {
  PlanLimits limits;
  limits.input_bytes = limits.output_bytes = limits.index_bytes = kPlenty;
  limits.holding = {1, 1, 1, {2, 3}, {1, 1}, {kPlenty, kPlenty}, true, true, 1};
  return limits;
}

TinyLayer full_layer(std::uint32_t num_heads, std::uint32_t num_denser = 0) {
  return TinyLayer(std::vector<KeptMap>(num_heads, KeptMap(8, 8, true)),
                   std::vector<std::uint32_t>(num_heads, num_denser), 8, 8);
}

LineSplitter splitter(const PlanLimits& limits) {
  return LineSplitter(MacLinesConfig{4, 8, 0, 0}, limits.two_engines, true, 100);
}

std::vector<LayerPlan> plans(const AttentionLayer& layer, const PlanLimits& limits) {
  return candidate_plans(layer, limits, splitter(limits));
}

std::string error_of(const AttentionLayer& layer, const PlanLimits& limits) {
  try {
    plans(layer, limits);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// The units as "heads x rows x keys" with the first load of Q marked.
std::vector<std::string> cuts(const LayerPlan& plan) {
  std::vector<std::string> list;
  const auto range = [](std::uint32_t first, std::uint32_t num) {
    return std::to_string(first) + "-" + std::to_string(first + num - 1);
  };
  for (const WorkUnit& unit : plan.units) {
    list.push_back(range(unit.first_head, unit.num_heads) + " x " +
                   range(unit.first_row, unit.num_rows) + " x " +
                   range(unit.first_key(), unit.layer->num_keys));
  }
  return list;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("keys are cut where K of one head with a row of Q does not fit, and only there") {
  const TinyLayer layer = full_layer(1);
  PlanLimits limits = plenty();
  limits.input_bytes = 8 + 64;  // a row of Q and all keys
  for (const LayerPlan& plan : plans(layer.layer, limits)) {
    for (const WorkUnit& unit : plan.units) CHECK(unit.block == nullptr);
  }
  --limits.input_bytes;  // not any more; with two blocks: 32 bytes of K and 4 rows of Q
  const std::vector<LayerPlan> cut = plans(layer.layer, limits);
  REQUIRE(cut.size() == 3);  // two, three and four blocks
  CHECK(cuts(cut[0]) ==
        List{"0-0 x 0-3 x 0-3", "0-0 x 0-3 x 4-7", "0-0 x 4-7 x 0-3", "0-0 x 4-7 x 4-7"});
  // Three: blocks of 2, 3 and 3 keys, 24 bytes with 5 rows of Q; two tiles of rows, evenly.
  CHECK(cuts(cut[1]).size() == 2 * 3);
  CHECK(cuts(cut[1])[2] == "0-0 x 0-3 x 5-7");
  // Four: 16 bytes with 6 rows of Q.
  CHECK(cuts(cut[2]).size() == 2 * 4);
  const WorkUnit& second = cut[0].units[1];
  CHECK(second.key_tile == 1);
  CHECK(second.num_key_tiles == 2);
  CHECK(second.is_last_key_tile());
  CHECK(second.loads_queries_again);
  CHECK_FALSE(cut[0].units[2].loads_queries_again);
  CHECK(second.workload.sparse_entries == 16);
  // K and V, 64 bytes each, for each tile of rows; Q for each tile of keys.
  CHECK(cut[0].traffic == 2 * 128 + 2 * 64);
}

TEST_CASE("S of all key tiles is on chip together, with the rows that are carried: to the byte") {
  const TinyLayer layer = full_layer(1);
  PlanLimits limits = plenty();
  limits.input_bytes = 40;  // two blocks and a row of Q
  // A row: 24 bytes of S, a carried row of 36, a finished one of 8; two rows do not fit.
  limits.output_bytes = 68;
  CHECK(plans(layer.layer, limits)[0].units.size() == 8 * 2);
  --limits.output_bytes;
  CHECK(error_of(layer.layer, limits) ==
        "tiny: the output_buffer is too small: one row of one head, in 8 tiles of keys, needs 68 "
        "bytes there, 67 are available");
}

TEST_CASE("rows that are carried lie side by side in the banks of the way") {
  const TinyLayer layer = full_layer(1);
  PlanLimits limits = plenty();
  limits.input_bytes = 71;
  limits.holding.carried_banks = 3;
  limits.holding.output_bank_bytes = 100;
  const WorkUnit unit = plans(layer.layer, limits)[0].units[0];
  CHECK(footprint(unit, limits.holding).carried == 300);  // of 4 rows of 36 bytes
  limits.holding.output_bank_bytes = 10;
  CHECK(footprint(unit, limits.holding).carried == 150);
  CHECK(footprint(unit, limits.holding).row_starts == 2 * 5);
}

TEST_CASE(
    "a machine that carries no rows, and a map that is filtered in the run, keep whole keys") {
  const TinyLayer layer = full_layer(1);
  PlanLimits limits = plenty();
  limits.input_bytes = 71;
  limits.holding.carried_banks = 0;
  const std::string whole_keys =
      "tiny: the input_buffer is too small: one row of one head needs 72 bytes there, 71 are "
      "available";
  CHECK(error_of(layer.layer, limits) == whole_keys);
  limits = plenty();
  limits.input_bytes = 71;
  AttentionLayer restricted = layer.layer;
  restricted.restricted = RestrictedIndex{&layer.map, TensorId{}};
  CHECK(error_of(restricted, limits) == whole_keys);
}

TEST_CASE("a key that does not fit is an error that says in how many tiles the keys were") {
  const TinyLayer layer = full_layer(1);
  PlanLimits limits = plenty();
  limits.input_bytes = 15;  // one key of 8 bytes beside one row of Q
  CHECK(error_of(layer.layer, limits) ==
        "tiny: the input_buffer is too small: one row of one head, in 8 tiles of keys, needs 16 "
        "bytes there, 15 are available");
  limits.input_bytes = 7;
  CHECK(error_of(layer.layer, limits) ==
        "tiny: the input_buffer is too small: one row of one head, in 8 tiles of keys, needs 8 "
        "bytes there, 7 are available");
}

TEST_CASE("an index that does not fit is cut with the keys") {
  const TinyLayer layer = full_layer(1);
  PlanLimits limits = plenty();
  limits.index_bytes = 29;  // a row over all keys: (9 + 2) x 2 + 8
  // Four key tiles of two keys have tiles of five rows, (2 + 1) x 2 + (5 + 1) x 2 + 10 bytes: K and
  // V come twice. Two of four keys would have tiles of two rows.
  CHECK(plans(layer.layer, limits)[0].units.size() == 2 * 4);
  ++limits.index_bytes;
  CHECK(plans(layer.layer, limits)[0].units[0].block == nullptr);
}

TEST_CASE("units of random key cuts cover each kept entry once and fit the buffers") {
  Random random(11, "key cuts");
  int num_cut = 0;
  for (int i = 0; i < 60; ++i) {
    const auto heads = 1 + static_cast<std::uint32_t>(random.uniform_below(3));
    std::vector<KeptMap> maps;
    std::vector<std::uint32_t> denser;
    for (std::uint32_t h = 0; h < heads; ++h) {
      maps.push_back(random_map(random, 12, 20, 40));
      denser.push_back(static_cast<std::uint32_t>(random.uniform_below(6)));
    }
    const TinyLayer layer(maps, denser, 8, 16);
    PlanLimits limits = plenty();
    limits.input_bytes = 40 + random.uniform_below(300);
    limits.output_bytes = 150 + random.uniform_below(1000);
    limits.two_engines = random.uniform_below(4) > 0;
    Shortage shortage;
    for (const LayerPlan& plan : key_cut_plans(layer.layer, limits, splitter(limits), shortage)) {
      ++num_cut;
      std::uint64_t entries = 0;
      for (const WorkUnit& unit : plan.units) {
        const UnitFootprint bytes = footprint(unit, limits.holding);
        CHECK(std::max(bytes.query + bytes.key, bytes.value) <= limits.input_bytes);
        CHECK(bytes.scores + bytes.carried + bytes.output <= limits.output_bytes);
        entries += unit.workload.sparse_entries;
        for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
          for (std::uint32_t p = 0; p < unit.num_denser(head); ++p) {
            for (std::uint32_t row = 0; row < unit.num_rows; ++row) {
              entries += unit.head(head).denser_kept[p * 12 + unit.first_row + row];
            }
          }
        }
      }
      CHECK(entries == layer.map.nnz());
    }
  }
  CHECK(num_cut > 60);
}

}  // namespace vitcod::test::key_cuts_test
