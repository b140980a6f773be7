// SPDX-License-Identifier: Apache-2.0
// What a key tile loads.
#include <catch2/catch.hpp>

#include "hw_models/compiler/attention/attention_loads.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod::test::key_block_loads_test {
namespace {

constexpr std::uint64_t kK = 4096;  // tensors lie in the order q, k, v, ..., each from 4 KiB on
constexpr std::uint64_t kV = 8192;
constexpr RegionId kRegion{5};

struct Bench {
  Bench(const std::vector<TinyHead>& heads, std::uint32_t query_features,
        std::uint32_t value_features, std::uint32_t compressed_heads = 0)
      : trace(heads, query_features, value_features, compressed_heads),
        layout(trace.trace),
        loads(trace.tiny.layer, layout, target) {}

  /// One of two blocks of the keys, with all heads and rows.
  WorkUnit unit(std::uint32_t block) const {
    WorkUnit unit = trace.tiny.whole();
    unit.block = cut_keys(trace.tiny.layer, 2)[block];
    unit.layer = &unit.block->layer;
    unit.key_tile = block;
    unit.num_key_tiles = 2;
    unit.loads_queries_again = block > 0;
    unit.row_counts = LayerProfile(*unit.layer, true, 0, 1).row_counts();
    return unit;
  }
  Transfer keys(const WorkUnit& unit) {
    return loads.keys(unit, tile_of(unit, true, true), kRegion, 0);
  }
  Transfer values(const WorkUnit& unit) {
    return loads.values(unit, tile_of(unit, true, true), kRegion);
  }
  Transfer queries(const WorkUnit& unit) {
    return loads.queries(unit, tile_of(unit, true, true), kRegion, 0);
  }

  TinyTrace trace;
  DramLayout layout;
  Target target = tiny_target();
  AttentionLoads loads;
};

Drawing full(std::size_t queries, std::size_t keys) {
  return Drawing(queries, std::string(keys, 'x'));
}

/// Where a stretch lies, relative to its tensor, and the row of the load that it begins with.
struct Seen {
  std::uint64_t offset;
  std::uint64_t bytes;
  std::uint32_t first_row;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> seen(const Transfer& load, std::uint64_t base) {
  std::vector<Seen> list;
  for (const Stretch& stretch : load.stretches) {
    list.push_back({stretch.address - base, stretch.bytes, stretch.first_row});
  }
  return list;
}

/// Rows of the load that each engine keeps before each row.
std::vector<std::vector<std::uint32_t>> kept(const Transfer& load) {
  const auto& placement = dynamic_cast<const RowPlacement&>(*load.placement);
  std::vector<std::vector<std::uint32_t>> lists;
  for (const auto& before : placement.kept_before) lists.emplace_back(before.begin(), before.end());
  return lists;
}

using Lists = std::vector<std::vector<std::uint32_t>>;

}  // namespace

TEST_CASE("a key tile loads the rows of its tokens of each head") {
  // Two heads; of head 0 keys 0 to 2 are denser. The second block has tokens 2 and 3.
  Bench plain({{full(2, 4), 3}, {full(2, 4), 0}}, 16, 32);
  const WorkUnit unit = plain.unit(1);
  CHECK(seen(plain.keys(unit), kK) == std::vector<Seen>{{32, 32, 0}, {64 + 32, 32, 2}});
  CHECK(seen(plain.values(unit), kV) == std::vector<Seen>{{64, 64, 0}, {128 + 64, 64, 2}});
  CHECK(kept(plain.keys(unit)) == Lists{{0, 1, 1, 1, 1}, {0, 0, 1, 2, 3}});
  CHECK(kept(plain.values(unit)) == kept(plain.keys(unit)));
  CHECK(plain.keys(unit).label.reason == TransferReason::kFirstLoad);
  CHECK(plain.queries(unit).label.reason == TransferReason::kReload);
  CHECK(plain.queries(plain.unit(0)).label.reason == TransferReason::kFirstLoad);
}

TEST_CASE("a key tile of compressed K loads its tokens") {
  Bench compressed({{full(2, 4), 3}, {full(2, 4), 0}}, 16, 16, 1);
  const WorkUnit unit = compressed.unit(1);
  CHECK(seen(compressed.keys(unit), kK) == std::vector<Seen>{{32, 32, 0}});
  // Token 2: denser in head 0, not in head 1; token 3 in neither.
  CHECK(kept(compressed.keys(unit)) == Lists{{0, 1, 1}, {0, 1, 3}});
  CHECK(compressed.keys(unit).label.reason == TransferReason::kFirstLoad);
}

TEST_CASE("the starts of a tile's rows are loaded again out of its index") {
  Bench bench({{full(2, 4), 3}, {full(2, 4), 4}, {full(2, 4), 0}}, 16, 16);
  const auto tile = tile_of(bench.trace.tiny.whole(), true, true);
  const Transfer load = bench.loads.row_starts(*tile, 9000, kRegion);
  // Head 0: one sparser column, two starts; three of rows. Head 2: five and three.
  CHECK(seen(load, 9000) == std::vector<Seen>{{4, 6, 0}, {10 + 10, 6, 0}});
  CHECK(load.stretches[1].offset == 6);
  const auto& placement = dynamic_cast<const RowPlacement&>(*load.placement);
  CHECK(placement.bytes == 12);
  CHECK(placement.region == kRegion);
  CHECK(placement.engine_outputs[index_of(EngineId::kDenser)] == 0);
  CHECK(load.label.reason == TransferReason::kReload);
}

}  // namespace vitcod::test::key_block_loads_test
