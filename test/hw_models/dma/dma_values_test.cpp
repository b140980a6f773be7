// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/hw_models/dma/dma_bench.hpp"

namespace vitcod::test::dma_values_test {

TEST_CASE("a load carries what DRAM has at its addresses, whoever answers first") {
  // Bytes 100 to 291 of an area that counts up: cut at 128, 192 and 256.
  DramContents dram;
  dram.add_area(0, 512, [] {
    DramContents::Bytes bytes(512);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i % 251);
    return bytes;
  });
  const Transfer transfer = load(100, 192);
  Setting setting;
  setting.loads = commands({&transfer});
  setting.num_arrivals = 4;
  setting.latencies = {20, 5};
  setting.contents = &dram;
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    std::vector<std::size_t> sizes;
    std::uint64_t next = 100;
    for (const auto& arrival : bench.inputs.arrivals) {
      const Packet& packet = arrival.value;
      REQUIRE(packet.payload != nullptr);
      CHECK(packet.address == next);
      CHECK(packet.offset == next - 100);
      sizes.push_back(packet.payload->size());
      for (const std::uint8_t value : *packet.payload) REQUIRE(value == next++ % 251);
    }
    CHECK(sizes == std::vector<std::size_t>{28, 64, 64, 36});
  }
  setting.contents = nullptr;
  CHECK(Bench(setting).inputs.arrivals[0].value.payload == nullptr);
}

TEST_CASE("what is stored is in DRAM once it is reported, and can be loaded again") {
  // The store is reported in 9 and seen in 10. A load of the same bytes whose response came before
  // the write has the zeros that lay there; one that starts later has the new values.
  const Transfer store = results();
  const Transfer early = load(0, 64);
  const Transfer late = load(0, 64);
  Setting setting;
  setting.loads = {{0, LoadCommand{&early}}, {10, LoadCommand{&late}}};
  setting.num_arrivals = 3;
  for (const RunMode& mode : all_run_modes()) {
    DramContents dram;
    dram.add_area(0, 128, {});
    Packet packet = result(store, 8, 16);
    packet.payload = std::make_shared<const DramContents::Bytes>(16, std::uint8_t{7});
    setting.stores = {{0, packet}};
    setting.contents = &dram;
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.stored.cycles() == Cycles{10});
    DramContents::Bytes expected(64, 0);
    CHECK(*bench.inputs.arrivals[0].value.payload == expected);
    std::fill_n(expected.begin() + 8, 16, std::uint8_t{7});
    CHECK(*bench.inputs.arrivals[1].value.payload == expected);
  }
}

}  // namespace vitcod::test::dma_values_test
