// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dma/packet.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "sim/base/random.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::packet_test {
namespace {

/// Rows go to the receivers that a table names; what has no rows, to all of them.
struct ByRow final : Placement {
  std::vector<OutputMask> receivers;  ///< by row

  OutputMask outputs(std::uint32_t first, std::uint32_t end) const override {
    OutputMask mask = 0;
    for (std::uint32_t row = first; row < end; ++row) mask |= receivers[row];
    return first == end ? OutputMask{3} : mask;
  }
};

Transfer load_of(std::vector<Stretch> stretches, std::vector<OutputMask> receivers = {}) {
  auto placement = std::make_shared<ByRow>();
  placement->receivers = std::move(receivers);
  Transfer transfer;
  transfer.stretches = std::move(stretches);
  transfer.placement = placement;
  return transfer;
}

/// Address, offset, bytes, first complete row, complete rows.
using Cut = std::array<std::uint64_t, 5>;

std::vector<Cut> cuts(const Transfer& transfer, std::uint32_t packet_bytes) {
  std::vector<Cut> list;
  for (const Packet& packet : packets_of(transfer, packet_bytes)) {
    CHECK(packet.transfer == &transfer);
    CHECK(packet.payload == nullptr);
    list.push_back(
        {packet.address, packet.offset, packet.bytes, packet.first_row, packet.num_rows});
  }
  return list;
}

std::vector<int> masks(const Transfer& transfer, std::uint32_t packet_bytes) {
  std::vector<int> list;
  for (const Packet& packet : packets_of(transfer, packet_bytes)) list.push_back(packet.outputs);
  return list;
}

}  // namespace

TEST_CASE("packets end at multiples of their size in the address space") {
  // 100 bytes from 1000 on: cut at 1024 and 1088.
  const Transfer transfer = load_of({Stretch{1000, 100, 0, 0, 0}});
  CHECK(cuts(transfer, 64) ==
        std::vector<Cut>{{1000, 0, 24, 0, 0}, {1024, 24, 64, 0, 0}, {1088, 88, 12, 0, 0}});
  // A stretch that ends at a boundary has no empty packet there.
  CHECK(cuts(load_of({Stretch{0, 128, 0, 0, 0}}), 64) ==
        std::vector<Cut>{{0, 0, 64, 0, 0}, {64, 64, 64, 0, 0}});
  CHECK(cuts(load_of({Stretch{63, 1, 0, 0, 0}}), 64) == std::vector<Cut>{{63, 0, 1, 0, 0}});
}

TEST_CASE("a row counts with the packet that holds its last byte") {
  // Six rows of 24 bytes from 64 on, the first one row 2: after 64 bytes 2 are complete, after 128
  // five, after 144 six.
  const Transfer transfer =
      load_of({Stretch{64, 144, 24, 2, 48}}, std::vector<OutputMask>(8, OutputMask{1}));
  CHECK(cuts(transfer, 64) ==
        std::vector<Cut>{{64, 48, 64, 2, 2}, {128, 112, 64, 4, 3}, {192, 176, 16, 7, 1}});
}

TEST_CASE("a packet lies in one stretch, whose rows go on from its own first one") {
  // Rows 0 and 1 from 0 on, rows 6 and 7 from 96 on: no packet for both, though 64 to 127 would
  // hold bytes of both.
  const Transfer transfer = load_of({Stretch{0, 80, 40, 0, 0}, Stretch{96, 80, 40, 6, 240}},
                                    std::vector<OutputMask>(8, OutputMask{1}));
  CHECK(cuts(transfer, 64) ==
        std::vector<Cut>{
            {0, 0, 64, 0, 1}, {64, 64, 16, 1, 1}, {96, 240, 32, 6, 0}, {128, 272, 48, 6, 2}});
  CHECK(transfer.bytes() == 160);
}

TEST_CASE("a packet lies in one piece of a stretch") {
  // 20 bytes from 1000, 1100 and 1200 on; the last ones cross 1216.
  const Transfer transfer = load_of({Stretch{1000, 60, 0, 0, 7, 20, 100}});
  CHECK(cuts(transfer, 64) ==
        std::vector<Cut>{
            {1000, 7, 20, 0, 0}, {1100, 27, 20, 0, 0}, {1200, 47, 16, 0, 0}, {1216, 63, 4, 0, 0}});
  CHECK(transfer.bytes() == 60);
}

