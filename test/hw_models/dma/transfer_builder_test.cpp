// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dma/transfer_builder.hpp"

#include <catch2/catch.hpp>

#include "test/support/tiny_trace.hpp"

using namespace vitcod;
using namespace vitcod::test;

namespace {

constexpr std::uint64_t kQ = 0;  // tensors lie in the order q, k, v, out, ..., each from 4 KiB on
constexpr std::uint64_t kK = 4096;
constexpr std::uint64_t kV = 8192;
constexpr std::uint64_t kOut = 12288;

/// What a packet carries, relative to the tensor's address.
struct Seen {
  std::uint64_t offset;
  std::uint32_t bytes, first_row, num_rows, denser_rows, sparser_rows;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> seen(const Transfer& transfer, std::uint64_t base) {
  std::vector<Seen> list;
  for (const Packet& packet : transfer.packets) {
    CHECK(packet.transfer == &transfer);
    list.push_back(Seen{packet.address - base, packet.bytes, packet.first_row, packet.num_rows,
                        packet.engine_rows[0], packet.engine_rows[1]});
  }
  return list;
}

Drawing full(std::size_t queries, std::size_t keys) {
  return Drawing(queries, std::string(keys, 'x'));
}

/// A trace, its layout and a builder with packets of 64 bytes.
struct Bench {
  Bench(const std::vector<TinyHead>& heads, std::uint32_t query_features,
        std::uint32_t value_features, std::uint32_t compressed_heads = 0, bool forwarding = true)
      : trace(heads, query_features, value_features, compressed_heads),
        layout(trace.trace),
        builder(layout, 64, forwarding) {}

  std::unique_ptr<UnitContext> unit(const WorkUnit& work) const {
    return make_unit_context(work, false);
  }

