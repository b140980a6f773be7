// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel/busy.hpp"

#include <catch2/catch.hpp>

#include "sim/kernel/uses_in_cycle.hpp"

namespace vitcod::busy_test {

TEST_CASE("what is busy for three cycles from cycle 5 on is free in cycle 8, not in 7") {
  Busy port;
  CHECK_FALSE(port.at(0));
  port.begin(5, 3);
  CHECK(port.at(5));
  CHECK(port.at(7));
  CHECK_FALSE(port.at(8));
  CHECK(port.last() == 7);
  CHECK(port.end() == 8);
}

TEST_CASE("the next thing may begin in the cycle after the last one's, no sooner") {
  Busy port;
  port.begin(0, 2);
  CHECK_THROWS_WITH(port.begin(1, 1), "something began before what was under way had ended");
  port.begin(2, 1);
  CHECK(port.end() == 3);
}

TEST_CASE("uses of a cycle are counted in it alone") {
  UsesInCycle ports;
  CHECK(ports.in(0) == 0);
  ports.add(0);
  ports.add(0);
  CHECK(ports.in(0) == 2);
  CHECK(ports.in(1) == 0);
  ports.add(1, 3);
  CHECK(ports.in(1) == 3);
  CHECK(ports.in(0) == 0);
}

}  // namespace vitcod::busy_test
