// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/attention_loads.hpp"

#include <catch2/catch.hpp>

#include "hw_models/compiler/attention/attention_jobs.hpp"
#include "test/support/packet_bench.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod::test::attention_loads_test {
namespace {

constexpr std::uint64_t kQ = 0;  // tensors lie in the order q, k, v, out, ..., each from 4 KiB on
constexpr std::uint64_t kK = 4096;
constexpr std::uint64_t kV = 8192;
constexpr std::uint64_t kOut = 12288;

const RowPlacement& placement(const Transfer& load) {
  return dynamic_cast<const RowPlacement&>(*load.placement);
}

/// What a packet carries, relative to the tensor's address; rows of loads as the engines keep them.
struct Seen {
  std::uint64_t offset;
  std::uint32_t bytes, first_row, num_rows, denser_rows, sparser_rows;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> seen(const Transfer& load, std::uint64_t base) {
  std::vector<Seen> list;
  for (const Packet& packet : packets_of(load, 64)) {
    CHECK(packet.transfer == &load);
    const std::uint32_t end = packet.first_row + packet.num_rows;
    list.push_back(Seen{packet.address - base, packet.bytes, packet.first_row, packet.num_rows,
                        placement(load).num_kept(0, packet.first_row, end),
                        placement(load).num_kept(1, packet.first_row, end)});
  }
  return list;
}

/// Of the crossbar, of each packet.
std::vector<int> outputs(const Transfer& load) {
  std::vector<int> list;
  for (const Packet& packet : packets_of(load, 64)) list.push_back(packet.outputs);
  return list;
}

Drawing full(std::size_t queries, std::size_t keys) {
  return Drawing(queries, std::string(keys, 'x'));
}

/// A trace, its layout and the loads of its layer with packets of 64 bytes.
struct Bench {
  Bench(const std::vector<TinyHead>& heads, std::uint32_t query_features,
        std::uint32_t value_features, std::uint32_t compressed_heads = 0, bool forwarding = true)
      : trace(heads, query_features, value_features, compressed_heads),
        layout(trace.trace),
        loads(trace.tiny.layer, layout, target) {
    target.holding.query_forwarding = forwarding;
  }

  Transfer keys(const WorkUnit& unit) {
    return loads.keys(unit, tile_of(unit, true, true), region, 0);
  }
  Transfer values(const WorkUnit& unit) {
    return loads.values(unit, tile_of(unit, true, true), region);
  }
  Transfer queries(const WorkUnit& unit) {
    return loads.queries(unit, tile_of(unit, true, true), region, 0);
  }
  std::optional<Transfer> sparser_queries(const WorkUnit& unit) {
    return loads.sparser_queries(unit, tile_of(unit, true, true), region, 0);
  }

