// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/schedule.hpp"

#include <catch2/catch.hpp>

namespace vitcod::schedule_test {
namespace {

constexpr PoolId kPool{0};
constexpr PoolId kOther{1};

/// A load that takes so many cycles of the DRAM, and claims so many bytes.
LoadSketch load_of(double memory_cycles, std::uint64_t bytes) {
  LoadSketch load;
  load.claim = Claim{kPool, bytes};
  load.passage.is_empty = false;
  load.passage.memory_cycles = memory_cycles;
  return load;
}

/// A tile of one job that frees at its end what its loads claimed.
JobSketch tile_of(std::vector<LoadSketch> loads, double cycles) {
  JobSketch job;
  job.begins_tile = job.ends_tile = true;
  for (const LoadSketch& load : loads) job.frees.push_back(*load.claim);
  job.loads = std::move(loads);
  job.cycles = cycles;
  return job;
}

Schedule add_all(Schedule schedule, const std::vector<JobSketch>& jobs) {
  for (const JobSketch& job : jobs) schedule.add(job);
  return schedule;
}

}  // namespace

TEST_CASE("a job begins when its operands are there and the one before has ended") {
  const JobSketch job = tile_of({load_of(30, 1), load_of(20, 1)}, 100);
  CHECK(add_all({{10, 0}, 0}, {job}).computed() == 150);
  // Nothing is loaded ahead: 150 + 50 + 100. One tile ahead: its loads end at 100, so 150 + 100.
  CHECK(add_all({{10, 0}, 0}, {job, job}).computed() == 300);
  CHECK(add_all({{10, 0}, 1}, {job, job}).computed() == 250);
  // The third one's loads wait until the first one has ended at 150: 200 is before 250.
  CHECK(add_all({{10, 0}, 1}, {job, job, job}).computed() == 350);
}

TEST_CASE("a load waits for room in its pool") {
  const JobSketch job = tile_of({load_of(30, 6)}, 100);
  CHECK(add_all({{12, 0}, 1}, {job, job}).computed() == 230);
  // 6 of 11 bytes are taken until 130: then 30 + 100.
  CHECK(add_all({{11, 0}, 1}, {job, job}).computed() == 260);
  // Another pool is as good as none.
  JobSketch other = job;
  other.loads[0].claim->pool = other.frees[0].pool = kOther;
  CHECK(add_all({{11, 6}, 1}, {job, other}).computed() == 230);
}

TEST_CASE("each place of the way works on one load at a time, beside the others") {
  LoadSketch load = load_of(10, 1);
  load.passage.port_cycles = 4;
  load.passage.receiver_cycles = {0, 25, 7};
  load.passage.latency = 3;
  // From 0: all of it by 25, then 3.
  CHECK(add_all({{10, 0}, 1}, {tile_of({load}, 0)}).computed() == 28);
  // The second load: DRAM from 10, receiver 1 from 25 to 50.
  CHECK(add_all({{10, 0}, 1}, {tile_of({load, load}, 0)}).computed() == 53);
}

TEST_CASE("two loads whose packets alternate pass as one, if there is room for both") {
  JobSketch job = tile_of({load_of(10, 6), load_of(10, 6)}, 0);
  job.loads[0].with_next = Passage{false, 15, 0, {}, 0};
  CHECK(add_all({{12, 0}, 1}, {job}).computed() == 15);
  // Room for the second one only from 107 on.
  const JobSketch before = tile_of({load_of(7, 6)}, 100);
  // The DRAM is free from 7 on, so the first load is there at 17; the second one at 107 + 10.
  CHECK(add_all({{12, 0}, 1}, {before, job}).computed() == 117);
}

TEST_CASE("loads after a fence wait for its delivery, others do not") {
  JobSketch job = tile_of({load_of(10, 1), load_of(10, 1), load_of(10, 1)}, 0);
  job.loads[0].passage.latency = 15;
  job.loads[0].is_fence = true;
  CHECK(add_all({{3, 0}, 0}, {job}).computed() == 30);
  // The second load has the DRAM from 10 to 20; the third one waits until 25.
  job.loads[2].after_fences = true;
  CHECK(add_all({{3, 0}, 0}, {job}).computed() == 35);
}

TEST_CASE("results leave as they are finished and keep their bytes until they are in DRAM") {
  JobSketch job = tile_of({load_of(10, 1)}, 100);
  job.claim = Claim{kOther, 8};
  job.store = StoreSketch{Claim{kOther, 8}, 40, 6};
  // From 10 on: 40 cycles are over before the job is, the last packet needs 6 more.
  const Schedule one = add_all({{10, 8}, 1}, {job});
  CHECK(one.computed() == 110);
  CHECK(one.end() == 116);
  // The second job has its operands at 20, but room only at 116.
  CHECK(add_all({{10, 8}, 1}, {job, job}).computed() == 216);
  CHECK(add_all({{10, 16}, 1}, {job, job}).computed() == 210);
  // Slow results: 10 + 400, then 406 more from there.
  job.store->cycles = 400;
  CHECK(add_all({{10, 16}, 1}, {job, job}).end() == 10 + 400 + 400 + 6);
}

TEST_CASE("a streaming job ends with its last load, its results leave meanwhile") {
  JobSketch job = tile_of({load_of(50, 0)}, 0);
  job.streams = true;
  job.store = StoreSketch{Claim{kOther, 0}, 20, 6};
  const Schedule schedule = add_all({{0, 0}, 0}, {job});
  CHECK(schedule.computed() == 50);
  CHECK(schedule.end() == 56);
}

TEST_CASE("operands that the program writes wait until they are in DRAM") {
  JobSketch job = tile_of({load_of(50, 0)}, 0);
  job.streams = true;
  job.store = StoreSketch{Claim{kOther, 0}, 20, 6};
  job.writes = {TensorId{3}};
  JobSketch next = tile_of({load_of(10, 0)}, 1);
  next.reads = {TensorId{2}};
  CHECK(add_all({{0, 0}, 4}, {job, next}).computed() == 61);
  next.reads = {TensorId{2}, TensorId{3}};
  CHECK(add_all({{0, 0}, 4}, {job, next}).computed() == 56 + 11);
}

}  // namespace vitcod::schedule_test
