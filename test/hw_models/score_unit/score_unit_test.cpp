// SPDX-License-Identifier: Apache-2.0
#include "hw_models/score_unit/score_unit.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/support/sim_bench.hpp"

namespace vitcod::test::score_unit_test {

TEST_CASE("the score unit takes scores_per_cycle scores in a cycle and not one more") {
  SimBench bench;
  ScoreUnit unit("unit", bench.clock, ScoreUnitConfig{4, 7, 5}, bench.stats);
  unit.accept(0, 3);
  unit.accept(0, 1);
  unit.accept(0, 0);  // nothing is always welcome
  CHECK_THROWS_WITH(unit.accept(0, 1), "the score unit was given more than it can take");
  unit.accept(1, 4);
  CHECK_THROWS_AS(unit.accept(2, 5), ModelError);
}

TEST_CASE("a cycle in which scores are taken is busy, once") {
  SimBench bench;
  ScoreUnit unit("unit", bench.clock, ScoreUnitConfig{4, 7, 5}, bench.stats);
  unit.accept(0, 1);
  unit.accept(0, 2);
  unit.accept(3, 0);
  unit.accept(8, 4);
  unit.finish(20);
  Json json;
  bench.stats.write(json);
  CHECK(json["unit"].dump() == R"({"scores":7,"cycles":{"idle":18,"busy":2}})");
}

TEST_CASE("the head dimension sets the scale of the scores") {
  // exp(4 / 4) = exp(1 / 1): raw scores of 4 at d = 16 and of 1 at d = 1, without fraction bits.
  SimBench bench;
  ScoreUnit unit("unit", bench.clock, ScoreUnitConfig{4, 7, 0}, bench.stats);
  unit.begin(1, std::nullopt);
  const Score one = unit.format().score(1);
  unit.begin(16, std::nullopt);
  const Score four = unit.format().score(4);
  CHECK(four.mantissa == one.mantissa);
  CHECK(four.exponent == one.exponent);
}

}  // namespace vitcod::test::score_unit_test
