// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_trace.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::test {
namespace {

std::string message_of(std::string_view text) {
  try {
    parse_dram_trace(text, "t.trc");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a trace holds requests, comments and settings") {
  const DramTrace trace =
      parse_dram_trace("# made by hand mode=dep gap=12\nR 1c0\n\nW 0xFF40\r\n  R\t0 \n", "t");
  REQUIRE(trace.dependent);
  REQUIRE(trace.gap == 12);
  REQUIRE(trace.entries.size() == 3);
  CHECK(trace.entries[0].address == 0x1c0);
  CHECK_FALSE(trace.entries[0].write);
  CHECK(trace.entries[1].address == 0xff40);
  CHECK(trace.entries[1].write);
  CHECK(trace.entries[2].address == 0);
}

TEST_CASE("an empty trace is a trace, of mode stream") {
  const DramTrace trace = parse_dram_trace("", "t");
  CHECK(trace.entries.empty());
  CHECK_FALSE(trace.dependent);
}

TEST_CASE("a wrong trace gives the byte, what was found and what was expected") {
  CHECK(message_of("R 10\nX 20\n") == "t.trc: byte 5: found 'X', expected R, W or #");
  CHECK(message_of("R\n") ==
        "t.trc: byte 1: found the end of the line, expected a blank and a hexadecimal address");
  CHECK(message_of("R zz\n") == "t.trc: byte 2: found 'z', expected a hexadecimal address");
  CHECK(message_of("R 10 20\n") == "t.trc: byte 5: found '2', expected the end of the line");
  CHECK(message_of("R -10\n") == "t.trc: byte 2: found '-', expected a hexadecimal address");
  CHECK(message_of("R 11112222333344445\n") ==
        "t.trc: byte 2: found '1', expected a hexadecimal address");
  CHECK(message_of("# mode=burst\n") ==
        "t.trc: byte 7: found 'b', expected mode=stream or mode=dep");
  CHECK(message_of("# gap=1x\n") ==
        "t.trc: byte 7: found 'x', expected gap= and a number of clocks");
}

}  // namespace vitcod::test
