// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_trace.hpp"

#include <catch2/catch.hpp>
#include <cstdio>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::dram_trace_test {
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

TEST_CASE("a wrong trace gives line and byte, what was found and what was expected") {
  CHECK(message_of("R 10\nX 20\n") == "t.trc: line 2, byte 5: found 'X', expected R, W or #");
  CHECK(message_of("R\n") ==
        "t.trc: line 1, byte 1: found the end of the line, expected a blank and a hexadecimal "
        "address");
  CHECK(message_of("# a\n\nW zz\n") ==
        "t.trc: line 3, byte 7: found 'z', expected a hexadecimal address");
  CHECK(message_of("R 10 20\n") ==
        "t.trc: line 1, byte 5: found '2', expected the end of the line");
  CHECK(message_of("R -10\n") ==
        "t.trc: line 1, byte 2: found '-', expected a hexadecimal address");
  CHECK(message_of("R 11112222333344445\n") ==
        "t.trc: line 1, byte 2: found a longer number, expected an address of at most 64 bits");
  CHECK(message_of("W 0x10000000000000000\n") ==
        "t.trc: line 1, byte 4: found a longer number, expected an address of at most 64 bits");
  CHECK(message_of("# mode=burst\n") ==
        "t.trc: line 1, byte 7: found 'b', expected mode=stream or mode=dep");
  const std::string gap = ", expected gap= and a number of clocks up to 2^32";
  CHECK(message_of("# gap=1x\n") == "t.trc: line 1, byte 7: found 'x'" + gap);
  CHECK(message_of("# gap=4294967297\nR 0\n") ==
        "t.trc: line 1, byte 16: found the end of the line" + gap);
  CHECK(message_of("# gap=99999999999999999999\n") == "t.trc: line 1, byte 6: found '9'" + gap);
}

TEST_CASE("a trace that was cut off in a request is wrong, in an address it is shorter") {
  CHECK(message_of("R 10\nW") ==
        "t.trc: line 2, byte 6: found the end of the line, expected a blank and a hexadecimal "
        "address");
  CHECK(message_of("R 10\nW ") ==
        "t.trc: line 2, byte 7: found the end of the line, expected a hexadecimal address");
  CHECK(message_of("R 10\nW 0x") ==
        "t.trc: line 2, byte 8: found 'x', expected the end of the line");
  CHECK(parse_dram_trace("R 10\nW 2", "t").entries.size() == 2);
}

TEST_CASE("an address that could be meant as decimal is refused, unless 0x says what it is") {
  const std::string expected =
      "expected a hexadecimal address, and 0x before one that begins with 0d, which could be meant "
      "as decimal";
  CHECK(message_of("R 0d64\n") == "t.trc: line 1, byte 3: found 'd', " + expected);
  CHECK(message_of("R 40\nW 0D64\n") == "t.trc: line 2, byte 8: found 'D', " + expected);
  CHECK(parse_dram_trace("R 0x0d64\n", "t").entries[0].address == 0xd64);
  CHECK(parse_dram_trace("R d64\n", "t").entries[0].address == 0xd64);
}

TEST_CASE("an address beyond all memories keeps its place and stays beyond") {
  const DramTrace trace = parse_dram_trace("R ffffffffffffffff\nW 8000000000000040\n", "t");
  CHECK(trace.entries[0].address == 0x7fffffffffffffff);
  CHECK(trace.entries[1].address == 0x4000000000000040);
  CHECK(trace.entries[1].write);
}

// The file is read in blocks: lines, a comment longer than a block and an error lie across them.
TEST_CASE("a trace file is the same trace as its text, wherever its blocks end") {
  const TempFolder folder;
  std::string text = "# " + std::string(700'000, 'x') + " gap=9\n";
  for (std::uint64_t i = 0; i < 150'000; ++i) {
    char line[32];
    std::snprintf(line, sizeof line, "%c %x\n", i % 3 == 0 ? 'W' : 'R',
                  static_cast<unsigned>(i * 97));
    text += line;
  }
  write_file_atomically(folder / "t.trc", text);
  const DramTrace trace = read_dram_trace(folder / "t.trc");
  REQUIRE(trace.entries.size() == 150'000);
  CHECK(trace.gap == 9);
  for (std::uint64_t i = 0; i < trace.entries.size(); ++i) {
    REQUIRE(trace.entries[i].address == i * 97);
    REQUIRE(trace.entries[i].write == (i % 3 == 0));
  }
  write_file_atomically(folder / "t.trc", text + "X");
  CHECK_THROWS_WITH(read_dram_trace(folder / "t.trc"),
                    Catch::EndsWith("t.trc: line 150002, byte " + std::to_string(text.size()) +
                                    ": found 'X', expected R, W or #"));
}

TEST_CASE("a line without end is refused before memory ends") {
  CHECK_THROWS_WITH(read_dram_trace("/dev/zero"),
                    "/dev/zero: line 1, byte 0: found a line of over 16777216 bytes, expected an "
                    "end of it");
}

}  // namespace vitcod::test::dram_trace_test
