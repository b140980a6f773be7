// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/pareto_search.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "sim/driver/sweep/pareto.hpp"
#include "sim/driver/sweep/sampling.hpp"
#include "test/driver/sweep/sweep_fixtures.hpp"

namespace vitcod::test::pareto_search_test {
namespace {

/// Lines against banks, 20 x 20: time falls with both, area grows with both.
const std::string kSpace = R"(
  "axes": [{"name": "lines", "pointer": "/machine/l", "range": {"from": 1, "to": 20, "step": 1}},
           {"name": "banks", "pointer": "/machine/b", "range": {"from": 1, "to": 20, "step": 1}}],
  "objectives": [{"figure": "/time", "goal": "minimize"},
                 {"figure": "/area", "goal": "minimize"}])";

std::string search(int initial, int evaluations, int seed) {
  return R"(, "search": {"initial": )" + std::to_string(initial) + R"(, "evaluations": )" +
         std::to_string(evaluations) + R"(, "seed": )" + std::to_string(seed) + "}";
}

PointOutcome outcome(double time, double area) {
  PointOutcome outcome;
  outcome.done = true;
  outcome.result["time"] = time;
  outcome.result["area"] = area;
  return outcome;
}

/// Work shared by lines, and access shared by banks: both convex.
std::optional<PointOutcome> convex(const SweepPoint& point) {
  const auto lines = point.coordinates[0].get<double>();
  const auto banks = point.coordinates[1].get<double>();
  return outcome(300 / lines + 100 / banks, 3 * lines + banks);
}

/// "lines banks" of the points that are on the front of `points`.
std::set<std::string> front_of(const SweepConfig& config, PointSource& points,
                               const OutcomeOf& outcome_of) {
  const ScoreReader scores(config);
  ParetoFront front;
  std::vector<SweepPoint> seen;
  while (auto point = points.next()) {
    const auto outcome = outcome_of(*point);
    if (outcome->done) front.offer(seen.size(), scores.read(*point, outcome->result));
    seen.push_back(std::move(*point));
  }
  std::set<std::string> names;
  for (const auto& member : front.members()) {
    names.insert(Json(seen[member.id].coordinates).dump());
  }
  return names;
}

std::vector<std::vector<SweepPoint>> generations_of(const SweepConfig& config,
                                                    const OutcomeOf& outcome_of) {
  ParetoSearch search(config);
  std::vector<std::vector<SweepPoint>> generations;
  while (auto generation = search.next_generation(outcome_of)) {
    generations.push_back(std::move(*generation));
  }
  return generations;
}

std::string text_of(const std::vector<std::vector<SweepPoint>>& generations) {
  std::string text;
  for (const auto& generation : generations) {
    for (const SweepPoint& point : generation) {
      text += std::to_string(point.index) + Json(point.coordinates).dump();
    }
    text += "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a search of a convex space finds its whole front, and runs fewer points than the grid") {
  const std::set<std::string> expected =
      front_of(sweep(kSpace), *make_point_source(sweep(kSpace)), convex);
  CHECK(expected.size() > 20);
  for (int seed = 1; seed <= 10; ++seed) {
    const SweepConfig config = sweep(kSpace + search(8, 400, seed));
    CHECK(front_of(config, *make_search_replay(config, convex), convex) == expected);
    CHECK(all_points(*make_search_replay(config, convex)).size() < 300);
  }
}

TEST_CASE("a search takes each point once, counts them on, and keeps to its budget") {
  for (const int budget : {5, 8, 37, 1000}) {
    std::set<std::string> seen;
    std::uint64_t index = 0;
    for (const auto& generation : generations_of(sweep(kSpace + search(8, budget, 1)), convex)) {
      for (const SweepPoint& point : generation) {
        CHECK(point.index == index++);
        CHECK(seen.insert(Json(point.coordinates).dump()).second);
      }
    }
    CHECK(int(index) <= budget);
    if (budget < 100) CHECK(int(index) == budget);
  }
}

TEST_CASE("a generation is the unseen neighbours of the front, in the order of the grid") {
  // One objective with its best in the corner [1, 1]: the search walks there.
  const OutcomeOf distance = [](const SweepPoint& point) -> std::optional<PointOutcome> {
    const double sum = point.coordinates[0].get<double>() + point.coordinates[1].get<double>();
    return outcome(sum, 0);
  };
  const SweepConfig config = sweep(R"("axes": [)" + axis("a", R"("values": [1, 2, 3])") + "," +
                                   axis("b", R"("values": [1, 2, 3])") + R"(],
      "objectives": [{"figure": "/time", "goal": "minimize"}])" +
                                   search(1, 9, 1));
  const auto generations = generations_of(config, distance);
  REQUIRE(!generations.empty());
  REQUIRE(generations[0].size() == 1);
  std::set<std::pair<int, int>> front = {
      {generations[0][0].coordinates[0].get<int>(), generations[0][0].coordinates[1].get<int>()}};
  std::set<std::pair<int, int>> seen = front;
  for (std::size_t i = 1; i < generations.size(); ++i) {
    std::set<std::pair<int, int>> expected;
    for (const auto& [a, b] : front) {
      for (const auto& [da, db] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
        const std::pair next{a + da, b + db};
        if (next.first < 1 || next.first > 3 || next.second < 1 || next.second > 3) continue;
        if (!seen.contains(next)) expected.insert(next);
      }
    }
    std::vector<std::pair<int, int>> found;
    for (const SweepPoint& point : generations[i]) {
      found.emplace_back(point.coordinates[0].get<int>(), point.coordinates[1].get<int>());
    }
    CHECK(found == std::vector<std::pair<int, int>>(expected.begin(), expected.end()));
    seen.insert(expected.begin(), expected.end());
    int best = 100;
    for (const auto& [a, b] : seen) best = std::min(best, a + b);
    front.clear();
    for (const auto& [a, b] : seen) {
      if (a + b == best) front.insert({a, b});
    }
  }
  CHECK(seen.contains({1, 1}));
}

TEST_CASE("a search depends on its seed and its outcomes alone") {
  const SweepConfig config = sweep(kSpace + search(8, 200, 1));
  const std::string text = text_of(generations_of(config, convex));
  CHECK(text_of(generations_of(config, convex)) == text);
  CHECK(text_of(generations_of(sweep(kSpace + search(8, 200, 2)), convex)) != text);
  std::string in_one_line = text;
  std::erase(in_one_line, '\n');
  CHECK(text_of({all_points(*make_search_replay(config, convex))}) == in_one_line + "\n");
}

TEST_CASE("failed points are on no front, and their neighbours are not looked at for them") {
  const OutcomeOf failing = [](const SweepPoint& point) -> std::optional<PointOutcome> {
    if (point.index % 2 == 0) return PointOutcome{};
    return convex(point);
  };
  const SweepConfig config = sweep(kSpace + search(8, 400, 1));
  CHECK(generations_of(config, failing).size() > 1);
  const OutcomeOf all_fail = [](const SweepPoint&) { return PointOutcome{}; };
  CHECK(generations_of(config, all_fail).size() == 1);
  const OutcomeOf none_ran = [](const SweepPoint&) { return std::nullopt; };
  CHECK(generations_of(config, none_ran).size() == 1);
}

TEST_CASE("a search stays within the constraints") {
  const SweepConfig config =
      sweep(kSpace + R"(, "constraints": ["lines + banks <= 12"])" + search(30, 400, 1));
  for (const SweepPoint& point : all_points(*make_search_replay(config, convex))) {
    CHECK(point.coordinates[0].get<int>() + point.coordinates[1].get<int>() <= 12);
  }
  const SweepConfig impossible =
      sweep(kSpace + R"(, "constraints": ["lines + banks < 0"])" + search(30, 400, 1));
  CHECK_THROWS_WITH(ParetoSearch(impossible).next_generation(convex),
                    "sweep.json: /search/initial: every point of the first generation breaks a "
                    "constraint; expected more points or another seed");
}

TEST_CASE("each label is one step away from any other, numbers from the next alone") {
  const SweepConfig config = sweep(R"("axes": [
        {"name": "m", "variants": {"p": {}, "q": {}, "r": {}, "s": {}}},
        {"name": "n", "pointer": "/machine/n", "values": [1, 2, 3, 4]}],
      "objectives": [{"figure": "/time", "goal": "minimize"}])" +
                                   search(1, 100, 1));
  const OutcomeOf only_first = [](const SweepPoint& point) -> std::optional<PointOutcome> {
    return outcome(point.index == 0 ? 0 : 1, 0);
  };
  const auto generations = generations_of(config, only_first);
  REQUIRE(generations.size() == 2);
  const std::vector<Json>& first = generations[0][0].coordinates;
  const int number = first[1].get<int>();
  std::set<std::string> expected;
  for (const std::string label : {"p", "q", "r", "s"}) {
    if (label != first[0]) expected.insert(label + std::to_string(number));
  }
  for (const int next : {number - 1, number + 1}) {
    if (next >= 1 && next <= 4) expected.insert(first[0].get<std::string>() + std::to_string(next));
  }
  std::set<std::string> found;
  for (const SweepPoint& point : generations[1]) {
    found.insert(point.coordinates[0].get<std::string>() + point.coordinates[1].dump());
  }
  CHECK(found == expected);
}

}  // namespace vitcod::test::pareto_search_test