  const RegionId region{5};
  TinyTrace trace;
  DramLayout layout;
  Target target = tiny_target();
  AttentionLoads loads;
};

}  // namespace

TEST_CASE("packets are cut at multiples of their size; a row counts where its last byte is") {
  // 8 K rows of 24 bytes: after 64 bytes 2 are complete, after 128 five, after 192 eight.
  Bench bench({{full(2, 8), 0}}, 24, 8);
  const WorkUnit unit = bench.trace.tiny.whole();
  const Transfer keys = bench.keys(unit);
  CHECK(seen(keys, kK) == std::vector<Seen>{{0, 64, 0, 2, 0, 2},  //
                                            {64, 64, 2, 3, 0, 3},
                                            {128, 64, 5, 3, 0, 3}});
  CHECK(keys.label.role == TensorRole::kKey);
  CHECK(placement(keys).row_bytes == 24);
  CHECK(keys.bytes() == 192);
  CHECK(count_deliveries(keys, 64) == 3);
}

TEST_CASE("a stretch that begins within a packet's span is cut at its end") {
  // Rows 1 to 4 of head 1 of 8 rows of 24 bytes: bytes 216 to 311. Cut at 256.
  Bench bench({{full(8, 8), 0}, {full(8, 8), 0}}, 24, 8);
  const WorkUnit unit = bench.trace.tiny.unit(1, 1, 1, 4);
  CHECK(seen(bench.queries(unit), kQ) ==
        std::vector<Seen>{{216, 40, 0, 1, 0, 1}, {256, 56, 1, 3, 0, 3}});
}

TEST_CASE("rows longer than a packet: parts without a complete row still go to the engine") {
  // Two K rows of 100 bytes: complete in the packets that hold bytes 99 and 199.
  Bench bench({{full(1, 2), 0}}, 100, 8);
  const WorkUnit unit = bench.trace.tiny.whole();
  const Transfer keys = bench.keys(unit);
  CHECK(seen(keys, kK) == std::vector<Seen>{{0, 64, 0, 0, 0, 0},
                                            {64, 64, 0, 1, 0, 1},
                                            {128, 64, 1, 0, 0, 0},
                                            {192, 8, 1, 1, 0, 1}});
  CHECK(count_deliveries(keys, 64) == 4);  // each goes to the sparser engine
  for (const Packet& packet : packets_of(keys, 64)) CHECK(packet.outputs == kToSparser);
}

TEST_CASE("a packet goes to each engine that keeps a row of which it holds some bytes") {
  // Four K rows of 24 bytes, the first one denser. Packet 0 ends 16 bytes into row 2, packet 1
  // holds the rest of row 2 and row 3; row 0 is in packet 0 alone.
  Bench bench({{full(2, 4), 1}}, 24, 8);
  const Transfer keys = bench.keys(bench.trace.tiny.whole());
  CHECK(seen(keys, kK) == std::vector<Seen>{{0, 64, 0, 2, 1, 1}, {64, 32, 2, 2, 0, 2}});
  CHECK(outputs(keys) == std::vector<int>{kToDenser | kToSparser, kToSparser});
  CHECK(count_deliveries(keys, 64) == 3);
}

TEST_CASE("a packet that only begins a row goes to the engine that keeps it") {
  // Two K rows of 96 bytes, the second one denser: packet 1 (bytes 64 to 127) completes row 0 for
  // the sparser engine and begins row 1 for the denser one.
  Bench bench({{full(2, 2), 1}}, 96, 8);
  bench.trace.tiny.map.heads[0].key_order = {1, 0};
  const Transfer keys = bench.keys(bench.trace.tiny.whole());
  CHECK(seen(keys, kK) ==
        std::vector<Seen>{{0, 64, 0, 0, 0, 0}, {64, 64, 0, 1, 0, 1}, {128, 64, 1, 1, 1, 0}});
  CHECK(outputs(keys) == std::vector<int>{kToSparser, kToDenser | kToSparser, kToDenser});
  CHECK(count_deliveries(keys, 64) == 4);
}

TEST_CASE("a packet within a row goes to the engine that keeps it") {
  // Three K rows of 100 bytes; key 1 alone is the denser engine's: bytes 100 to 199. Packets of 64
  // bytes: row 0; rows 0 and 1; row 1; rows 1 and 2; row 2.
  Bench bench({{full(2, 3), 1}}, 100, 8);
  bench.trace.tiny.map.heads[0].key_order = {1, 0, 2};
  const Transfer keys = bench.keys(bench.trace.tiny.whole());
  CHECK(outputs(keys) == std::vector<int>{kToSparser, kToDenser | kToSparser, kToDenser,
                                          kToDenser | kToSparser, kToSparser});
  CHECK(count_deliveries(keys, 64) == 7);
}

TEST_CASE("K and V rows go to the engine that has the key in the head") {
  // Head 0: key 0 denser; head 1: keys 0 and 1; 4 keys of 32 bytes, two rows a packet.
  Bench bench({{full(2, 4), 1}, {full(2, 4), 2}}, 32, 16);
  const WorkUnit unit = bench.trace.tiny.whole();
  const Transfer keys = bench.keys(unit);
  CHECK(seen(keys, kK) == std::vector<Seen>{{0, 64, 0, 2, 1, 1},
                                            {64, 64, 2, 2, 0, 2},
                                            {128, 64, 4, 2, 2, 0},
                                            {192, 64, 6, 2, 0, 2}});
  CHECK(count_deliveries(keys, 64) == 2 + 1 + 1 + 1);
  const Transfer values = bench.values(unit);  // 16 bytes a row: four a packet
  CHECK(seen(values, kV) == std::vector<Seen>{{0, 64, 0, 4, 1, 3}, {64, 64, 4, 4, 2, 2}});
  CHECK(count_deliveries(values, 64) == 4);
}

TEST_CASE("Q rows go to the denser engine if it has columns of the head") {
  Bench bench({{full(2, 4), 1}, {full(2, 4), 0}}, 32, 16);
  const WorkUnit unit = bench.trace.tiny.whole();
  CHECK(seen(bench.queries(unit), kQ) ==
        std::vector<Seen>{{0, 64, 0, 2, 2, 0}, {64, 64, 2, 2, 0, 2}});
  CHECK_FALSE(bench.sparser_queries(unit).has_value());  // they are forwarded
}

TEST_CASE("without forwarding the sparser engine loads Q of heads that both engines work on") {
  // Head 0: both engines; head 1: sparser only; head 2: denser throughout; head 3: both.
  Bench bench({{full(2, 4), 1}, {full(2, 4), 0}, {full(2, 4), 4}, {full(2, 4), 2}}, 32, 16, 0,
              false);
  const WorkUnit unit = bench.trace.tiny.whole();
  CHECK(bench.queries(unit).bytes() == 4 * 64);
  const auto again = bench.sparser_queries(unit);
  REQUIRE(again.has_value());
  CHECK(seen(*again, kQ) == std::vector<Seen>{{0, 64, 0, 2, 0, 2}, {192, 64, 6, 2, 0, 2}});
  CHECK(again->label.reason == TransferReason::kReload);
  // Heads of one engine only: nothing to load again.
  const WorkUnit head1 = bench.trace.tiny.unit(1, 1, 0, 2);
  CHECK_FALSE(bench.sparser_queries(head1).has_value());
  const WorkUnit head2 = bench.trace.tiny.unit(2, 1, 0, 2);
  CHECK_FALSE(bench.sparser_queries(head2).has_value());
}

TEST_CASE("compressed rows are tokens; each becomes a row of every head in the unit") {
  // Four heads from two: a token's row is 2 x 16 bytes, two a packet. Denser keys: 0 in head 0, 0
  // and 1 in head 1. The unit has heads 0 to 2: token 0 gives two rows to the denser engine and one
  // to the sparser, token 1 one and two, the others none and three.
  Bench bench({{full(3, 4), 1}, {full(3, 4), 2}, {full(3, 4), 0}, {full(3, 4), 0}}, 16, 8, 2);
  const WorkUnit unit = bench.trace.tiny.unit(0, 3, 0, 3);
  const Transfer keys = bench.keys(unit);
  CHECK(placement(keys).kind == RowPlacement::Kind::kTokens);
  CHECK(placement(keys).compressed_heads == 2);
  CHECK(placement(keys).row_bytes == 16);
  CHECK(seen(keys, kK) == std::vector<Seen>{{0, 64, 0, 2, 3, 3}, {64, 64, 2, 2, 0, 6}});
  CHECK(count_deliveries(keys, 64) == 3);
  // Q: heads 0 and 1 to the denser engine, head 2 to the sparser one.
  CHECK(seen(bench.queries(unit), kQ) ==
        std::vector<Seen>{{0, 64, 0, 2, 4, 2}, {64, 32, 2, 1, 2, 1}});
}

TEST_CASE("resident rows are loaded by the first unit of a layer and found by the others") {
  // 6 tokens of 32 bytes: packets of rows 0-1, 2-3, 4-5. Five resident rows: two whole packets,
  // found (r) by all units but the first one, which stay (s) there up to the last one.
  Bench bench({{full(6, 6), 0}, {full(6, 6), 0}, {full(6, 6), 0}}, 16, 8, 2);
  const auto in_dram = [&](WorkUnit work, bool loads, bool frees) {
    work.resident_keys = 5;
    work.is_first_load = loads;
    work.is_last_load = frees;
    const Transfer keys = bench.keys(work);
    std::string text;
    for (const Packet& packet : packets_of(keys, 64)) {
      text += packet.in_dram ? 'd' : 'r';
      text += packet.stays ? 's' : '.';
    }
    text += keys.label.reason == TransferReason::kReload ? " reload" : " first";
    return text;
  };
  CHECK(in_dram(bench.trace.tiny.unit(0, 1, 0, 6), true, false) == "dsdsd. first");
  CHECK(in_dram(bench.trace.tiny.unit(1, 1, 0, 6), false, false) == "rsrsd. reload");
  CHECK(in_dram(bench.trace.tiny.unit(2, 1, 0, 6), false, true) == "r.r.d. reload");
  CHECK(in_dram(bench.trace.tiny.whole(), true, true) == "d.d.d. first");
}

TEST_CASE("a packet that holds a part of a row that is not resident is loaded again") {
  // Rows of 48 bytes: packet 0 holds row 0 and a third of row 1. With one resident row it does not
  // stay.
  Bench bench({{full(2, 4), 0}, {full(2, 4), 0}, {full(2, 4), 0}}, 24, 8, 2);
  WorkUnit work = bench.trace.tiny.unit(1, 1, 0, 2);
  work.is_first_load = false;
  work.resident_keys = 1;
  CHECK(packets_of(bench.keys(work), 64)[0].in_dram);
  work.resident_keys = 2;  // 96 bytes: the first packet, not the second
  const Transfer keys = bench.keys(work);
  CHECK_FALSE(packets_of(keys, 64)[0].in_dram);
  CHECK(packets_of(keys, 64)[1].in_dram);
}

TEST_CASE("later tiles and head groups load again what earlier ones loaded") {
  Bench plain({{full(4, 4), 0}, {full(4, 4), 0}}, 16, 16);
  const WorkUnit first = plain.trace.tiny.unit(0, 1, 0, 2);
  const WorkUnit tile = plain.trace.tiny.unit(0, 1, 2, 2);
  const WorkUnit other_head = plain.trace.tiny.unit(1, 1, 0, 2);
  CHECK(plain.values(first).label.reason == TransferReason::kFirstLoad);
  CHECK(plain.values(tile).label.reason == TransferReason::kReload);
  CHECK(plain.keys(tile).label.reason == TransferReason::kReload);
  CHECK(plain.queries(tile).label.reason == TransferReason::kFirstLoad);
  CHECK(plain.keys(other_head).label.reason == TransferReason::kFirstLoad);
  Bench compressed({{full(4, 4), 0}, {full(4, 4), 0}}, 16, 16, 1);
  const WorkUnit second_group = compressed.trace.tiny.unit(1, 1, 0, 4);
  CHECK(compressed.queries(second_group).label.reason == TransferReason::kReload);
  CHECK(compressed.values(second_group).label.reason == TransferReason::kFirstLoad);
}

TEST_CASE("loads go through the weight or the input buffer and bring rows to a region") {
  Bench bench({{full(2, 4), 1}, {full(2, 4), 0}}, 16, 8, 1);
  const WorkUnit unit = bench.trace.tiny.whole();
  const auto tile = tile_of(unit, true, true);
  const Transfer keys = bench.loads.keys(unit, tile, RegionId{7}, 3);
  CHECK(keys.buffer == bench.target.input_buffer);
  CHECK(placement(keys).region == RegionId{7});
  CHECK(placement(keys).operand == RowPlacement::Operand::kKey);
  // Of weight set 3, in the order wq (1 x 2), bq (2 x 4), wk, bk.
  CHECK(placement(keys).weights.set == 3);
  CHECK(placement(keys).weights.matrix_offset == 10);
  CHECK(placement(keys).weights.bias_offset == 12);
  const Transfer queries = bench.loads.queries(unit, tile, RegionId{8}, 3);
  CHECK(queries.buffer == bench.target.input_buffer);
  CHECK(placement(queries).region == RegionId{8});
  CHECK(placement(queries).operand == RowPlacement::Operand::kQuery);
  CHECK(placement(queries).weights.set == 3);
  CHECK(placement(queries).weights.matrix_offset == 0);
  CHECK(placement(queries).weights.bias_offset == 2);
  const Transfer values = bench.loads.values(unit, tile, RegionId{9});
  CHECK(placement(values).region == RegionId{9});
  CHECK(placement(values).operand == RowPlacement::Operand::kValue);
  CHECK(placement(values).kind == RowPlacement::Kind::kRows);
  const Transfer weights = bench.loads.weights(true, 3);
  CHECK(weights.buffer == bench.target.weight_buffer);
  CHECK(placement(weights).weights.set == 3);
  CHECK(placement(weights).bytes == 20);
}

TEST_CASE("output rows are a stretch a head") {
  // Rows of 24 bytes; a tile of 3 rows from row 1 on of two heads with 5 rows.
  Bench bench({{full(5, 2), 0}, {full(5, 2), 0}}, 8, 24);
  const Transfer output = bench.loads.output(bench.trace.tiny.unit(0, 2, 1, 3));
  REQUIRE(output.stretches.size() == 2);
  CHECK(output.stretches[0].address == kOut + 24);
  CHECK(output.stretches[0].first_row == 0);
  CHECK(output.stretches[0].offset == 0);
  CHECK(output.stretches[1].address == kOut + 144);
  CHECK(output.stretches[1].first_row == 3);
  CHECK(output.stretches[1].offset == 72);
  for (const Stretch& stretch : output.stretches) {
    CHECK(stretch.bytes == 72);
    CHECK(stretch.row_bytes == 24);
  }
  CHECK(output.label.role == TensorRole::kOutput);
  CHECK(output.label.reason == TransferReason::kWriteBack);
  CHECK(output.outputs == kToResults);
}

TEST_CASE("weights and index carry no rows; weights go to both engines, the index to one") {
  Bench bench({{full(2, 4), 1}, {full(2, 4), 0}, {full(2, 4), 0}}, 16, 8, 2);
  const Transfer weights = bench.loads.weights(true, 1);
  CHECK(weights.bytes() == 2 * (2 * 3 + 3 * 4));
  CHECK(packets_of(weights, 64).size() == 4);
  CHECK(count_deliveries(weights, 64) == 8);
  const Transfer index = bench.loads.index(bench.layout.allocate(150), 150, bench.region);
  CHECK(index.bytes() == 150);
  CHECK(packets_of(index, 64).size() == 3);
  CHECK(count_deliveries(index, 64) == 3);
  CHECK(packets_of(index, 64)[0].outputs == kToSparser);
  CHECK(placement(index).region == bench.region);
  CHECK(placement(index).bytes == 150);
  CHECK(count_deliveries(bench.loads.weights(false, 1), 64) == 4);
}

namespace {

/// Roles of the loads of a whole layer's first job.
std::vector<TensorRole> first_loads(Bench& bench) {
  Program program;
  JobList jobs(bench.target, program);
  const WorkUnit unit = bench.trace.tiny.whole();
  AttentionJobs(bench.trace.tiny.layer, bench.layout, jobs).add(std::span(&unit, 1));
  std::vector<TensorRole> roles;
  for (const Load& load : program.jobs.front().loads) roles.push_back(load.transfer.label.role);
  return roles;
}

}  // namespace

TEST_CASE("a layer loads weights only if it is compressed, and an index only if there is one") {
  using Roles = std::vector<TensorRole>;
  Bench compressed({{full(2, 4), 1}}, 16, 8, 1);
  CHECK(first_loads(compressed) ==
        Roles{TensorRole::kWeights, TensorRole::kIndex, TensorRole::kKey, TensorRole::kQuery});
  Bench plain({{full(2, 4), 0}}, 16, 8);
  CHECK(first_loads(plain) == Roles{TensorRole::kIndex, TensorRole::kKey, TensorRole::kQuery});
}

TEST_CASE("the index holds starts of columns and rows, row indices and mask bits") {
  // Head 0: key 0 is denser, with rows 0 and 2 kept; sparser keys 1 (row 1) and 2 (rows 0, 2).
  // Head 1: denser throughout, without sparser columns: rows 0, 1, 2 of key 0, none of key 1, 1 of
  // key 2. In 2 bytes each: columns start at 0, 1, end 3; rows at 0, 1, 2, end 3. Then the rows of
  // the columns, a byte each. Then bits: 101 of head 0; 111, 000, 010 of head 1, the first one the
  // least significant bit: 101 11100 | 0010 is 0x3D, 0x04.
  Bench bench({{{"x.x", ".x.", "x.x"}, 1}, {{"x..", "x.x", "x.."}, 3}}, 8, 8);
  const WorkUnit unit = bench.trace.tiny.whole();
  CHECK(footprint(unit, HoldingRules{}).index == 19);
  CHECK(encode_index(*tile_of(unit, true, true)) == std::vector<std::uint8_t>{0, 0, 1, 0, 3, 0,  //
                                                                              0, 0, 1, 0, 2, 0, 3,
                                                                              0,        //
                                                                              1, 0, 2,  //
                                                                              0x3D, 0x04});
  // Without masks in denser blocks it ends before the bits.
  HoldingRules unmasked;
  unmasked.mask_denser_block = false;
  CHECK(footprint(unit, unmasked).index == 17);
  CHECK(encode_index(*tile_of(unit, false, true)).size() == 17);
}

}  // namespace vitcod::test::attention_loads_test
