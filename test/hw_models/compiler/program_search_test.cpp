// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/program_search.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/random.hpp"

namespace vitcod::program_search_test {
namespace {

constexpr std::uint64_t kPool = 100;

/// A tile that loads `bytes`, a byte a cycle, keeps them while it computes for `cycles`, and
/// stores a few.
JobSketch tile_of(std::uint64_t bytes, double cycles) {
  JobSketch job;
  job.begins_tile = job.ends_tile = true;
  LoadSketch& load = job.loads.emplace_back();
  load.claim = Claim{PoolId{0}, bytes};
  load.passage = Passage{false, double(bytes), 0, {}, 5};
  job.cycles = cycles;
  job.frees = {*load.claim};
  job.store = StoreSketch{Claim{PoolId{0}, 0}, 3, 2};
  return job;
}

Schedule empty() { return {{kPool}, 1}; }

std::vector<std::size_t> indices(const ProgramSearch::Best& best) {
  std::vector<std::size_t> list;
  for (const ProgramSearch::Choice& choice : best.choices) list.push_back(choice.candidate);
  return list;
}

using List = std::vector<std::size_t>;

}  // namespace

TEST_CASE("of candidates that end together the one with less traffic is taken") {
  ProgramSearch search(empty());
  search.add({Candidate{{tile_of(10, 50)}, 7}, Candidate{{tile_of(10, 50)}, 6},
              Candidate{{tile_of(10, 52)}, 1}});
  CHECK(indices(search.best()) == List{1});
  CHECK(search.best().choices[0].computed == 65);
  CHECK(search.best().end == 67);
}

TEST_CASE("two per cent of the fastest program's time are given for fewer bytes, and no more") {
  // The fastest ends at 10 + 5 + 183 + 2: 200; two per cent are 4 cycles.
  ProgramSearch search(empty());
  search.add({Candidate{{tile_of(10, 183)}, 9, true}, Candidate{{tile_of(10, 187)}, 5, true},
              Candidate{{tile_of(10, 188)}, 1, true}, Candidate{{tile_of(10, 185)}, 6, true}});
  CHECK(indices(search.best()) == List{1});
  CHECK(search.best().end == 204);
  // After it another one of 198 cycles: now there are 7, which are 5 and 2.
  search.add({Candidate{{tile_of(10, 198)}, 3, true}, Candidate{{tile_of(10, 200)}, 2, true}});
  CHECK(indices(search.best()) == List{2, 1});
}

TEST_CASE("where the prediction is not that close, no time is given for bytes") {
  ProgramSearch search(empty());
  search.add({Candidate{{tile_of(10, 183)}, 9}, Candidate{{tile_of(10, 184)}, 1}});
  CHECK(indices(search.best()) == List{0});
  // Nor by what comes after it.
  search.add({Candidate{{tile_of(10, 198)}, 3, true}, Candidate{{tile_of(10, 200)}, 2, true}});
  CHECK(indices(search.best()) == List{0, 1});
}

TEST_CASE("an operation is carried out more slowly if the next one then ends earlier") {
  // By itself the first candidate ends at 90 + 5 + 10, the second at 10 + 5 + 95. What follows
  // needs 90 bytes: there is room for them from 105 on, or at once, so by 10 + 90 + 5.
  const std::vector<Candidate> first{Candidate{{tile_of(90, 10)}, 0},
                                     Candidate{{tile_of(10, 95)}, 0}};
  ProgramSearch alone(empty());
  alone.add(first);
  CHECK(indices(alone.best()) == List{0});
  ProgramSearch both(empty());
  both.add(first);
  both.add({Candidate{{tile_of(90, 20)}, 0}});
  CHECK(indices(both.best()) == List{1, 0});
  CHECK(both.best().choices[0].computed == 110);
  CHECK(both.best().choices[1].computed == 130);
}

namespace {

/// The end of the fastest pair, and the traffic of the thriftiest one within 2 % of it.
std::pair<double, std::uint64_t> least_of_all_pairs(
    const std::vector<std::vector<Candidate>>& operations) {
  double fastest = 1e9;
  std::vector<std::pair<double, std::uint64_t>> pairs;
  for (const Candidate& a : operations[0]) {
    for (const Candidate& b : operations[1]) {
      Schedule schedule = empty();
      for (const JobSketch& job : a.jobs) schedule.add(job);
      for (const JobSketch& job : b.jobs) schedule.add(job);
      pairs.emplace_back(schedule.end(), a.traffic + b.traffic);
      fastest = std::min(fastest, schedule.end());
    }
  }
  std::uint64_t least = 100;
  for (const auto& [end, traffic] : pairs) {
    if (end <= 1.02 * fastest) least = std::min(least, traffic);
  }
  return {fastest, least};
}

}  // namespace

TEST_CASE("with two operations the search finds what trying all pairs finds") {
  // For each candidate of the last operation the best program up to it is kept: exact for two.
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    std::vector<std::vector<Candidate>> operations(2);
    for (auto& candidates : operations) {
      for (int c = 0; c < 4; ++c) {
        Candidate& candidate = candidates.emplace_back();
        candidate.traffic = random.uniform_below(8);
        candidate.is_predicted_closely = true;
        for (int i = 0; i < 3; ++i) {
          candidate.jobs.push_back(
              tile_of(1 + random.uniform_below(50), double(random.uniform_below(80))));
        }
      }
    }
    const auto [fastest, least] = least_of_all_pairs(operations);
    ProgramSearch search(empty());
    for (const auto& candidates : operations) search.add(candidates);
    const ProgramSearch::Best best = search.best();
    CHECK(best.end <= 1.02 * fastest);
    CHECK(operations[0][best.choices[0].candidate].traffic +
              operations[1][best.choices[1].candidate].traffic ==
          least);
  }
}

}  // namespace vitcod::program_search_test
