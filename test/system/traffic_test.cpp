// SPDX-License-Identifier: Apache-2.0
// Where buffers bind, a layer is cut into head groups and row tiles, and what does not stay on chip
// is loaded again. Bytes by tensor and reason, against hand counts.
//
// Planner's rules used below: a unit needs Q and K together, and V alone, in the input buffer; its
// scores (2 bytes an entry of a denser column, 3 of a sparse entry with up to 256 keys) and output
// rows in the output buffer; in the index buffer for each head with sparse columns 2 bytes a column
// and row pointer (one more of each), 1 byte a sparse entry, and 1 bit an entry of a denser column.
#include <catch2/catch.hpp>

#include "sim/driver/simulation.hpp"
#include "test/system/hand_made.hpp"

namespace vitcod::traffic_test {
namespace {

using test::HandMadeBlock;
using test::HandMadeMachine;

Json run(const HandMadeMachine& machine, const HandMadeBlock& block) {
  Json result = simulate(test::hand_made_run(machine, block), {});
  REQUIRE(result["values"]["mismatches"] == 0);
  return result;
}

void expect_traffic(const Json& result, const char* tensor, std::uint64_t first_load,
                    std::uint64_t reload, std::uint64_t write_back = 0) {
  INFO(tensor);
  const Json& traffic = result["traffic"][tensor];
  CHECK(traffic["first_load"] == first_load);
  CHECK(traffic["reload"] == reload);
  CHECK(traffic["write_back"] == write_back);
}

std::uint64_t num_units(const Json& result) {
  return result["blocks"]["controller"]["units"].get<std::uint64_t>();
}

/// One head, 32 x 32, 16 features, all kept and none denser: a row has 32 x 3 bytes of scores, 5 in
/// each of 7 words of 16 bytes, and 16 of output, 128 in all.
HandMadeBlock one_sparse_head() { return {32, 32, 16, 16, 0, {{0, 32}}}; }

}  // namespace

TEST_CASE("a layer that fits is loaded once, in whole bursts") {
  const Json result = run({}, one_sparse_head());
  CHECK(num_units(result) == 1);
  expect_traffic(result, "query", 512, 0);
  expect_traffic(result, "key", 512, 0);
  expect_traffic(result, "value", 512, 0);
  expect_traffic(result, "weights", 0, 0);
  // 33 column pointers and 33 row pointers of 2 bytes, 1024 row indices.
  expect_traffic(result, "index", 2 * 33 + 2 * 33 + 1024, 0);
  expect_traffic(result, "output", 0, 0, 512);
  // Three tensors of 8 bursts; 1156 bytes of index are 19 bursts.
  CHECK(result["dram"]["bytes_read"] == (3 * 8 + 19) * 64);
  CHECK(result["dram"]["bytes_written"] == 512);
}

TEST_CASE("row tiles load K and V once if Q, K and V fit side by side") {
  HandMadeMachine machine;
  machine.output_bytes = 1100;  // 8 rows of 128 bytes, not 9: 4 tiles of 8 rows
  machine.input_bytes = 8 * 16 + 512 + 512;
  const Json result = run(machine, one_sparse_head());
  CHECK(num_units(result) == 4);
  expect_traffic(result, "query", 512, 0);
  expect_traffic(result, "key", 512, 0);
  expect_traffic(result, "value", 512, 0);
  // Each tile has its own index: 33 column and 9 row pointers, 256 row indices; 340 bytes.
  expect_traffic(result, "index", 4 * (2 * 33 + 2 * 9 + 256), 0);
  expect_traffic(result, "output", 0, 0, 512);
  CHECK(result["dram"]["bytes_read"] == (3 * 8 + 4 * 6) * 64);
}

TEST_CASE(
    "row tiles load K and V again if one byte is missing to keep them beside four rows of Q") {
  // Of 4 to 8 tiles, which may be, the smallest have four rows.
  HandMadeMachine machine;
  machine.output_bytes = 1100;
  machine.input_bytes = 4 * 16 + 512 + 512 - 1;
  const Json result = run(machine, one_sparse_head());
  CHECK(num_units(result) == 4);
  expect_traffic(result, "query", 512, 0);
  expect_traffic(result, "key", 512, 3 * 512);
  expect_traffic(result, "value", 512, 3 * 512);
  expect_traffic(result, "output", 0, 0, 512);
}

TEST_CASE("scores that miss the output buffer by a byte cost a tile") {
  HandMadeMachine machine;
  machine.output_bytes = 16 * 128;  // two tiles of 16 rows
  CHECK(num_units(run(machine, one_sparse_head())) == 2);
  --machine.output_bytes;  // 16 rows do not fit: three tiles of 10, 11 and 11 rows
  CHECK(num_units(run(machine, one_sparse_head())) == 3);
}

TEST_CASE("an index that misses the index buffer by a byte costs a tile") {
  HandMadeMachine machine;
  machine.index_bytes = 2 * 33 + 2 * 17 + 16 * 32;  // 16 rows
  CHECK(num_units(run(machine, one_sparse_head())) == 2);
  --machine.index_bytes;
  CHECK(num_units(run(machine, one_sparse_head())) == 3);
}

TEST_CASE("head groups load compressed Q and K again, but for the rows that stay on chip") {
  // Two heads compressed to one, 32 x 32, 16 features of Q and K, 40 of V: V of both heads has 2560
  // bytes, so the heads take turns. One head needs 1280 bytes for V (1024 for Q and K), which
  // leaves 220: 13 compressed rows of 16 bytes, K's first; 3 packets of 64 bytes hold nothing else.
  const HandMadeBlock block{32, 32, 16, 40, 1, {{4, 6}, {5, 7}}};
  HandMadeMachine machine;
  machine.input_bytes = 1500;
  const Json result = run(machine, block);
  CHECK(num_units(result) == 2);
  expect_traffic(result, "key", 512, 512 - 3 * 64);
  expect_traffic(result, "query", 512, 512);
  expect_traffic(result, "value", 2 * 1280, 0);
  // Decoding weights and biases of Q and of K: (1 x 2) bytes and 2 x 4 bytes.
  expect_traffic(result, "weights", 2 * (2 + 8), 0);
  // Columns that are not denser: 28 and 27; 6 and 7 sparse entries in each of 32 rows; a mask bit
  // for each of 32 rows and 4 or 5 denser columns.
  expect_traffic(result, "index", 2 * 29 + 2 * 33 + 192 + 16 + 2 * 28 + 2 * 33 + 224 + 20, 0);
  expect_traffic(result, "output", 0, 0, 2 * 1280);
  // Each group decodes all rows of Q and of K for its head: 16 features from 1 compressed head.
  CHECK(result["macs"]["decoder"] == 2 * (32 + 32) * 16);
  CHECK(result["macs"]["attention"] == (32 * (4 + 6) + 32 * (5 + 7)) * (16 + 40));
}

TEST_CASE("compressed rows longer than a packet are loaded by every head group") {
  // As above with 80 features of Q and K: a compressed row has 80 bytes, more than a packet. V of
  // both heads (dv = 160) has 10240 bytes, so the heads take turns; one needs max(Q and K 5120, V
  // 5120). 79 bytes more hold no row.
  const HandMadeBlock block{32, 32, 80, 160, 1, {{4, 6}, {5, 7}}};
  HandMadeMachine machine;
  machine.input_bytes = 5120 + 79;
  const Json result = run(machine, block);
  CHECK(num_units(result) == 2);
  expect_traffic(result, "key", 2560, 2560);
  expect_traffic(result, "query", 2560, 2560);
  // One byte more: a row of 80 bytes stays, of which one packet of 64 bytes holds nothing else.
  ++machine.input_bytes;
  expect_traffic(run(machine, block), "key", 2560, 2560 - 64);
}

TEST_CASE("without forwarding, exactly the Q rows of heads in both engines are loaded again") {
  // Head 0 is in both engines, head 1 in the denser one alone (all of its 8 columns), heads 2 and 3
  // in the sparser one alone.
  const HandMadeBlock block{24, 8, 16, 16, 0, {{3, 2}, {8, 0}, {0, 5}, {0, 0}}};
  HandMadeMachine machine;
  const Json with = run(machine, block);
  machine.query_forwarding = false;
  const Json without = run(machine, block);
  // Head 3 is pruned throughout.
  expect_traffic(with, "query", 3 * 24 * 16, 0);
  expect_traffic(without, "query", 3 * 24 * 16, 24 * 16);
  for (const char* tensor : {"weights", "index", "key", "value", "output"}) {
    CHECK(without["traffic"][tensor] == with["traffic"][tensor]);
  }
  CHECK(without["macs"] == with["macs"]);
  CHECK(without["values"] == with["values"]);
}

TEST_CASE(
    "without forwarding, compressed Q is loaded again for units with a head in both engines") {
  // Two heads compressed to one: tokens hold both heads, so all 24 tokens of 16 bytes come again if
  // one head is in both engines, and only the rows of that head are decoded again.
  HandMadeMachine machine;
  machine.query_forwarding = false;
  const Json both = run(machine, {24, 8, 16, 16, 1, {{3, 2}, {8, 0}}});
  expect_traffic(both, "query", 24 * 16, 24 * 16);
  // Q: head 0 twice, head 1 once; K: both heads once; 1 compressed head.
  CHECK(both["macs"]["decoder"] == (3 * 24 + 2 * 8) * 16);
  const Json apart = run(machine, {24, 8, 16, 16, 1, {{0, 2}, {8, 0}}});
  expect_traffic(apart, "query", 24 * 16, 0);
  CHECK(apart["macs"]["decoder"] == (2 * 24 + 2 * 8) * 16);
}

TEST_CASE("a machine with one engine loads each Q row once and does kept entries alone") {
  const HandMadeBlock block{24, 8, 16, 16, 0, {{3, 2}, {8, 0}, {0, 5}, {0, 0}}};
  HandMadeMachine machine;
  machine.two_engines = false;
  machine.query_forwarding = false;  // without a second engine there is nothing to forward
  const Json result = run(machine, block);
  expect_traffic(result, "query", 3 * 24 * 16, 0);  // not of the head that is pruned throughout
  CHECK(result["macs"]["attention"] == 24 * (5 + 8 + 5) * (16 + 16));
}

}  // namespace vitcod::traffic_test