TEST_CASE("pieces of a stretch are cut as stretches of their own") {
  Random random(11);
  const auto uniform = [&random](std::uint32_t least, std::uint32_t most) {
    return std::uint64_t{least} + random.uniform_below(most - least + 1);
  };
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t piece = uniform(1, 300);
    const std::uint64_t pitch = piece + uniform(1, 300);
    const std::uint64_t num = uniform(1, 9);
    const std::uint64_t first = uniform(0, 5000);
    const Stretch before{9000, 33, 0, 0, 0};
    const Stretch after{8000, 70, 0, 0, 33 + num * piece};
    const Transfer whole =
        load_of({before, Stretch{first, num * piece, 0, 0, 33, piece, pitch}, after});
    std::vector<Stretch> apart{before};
    for (std::uint64_t p = 0; p < num; ++p) {
      apart.push_back(Stretch{first + p * pitch, piece, 0, 0, 33 + p * piece});
    }
    apart.push_back(after);
    INFO(piece << " bytes every " << pitch << ", " << num << " of them from " << first << " on");
    CHECK(cuts(whole, 64) == cuts(load_of(apart), 64));
  }
}

TEST_CASE("a packet goes to every receiver that keeps a row of which it holds some bytes") {
  // Rows of 100 bytes for receivers 1, 2, 1. Bytes 0-63: row 0; 64-127: rows 0 and 1; 128-191: row
  // 1, of which it holds neither end; 192-255: rows 1 and 2; 256-299: row 2.
  const Transfer transfer = load_of({Stretch{0, 300, 100, 0, 0}}, {1, 2, 1});
  CHECK(masks(transfer, 64) == std::vector<int>{1, 3, 2, 3, 1});
  CHECK(count_deliveries(transfer, 64) == 1 + 2 + 1 + 2 + 1);
  // Rows that end at a boundary: the next one's receiver does not see them.
  CHECK(masks(load_of({Stretch{0, 128, 64, 0, 0}}, {1, 2}), 64) == std::vector<int>{1, 2});
  // A row that nobody keeps is loaded with its neighbours and goes to their receivers only.
  CHECK(masks(load_of({Stretch{0, 96, 32, 0, 0}}, {0, 2, 0}), 64) == std::vector<int>{2, 0});
  CHECK(count_deliveries(load_of({Stretch{0, 96, 32, 0, 0}}, {0, 2, 0}), 64) == 1);
  // What has no rows goes to all of its receivers.
  CHECK(masks(load_of({Stretch{0, 100, 0, 0, 0}}), 64) == std::vector<int>{3, 3});
  CHECK(count_deliveries(load_of({Stretch{0, 100, 0, 0, 0}}), 64) == 4);
}

TEST_CASE("leading packets that are resident in full stay, and are found") {
  // Packets of 24, 64 and 12 bytes. Resident: in DRAM and staying there ("ds"), found and staying
  // ("rs"), found for the last time ("r."), or not ("d.").
  const auto residency = [](std::uint64_t bytes, bool is_there, bool stays) {
    Transfer transfer = load_of({Stretch{1000, 100, 0, 0, 0}});
    transfer.residency = Residency{bytes, is_there, stays};
    std::string text;
    for (const Packet& packet : packets_of(transfer, 64)) {
      text += packet.in_dram ? 'd' : 'r';
      text += packet.stays ? 's' : '.';
    }
    return text;
  };
  CHECK(residency(0, true, true) == "d.d.d.");
  CHECK(residency(23, true, true) == "d.d.d.");
  CHECK(residency(24, false, true) == "dsd.d.");
  CHECK(residency(87, true, true) == "rsd.d.");  // the last packet would fit, but does not lead
  CHECK(residency(88, true, true) == "rsrsd.");
  CHECK(residency(88, true, false) == "r.r.d.");
  CHECK(residency(100, true, false) == "r.r.r.");
  CHECK(residency(100, false, false) == "d.d.d.");
}

TEST_CASE("a cutter is done after the last packet; of nothing at once") {
  const Transfer transfer = load_of({Stretch{0, 65, 0, 0, 0}});
  PacketCutter cutter(transfer, 64);
  CHECK(&cutter.transfer() == &transfer);
  CHECK_FALSE(cutter.done());
  cutter.pop();
  CHECK_FALSE(cutter.done());
  cutter.pop();
  CHECK(cutter.done());
  CHECK(PacketCutter(load_of({}), 64).done());
  CHECK(count_deliveries(load_of({}), 64) == 0);
}

}  // namespace vitcod::test::packet_test
