// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/timeline/cycle_window.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::cycle_window_test {

TEST_CASE("a window is two cycles, the first below the second") {
  const CycleWindow window = parse_window("0:18446744073709551615");
  CHECK(window.from == 0);
  CHECK(window.to == 18446744073709551615U);
  CHECK(parse_window("007:8").from == 7);
  for (const char* text : {"", ":", "1", "1:", ":2", "1:1", "2:1", "1:2:3", "1:2 ", " 1:2", "-1:2",
                           "1:+2", "1:2.5", "1;2", "0:18446744073709551616", "a:b"}) {
    CHECK_THROWS_WITH(parse_window(text), "--window: found \"" + std::string(text) +
                                              "\", expected FROM:TO, two cycles of which FROM is "
                                              "below TO");
  }
}

}  // namespace vitcod::cycle_window_test
