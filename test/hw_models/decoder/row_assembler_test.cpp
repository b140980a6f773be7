// SPDX-License-Identifier: Apache-2.0
#include "hw_models/decoder/row_assembler.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace vitcod::row_assembler_test {
namespace {

/// Bytes [first, end) of a load whose byte b has the value b.
Packet piece(const Transfer& transfer, std::uint64_t first, std::uint64_t end) {
  std::vector<std::uint8_t> values;
  for (std::uint64_t byte = first; byte < end; ++byte) {
    values.push_back(static_cast<std::uint8_t>(byte));
  }
  Packet packet;
  packet.transfer = &transfer;
  packet.offset = first;
  packet.bytes = static_cast<std::uint32_t>(values.size());
  packet.payload = std::make_shared<const std::vector<std::uint8_t>>(std::move(values));
  return packet;
}

/// The rows of 10 bytes that a packet completes, as "row:first value-last value".
std::string rows_of(RowAssembler& assembler, const Packet& packet) {
  std::string text;
  assembler.take(packet, 10, [&](std::uint32_t row, const std::uint8_t* bytes) {
    text += fmt::format("{}:{}-{} ", row, bytes[0], bytes[9]);
    for (int i = 0; i < 10; ++i) REQUIRE(bytes[i] == bytes[0] + i);
  });
  return text;
}

}  // namespace

TEST_CASE("whole rows are handed on at once") {
  RowAssembler assembler;
  const Transfer load;
  CHECK(rows_of(assembler, piece(load, 0, 20)) == "0:0-9 1:10-19 ");
  CHECK(rows_of(assembler, piece(load, 20, 30)) == "2:20-29 ");
}

TEST_CASE("a row that spans packets waits for its last byte") {
  RowAssembler assembler;
  const Transfer load;
  CHECK(rows_of(assembler, piece(load, 0, 4)).empty());
  CHECK(rows_of(assembler, piece(load, 4, 9)).empty());
  CHECK(rows_of(assembler, piece(load, 9, 25)) == "0:0-9 1:10-19 ");
  CHECK(rows_of(assembler, piece(load, 25, 30)) == "2:20-29 ");
}

TEST_CASE("a load may begin with any row") {
  RowAssembler assembler;
  const Transfer load;
  CHECK(rows_of(assembler, piece(load, 70, 84)) == "7:70-79 ");
  CHECK(rows_of(assembler, piece(load, 84, 90)) == "8:80-89 ");
}

TEST_CASE("a row whose beginning went elsewhere is passed over") {
  RowAssembler assembler;
  const Transfer load;
  CHECK(rows_of(assembler, piece(load, 6, 24)) == "1:10-19 ");
  // 24 to 31 went elsewhere: the four bytes of row 2 are given up, row 3 has no beginning.
  CHECK(rows_of(assembler, piece(load, 32, 50)) == "4:40-49 ");
  // The end of a row whose beginning is not there, in several packets.
  CHECK(rows_of(assembler, piece(load, 62, 65)).empty());
  CHECK(rows_of(assembler, piece(load, 65, 68)).empty());
  CHECK(rows_of(assembler, piece(load, 68, 80)) == "7:70-79 ");
}

TEST_CASE("packets of two loads may alternate") {
  RowAssembler assembler;
  const Transfer one;
  const Transfer other;
  CHECK(rows_of(assembler, piece(one, 0, 5)).empty());
  CHECK(rows_of(assembler, piece(other, 50, 57)).empty());
  CHECK(rows_of(assembler, piece(one, 5, 12)) == "0:0-9 ");
  CHECK(rows_of(assembler, piece(other, 57, 60)) == "5:50-59 ");
  CHECK(rows_of(assembler, piece(one, 12, 20)) == "1:10-19 ");
}

}  // namespace vitcod::row_assembler_test
