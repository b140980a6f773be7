// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>

#include "sim/base/random.hpp"
#include "test/hw_models/token_gather/gather_bench.hpp"

namespace vitcod::test::token_gather_values_test {
namespace {

std::vector<std::uint8_t> random_bytes(Random& random, std::uint64_t num) {
  std::vector<std::uint8_t> bytes;
  for (std::uint64_t i = 0; i < num; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(random.uniform_below(256)));
  }
  return bytes;
}

/// A random operation in DRAM, tile by tile, and what becomes of it.
struct RandomGather {
  static constexpr std::uint64_t kNewAddress = 1U << 16U;

  explicit RandomGather(Random& random)
      : features(static_cast<std::uint32_t>(1 + random.uniform_below(20))),
        new_features(static_cast<std::uint32_t>(random.uniform_below(9))),
        x(random_bytes(random, std::uint64_t{40} * 2 * features)) {
    for (std::uint32_t token = 0; token < 40; ++token) {
      if (token == 0 || random.uniform_below(3) > 0) kept.push_back(token);
    }
    grown = random_bytes(random, kept.size() * new_features);
    dram.add_area(0, x.size(), [&] { return x; });
    if (new_features > 0) dram.add_area(kNewAddress, grown.size(), [&] { return grown; });
    const std::size_t tile_rows = 1 + random.uniform_below(7);
    for (std::size_t first = 0; first < kept.size(); first += tile_rows) {
      add_tile(first, std::min(kept.size(), first + tile_rows));
    }
  }
  RandomGather(const RandomGather&) = delete;
  RandomGather& operator=(const RandomGather&) = delete;

  std::vector<Packet> packets(std::uint32_t packet_bytes) {
    std::vector<Packet> list;
    for (const auto& tile : tiles) {
      for (const Transfer* load : {&tile->new_load, &tile->rows}) {
        for (const Packet& packet : packets_of(*load, packet_bytes, &dram)) list.push_back(packet);
      }
    }
    return list;
  }

  /// Element f of row i, from what operation_params.hpp says.
  int expected(std::size_t i, std::size_t f) const {
    if (f >= features) {
      return 8 * static_cast<std::int8_t>(grown[i * new_features + (f - features)]);
    }
    std::int16_t element = 0;
    std::memcpy(&element, &x[2 * (kept[i] * features + f)], 2);
    return element;
  }

  std::uint32_t features, new_features;
  std::vector<std::uint8_t> x, grown;
  std::vector<std::uint32_t> kept;
  DramContents dram;
  std::vector<std::unique_ptr<GatherTile>> tiles;

 private:
  void add_tile(std::size_t first, std::size_t end) {
    const auto num = static_cast<std::uint32_t>(end - first);
    auto tile = std::make_unique<GatherTile>(num, features, new_features);
    tile->store.stretches[0].address += first * 2 * (features + new_features);
    if (new_features > 0) {
      tile->new_load.stretches = {Stretch{kNewAddress + first * new_features,
                                          std::uint64_t{num} * new_features, new_features, 0, 0}};
    }
    const std::uint32_t row_bytes = 2 * features;
    for (std::size_t i = first; i < end;) {
      std::size_t next = i + 1;
      while (next < end && kept[next] == kept[next - 1] + 1) ++next;
      const auto row = static_cast<std::uint32_t>(i - first);
      tile->rows.stretches.push_back(Stretch{std::uint64_t{kept[i]} * row_bytes,
                                             (next - i) * row_bytes, row_bytes, row,
                                             std::uint64_t{row} * row_bytes});
      i = next;
    }
    tiles.push_back(std::move(tile));
  }
};

/// Elements that are not what they should be, and packets that do not lie where the one before
/// ends.
std::size_t differences(const GatherBench& bench, const RandomGather& gather) {
  const std::size_t width = gather.features + gather.new_features;
  std::size_t place = 0, wrong = 0;
  for (const auto& arrival : bench.packets->arrivals) {
    const Packet& packet = arrival.value;
    if (packet.address != kGatherStore + 2 * place) ++wrong;
    if (packet.payload->size() != packet.bytes) return wrong + 1;
    for (std::size_t byte = 0; byte < packet.bytes; byte += 2, ++place) {
      std::int16_t element = 0;
      std::memcpy(&element, packet.payload->data() + byte, 2);
      if (element != gather.expected(place / width, place % width)) ++wrong;
    }
  }
  return place == gather.kept.size() * width ? wrong : wrong + 1;
}

}  // namespace

TEST_CASE("rows are gathered exactly, whatever runs, tiles and packets they come in") {
  Random random(11);
  for (int round = 0; round < 40; ++round) {
    RandomGather gather(random);
    const auto packet_bytes = static_cast<std::uint32_t>(1 + random.uniform_below(100));
    CAPTURE(round, packet_bytes, gather.features, gather.new_features);
    TimedPackets offered;
    Cycle cycle = 0;
    for (const Packet& packet : gather.packets(packet_bytes)) {
      offered.push_back({cycle, packet});
      if (random.uniform_below(4) == 0) cycle += random.uniform_below(40);
    }
    const Cycle from = random.uniform_below(200);
    std::vector<Cycle> cycles;
    for (const RunMode& mode : all_run_modes()) {
      const GatherBench bench(offered, {8, 8, 40, 20, 64, 3}, mode, from);
      CHECK(differences(bench, gather) == 0);
      CHECK(bench.counted("rows") == gather.kept.size());
      if (cycles.empty()) cycles = bench.packets->cycles();
      CHECK(bench.packets->cycles() == cycles);
    }
  }
}

}  // namespace vitcod::test::token_gather_values_test