  TinyTrace trace;
  DramLayout layout;
  TransferBuilder builder;
};

}  // namespace

TEST_CASE("tensors lie one after the other from 4 KiB boundaries") {
  Trace trace;
  trace.tensors = {{"a", {4096}, 8}, {"b", {4097}, 8}, {"c", {3}, 32}, {"d", {1}, 8}};
  DramLayout layout(trace);
  CHECK(layout.address(TensorId{0}) == 0);
  CHECK(layout.address(TensorId{1}) == 4096);
  CHECK(layout.address(TensorId{2}) == 12288);
  CHECK(layout.address(TensorId{3}) == 16384);
  CHECK(layout.allocate(1) == 20480);
  CHECK(layout.allocate(5000) == 24576);
  CHECK(layout.allocate(1) == 32768);
}

TEST_CASE("packets are cut at multiples of their size; a row counts where its last byte is") {
  // 8 K rows of 24 bytes: after 64 bytes 2 are complete, after 128 five, after 192 eight.
  const Bench bench({{full(2, 8), 0}}, 24, 8);
  const auto unit = bench.unit(bench.trace.tiny.whole());
  const auto keys = bench.builder.keys(*unit);
  CHECK(seen(*keys, kK) == std::vector<Seen>{{0, 64, 0, 2, 0, 2},  //
                                             {64, 64, 2, 3, 0, 3},
                                             {128, 64, 5, 3, 0, 3}});
  CHECK(keys->role == TensorRole::kKey);
  CHECK(keys->row_bytes == 24);
  CHECK(keys->bytes() == 192);
  CHECK(keys->num_deliveries == 3);
}

TEST_CASE("a stretch that begins within a packet's span is cut at its end") {
  // Rows 1 to 4 of head 1 of 8 rows of 24 bytes: bytes 216 to 311. Cut at 256.
  const Bench bench({{full(8, 8), 0}, {full(8, 8), 0}}, 24, 8);
  const auto unit = bench.unit(bench.trace.tiny.unit(1, 1, 1, 4));
  CHECK(seen(*bench.builder.queries(*unit), kQ) ==
        std::vector<Seen>{{216, 40, 0, 1, 0, 1}, {256, 56, 1, 3, 0, 3}});
}

TEST_CASE("rows longer than a packet: parts without a complete row still go to the engine") {
  // Two K rows of 100 bytes: complete in the packets that hold bytes 99 and 199.
  const Bench bench({{full(1, 2), 0}}, 100, 8);
  const auto unit = bench.unit(bench.trace.tiny.whole());
  const auto keys = bench.builder.keys(*unit);
  CHECK(seen(*keys, kK) == std::vector<Seen>{{0, 64, 0, 0, 0, 0},
                                             {64, 64, 0, 1, 0, 1},
                                             {128, 64, 1, 0, 0, 0},
                                             {192, 8, 1, 1, 0, 1}});
  CHECK(keys->num_deliveries == 4);  // each goes to the sparser engine
  for (const Packet& packet : keys->packets) {
    CHECK_FALSE(goes_to(packet, 0));
    CHECK(goes_to(packet, 1));
  }
}

TEST_CASE("a packet goes to each engine that keeps a row of which it holds some bytes") {
  // Four K rows of 24 bytes, the first one denser. Packet 0 ends 16 bytes into row 2, packet 1
  // holds the rest of row 2 and row 3; row 0 is in packet 0 alone.
  const Bench bench({{full(2, 4), 1}}, 24, 8);
  const auto unit = bench.unit(bench.trace.tiny.whole());
  const auto keys = bench.builder.keys(*unit);
  CHECK(seen(*keys, kK) == std::vector<Seen>{{0, 64, 0, 2, 1, 1}, {64, 32, 2, 2, 0, 2}});
  CHECK(goes_to(keys->packets[0], 0));
  CHECK(goes_to(keys->packets[0], 1));
  CHECK_FALSE(goes_to(keys->packets[1], 0));
  CHECK(goes_to(keys->packets[1], 1));
  CHECK(keys->num_deliveries == 3);
}

TEST_CASE("a packet that only begins a row goes to the engine that keeps it") {
  // Two K rows of 96 bytes, the second one denser: packet 1 (bytes 64 to 127) completes row 0 for
  // the sparser engine and begins row 1 for the denser one.
  Bench bench({{full(2, 2), 1}}, 96, 8);
  bench.trace.tiny.map.heads[0].key_order = std::vector<std::uint32_t>{1, 0};
  const auto unit = bench.unit(bench.trace.tiny.whole());
  const auto keys = bench.builder.keys(*unit);
  CHECK(seen(*keys, kK) ==
        std::vector<Seen>{{0, 64, 0, 0, 0, 0}, {64, 64, 0, 1, 0, 1}, {128, 64, 1, 1, 1, 0}});
  CHECK_FALSE(goes_to(keys->packets[0], 0));
  CHECK(goes_to(keys->packets[0], 1));
  CHECK(goes_to(keys->packets[1], 0));
  CHECK(goes_to(keys->packets[1], 1));
  CHECK(goes_to(keys->packets[2], 0));
  CHECK_FALSE(goes_to(keys->packets[2], 1));
  CHECK(keys->num_deliveries == 4);
}

TEST_CASE("K and V rows go to the engine that has the key in the head") {
  // Head 0: key 0 denser; head 1: keys 0 and 1; 4 keys of 32 bytes, two rows a packet.
  const Bench bench({{full(2, 4), 1}, {full(2, 4), 2}}, 32, 16);
  const auto unit = bench.unit(bench.trace.tiny.whole());
  const auto keys = bench.builder.keys(*unit);
  CHECK(seen(*keys, kK) == std::vector<Seen>{{0, 64, 0, 2, 1, 1},
                                             {64, 64, 2, 2, 0, 2},
                                             {128, 64, 4, 2, 2, 0},
                                             {192, 64, 6, 2, 0, 2}});
  CHECK(keys->num_deliveries == 2 + 1 + 1 + 1);
  const auto values = bench.builder.values(*unit);  // 16 bytes a row: four a packet
  CHECK(seen(*values, kV) == std::vector<Seen>{{0, 64, 0, 4, 1, 3}, {64, 64, 4, 4, 2, 2}});
  CHECK(values->num_deliveries == 4);
}

TEST_CASE("Q rows go to the denser engine if it has columns of the head") {
  const Bench bench({{full(2, 4), 1}, {full(2, 4), 0}}, 32, 16);
  const auto unit = bench.unit(bench.trace.tiny.whole());
  CHECK(seen(*bench.builder.queries(*unit), kQ) ==
        std::vector<Seen>{{0, 64, 0, 2, 2, 0}, {64, 64, 2, 2, 0, 2}});
  CHECK(bench.builder.sparser_queries(*unit) == nullptr);  // they are forwarded
}

TEST_CASE("without forwarding the sparser engine loads Q of heads that both engines work on") {
  // Head 0: both engines; head 1: sparser only; head 2: denser throughout; head 3: both.
  const Bench bench({{full(2, 4), 1}, {full(2, 4), 0}, {full(2, 4), 4}, {full(2, 4), 2}}, 32, 16, 0,
                    false);
  const auto unit = bench.unit(bench.trace.tiny.whole());
  CHECK(bench.builder.queries(*unit)->bytes() == 4 * 64);
  const auto again = bench.builder.sparser_queries(*unit);
  REQUIRE(again != nullptr);
  CHECK(seen(*again, kQ) == std::vector<Seen>{{0, 64, 0, 2, 0, 2}, {192, 64, 6, 2, 0, 2}});
  CHECK(again->reason == TransferReason::kReload);
  // Heads of one engine only: nothing to load again.
  const auto head1 = bench.unit(bench.trace.tiny.unit(1, 1, 0, 2));
  CHECK(bench.builder.sparser_queries(*head1) == nullptr);
  const auto head2 = bench.unit(bench.trace.tiny.unit(2, 1, 0, 2));
  CHECK(bench.builder.sparser_queries(*head2) == nullptr);
}

TEST_CASE("compressed rows are tokens; each becomes a row of every head in the unit") {
  // Four heads from two: a token's row is 2 x 16 bytes, two a packet. Denser keys: 0 in head 0, 0
  // and 1 in head 1. The unit has heads 0 to 2: token 0 gives two rows to the denser engine and one
  // to the sparser, token 1 one and two, the others none and three.
  const Bench bench({{full(3, 4), 1}, {full(3, 4), 2}, {full(3, 4), 0}, {full(3, 4), 0}}, 16, 8, 2);
  const auto unit = bench.unit(bench.trace.tiny.unit(0, 3, 0, 3));
  const auto keys = bench.builder.keys(*unit);
  CHECK(keys->compressed);
  CHECK(keys->row_bytes == 16);
  CHECK(seen(*keys, kK) == std::vector<Seen>{{0, 64, 0, 2, 3, 3}, {64, 64, 2, 2, 0, 6}});
  CHECK(keys->num_deliveries == 3);
  // Q: heads 0 and 1 to the denser engine, head 2 to the sparser one.
  CHECK(seen(*bench.builder.queries(*unit), kQ) ==
        std::vector<Seen>{{0, 64, 0, 2, 4, 2}, {64, 32, 2, 1, 2, 1}});
}

TEST_CASE("resident rows are loaded by the first unit of a layer and found by the others") {
  // 6 tokens of 32 bytes: packets of rows 0-1, 2-3, 4-5. Five resident rows: two whole packets.
  const Bench bench({{full(6, 6), 0}, {full(6, 6), 0}, {full(6, 6), 0}}, 16, 8, 2);
  const auto in_dram = [&](WorkUnit work, bool loads, bool frees) {
    work.resident_keys = 5;
    work.loads_resident = loads;
    work.frees_resident = frees;
    const auto unit = bench.unit(work);
    const auto keys = bench.builder.keys(*unit);
    std::string text;
    for (const Packet& packet : keys->packets) {
      text += packet.in_dram ? 'd' : 'r';
      text += packet.stays ? 's' : '.';
      text += packet.leaves ? 'l' : '.';
    }
    text += keys->reason == TransferReason::kReload ? " reload" : " first";
    return text;
  };
  CHECK(in_dram(bench.trace.tiny.unit(0, 1, 0, 6), true, false) == "ds.ds.d.. first");
  CHECK(in_dram(bench.trace.tiny.unit(1, 1, 0, 6), false, false) == "r..r..d.. reload");
  CHECK(in_dram(bench.trace.tiny.unit(2, 1, 0, 6), false, true) == "r.lr.ld.. reload");
  CHECK(in_dram(bench.trace.tiny.whole(), true, true) == "d..d..d.. first");
}

TEST_CASE("a packet that holds a part of a row that is not resident is loaded again") {
  // Rows of 48 bytes: packet 0 holds row 0 and a third of row 1. With one resident row it does not
  // stay.
  const Bench bench({{full(2, 4), 0}, {full(2, 4), 0}, {full(2, 4), 0}}, 24, 8, 2);
  WorkUnit work = bench.trace.tiny.unit(1, 1, 0, 2);
  work.loads_resident = false;
  work.resident_keys = 1;
  CHECK(bench.builder.keys(*bench.unit(work))->packets[0].in_dram);
  work.resident_keys = 2;  // 96 bytes: the first packet, not the second
  const auto unit = bench.unit(work);
  const auto keys = bench.builder.keys(*unit);
  CHECK_FALSE(keys->packets[0].in_dram);
  CHECK(keys->packets[1].in_dram);
}

TEST_CASE("later tiles and head groups load again what earlier ones loaded") {
  const Bench plain({{full(4, 4), 0}, {full(4, 4), 0}}, 16, 16);
  const auto first = plain.unit(plain.trace.tiny.unit(0, 1, 0, 2));
  const auto tile = plain.unit(plain.trace.tiny.unit(0, 1, 2, 2));
  const auto other_head = plain.unit(plain.trace.tiny.unit(1, 1, 0, 2));
  CHECK(plain.builder.values(*first)->reason == TransferReason::kFirstLoad);
  CHECK(plain.builder.values(*tile)->reason == TransferReason::kReload);
  CHECK(plain.builder.keys(*tile)->reason == TransferReason::kReload);
  CHECK(plain.builder.queries(*tile)->reason == TransferReason::kFirstLoad);
  CHECK(plain.builder.keys(*other_head)->reason == TransferReason::kFirstLoad);
  const Bench compressed({{full(4, 4), 0}, {full(4, 4), 0}}, 16, 16, 1);
  const auto second_group = compressed.unit(compressed.trace.tiny.unit(1, 1, 0, 4));
  CHECK(compressed.builder.queries(*second_group)->reason == TransferReason::kReload);
  CHECK(compressed.builder.values(*second_group)->reason == TransferReason::kFirstLoad);
}

TEST_CASE("output packets hold whole rows of one head") {
  // Rows of 24 bytes, two a packet; a tile of 3 rows from row 1 on of two heads with 5 rows.
  const Bench bench({{full(5, 2), 0}, {full(5, 2), 0}}, 8, 24);
  const auto unit = bench.unit(bench.trace.tiny.unit(0, 2, 1, 3));
  const auto output = bench.builder.output(*unit);
  CHECK(seen(*output, kOut) == std::vector<Seen>{{24, 48, 0, 2, 0, 0},
                                                 {72, 24, 2, 1, 0, 0},
                                                 {144, 48, 3, 2, 0, 0},
                                                 {192, 24, 5, 1, 0, 0}});
  CHECK(output->reason == TransferReason::kWriteBack);
  // A row longer than a packet is a packet of its own.
  const Bench wide({{full(2, 2), 0}}, 8, 100);
  const auto wide_unit = wide.unit(wide.trace.tiny.whole());
  CHECK(seen(*wide.builder.output(*wide_unit), kOut) ==
        std::vector<Seen>{{0, 100, 0, 1, 0, 0}, {100, 100, 1, 1, 0, 0}});
}

TEST_CASE("weights and index carry no rows; weights go to both engines, the index to one") {
  const Bench bench({{full(2, 4), 1}, {full(2, 4), 0}, {full(2, 4), 0}}, 16, 8, 2);
  const auto unit = bench.unit(bench.trace.tiny.whole());
  const auto weights = bench.builder.weights(*unit);
  CHECK(weights->bytes() == 2 * (2 * 3 + 3 * 4));
  CHECK(weights->packets.size() == 4);
  CHECK(weights->num_deliveries == 8);
  const auto index = bench.builder.index(*unit, 150);
  CHECK(index->bytes() == 150);
  CHECK(index->packets.size() == 3);
  CHECK(index->num_deliveries == 3);
  CHECK_FALSE(goes_to(index->packets[0], 0));
  CHECK(bench.builder.index(*unit, 0) == nullptr);
  const auto one_engine = bench.unit(bench.trace.tiny.whole(false));
  CHECK(bench.builder.weights(*one_engine)->num_deliveries == 4);
  const Bench plain({{full(2, 4), 0}}, 16, 8);
  CHECK(plain.builder.weights(*plain.unit(plain.trace.tiny.whole())) == nullptr);
}
