// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/line_cycles.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::line_cycles_test {

TEST_CASE("line-cycles add up by reason, an account's times its lines, and what is left is idle") {
  StatGroup root("root");
  CycleBreakdown<int, 3> account(root, {"idle", "busy", "fill"});
  account.pass(0, 0, 5);
  account.pass(1, 5, 12);
  account.pass(2, 12, 15);
  LineCycles sums;
  sums.add(account, 4);
  sums.add("busy", 2);
  CHECK(sums.total() == 7 * 4 + 3 * 4 + 2);
  sums.move("busy", "no_work", 10);
  CHECK(sums.total() == 42);
  Json json;
  sums.write(60, json);
  CHECK(json == Json({{"busy", 20}, {"fill", 12}, {"no_work", 10}, {"idle", 18}}));
  CHECK_THROWS_WITH(sums.move("fill", "busy", 13),
                    "fewer line-cycles are counted than have another reason");
}

}  // namespace vitcod::line_cycles_test
