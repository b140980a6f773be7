// SPDX-License-Identifier: Apache-2.0
#include "hw_models/controller/buffer_pools.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::buffer_pools_test {
namespace {

using Regions = std::vector<RegionId>;

/// Pools of 100 and 50 bytes. Regions 0, 1 and 2 of 60, 40 and 30 bytes in the first one, region 3
/// of 50 bytes in the second one.
struct Bench {
  const std::vector<Pool> pools = {Pool{"input", 100}, Pool{"output", 50}};
  const std::vector<Region> regions = {Region{PoolId{0}, 60}, Region{PoolId{0}, 40},
                                       Region{PoolId{0}, 30}, Region{PoolId{1}, 50}};
  StatGroup stats{"bench"};
  Regions freed;
  BufferPools buffers{pools, regions, [this](RegionId region) { freed.push_back(region); }, stats};

  std::uint64_t peak(const char* pool) const {
    Json json;
    stats.write(json);
    return json[std::string(pool) + "_peak_bytes"];
  }
};

constexpr RegionId kA{0};
constexpr RegionId kB{1};
constexpr RegionId kC{2};
constexpr RegionId kOut{3};

}  // namespace

TEST_CASE("regions fit as long as their sum is within the pool") {
  Bench bench;
  CHECK(bench.buffers.fit({kA, kB}));  // 100 of 100
  CHECK(bench.buffers.fit({}));
  CHECK_FALSE(bench.buffers.fit({kA, kB, kC}));  // each alone would
  bench.buffers.take({kA});
  CHECK(bench.buffers.fit({kB}));
  CHECK(bench.buffers.fit({kC}));
  CHECK_FALSE(bench.buffers.fit({kB, kC}));
  CHECK(bench.buffers.fit({kB, kOut}));  // the pools do not share
}

TEST_CASE("bytes that are given back can be taken again, and the peak stays") {
  Bench bench;
  bench.buffers.take({kA, kC});
  CHECK_FALSE(bench.buffers.fit({kB}));
  bench.buffers.give_back(Regions{kC});
  CHECK(bench.buffers.fit({kB}));
  bench.buffers.take({kOut});
  CHECK(bench.peak("input") == 90);
  CHECK(bench.peak("output") == 50);
}

TEST_CASE("regions are lost in the order in which they are given back") {
  Bench bench;
  bench.buffers.take({kA, kB});
  CHECK_FALSE(bench.buffers.fit({kC}));
  bench.buffers.give_back(Regions{kB});
  CHECK(bench.buffers.fit({kC}));
  bench.buffers.give_back(Regions{kA});
  CHECK(bench.freed == Regions{kB, kA});
}

TEST_CASE("a claim too many, a region twice and a free too many are broken invariants") {
  Bench bench;
  bench.buffers.take({kA});
  CHECK_THROWS_AS(bench.buffers.take({kB, kC}), ModelError);
  Bench twice;
  twice.buffers.take({kC});
  CHECK_THROWS_AS(twice.buffers.take({kC}), ModelError);
  Bench freed;
  freed.buffers.take({kC});
  freed.buffers.give_back(Regions{kC});
  CHECK_THROWS_AS(freed.buffers.give_back(Regions{kC}), ModelError);
  CHECK_THROWS_AS(freed.buffers.give_back(Regions{kA}), ModelError);  // never taken
}

}  // namespace vitcod::buffer_pools_test
