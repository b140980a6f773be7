// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/address_map.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sim/base/errors.hpp"
#include "sim/base/random.hpp"
#include "test/hw_models/dram/dram_bench.hpp"

namespace vitcod::test::address_map_test {

TEST_CASE("the interleaved map spreads consecutive bursts over channels, then bank groups") {
  const AddressMap map(preset("ddr4-2400", 4));
  for (std::uint64_t i = 0; i < 16; ++i) {
    REQUIRE(map.channel_of(i * 64) == i % 4);
    REQUIRE(map.decode(map.burst_of(i * 64)).bank_group == i / 4);
    REQUIRE(map.decode(map.burst_of(i * 64)).column == 0);
  }
  // 4 channels x 4 groups x 64 B: the next column; 128 of these: the next bank; 4: the next row.
  REQUIRE(map.decode(map.burst_of(1024)) == DramCoordinates{0, 0, 0, 0, 1});
  REQUIRE(map.decode(map.burst_of(0x20000)) == DramCoordinates{0, 0, 1, 0, 0});
  REQUIRE(map.decode(map.burst_of(0x80000)) == DramCoordinates{0, 0, 0, 1, 0});
}

TEST_CASE("the bank_groups_first map changes the channel after a burst in each bank group") {
  DramConfig config = preset("ddr4-2400", 4);
  config.address_map = "bank_groups_first";
  const AddressMap map(config);
  for (std::uint64_t i = 0; i < 16; ++i) {
    REQUIRE(map.decode(map.burst_of(i * 64)).bank_group == i % 4);
    REQUIRE(map.channel_of(i * 64) == i / 4);
    REQUIRE(map.decode(map.burst_of(i * 64)).column == 0);
  }
  // As in the interleaved map from here on.
  REQUIRE(map.decode(map.burst_of(1024)) == DramCoordinates{0, 0, 0, 0, 1});
  REQUIRE(map.decode(map.burst_of(0x20000)) == DramCoordinates{0, 0, 1, 0, 0});
  REQUIRE(map.decode(map.burst_of(0x80000)) == DramCoordinates{0, 0, 0, 1, 0});
}

TEST_CASE("with one channel, or one bank group, bank_groups_first is the interleaved map") {
  const auto [name, channels] = GENERATE(std::pair("ddr4-2400", 1U), std::pair("lpddr4-3200", 4U));
  DramConfig config = preset(name, channels);
  const AddressMap interleaved(config);
  config.address_map = "bank_groups_first";
  const AddressMap map(config);
  Random random(5);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t address = random.uniform_below(map.capacity_bytes());
    REQUIRE(map.channel_of(address) == interleaved.channel_of(address));
    REQUIRE(map.burst_of(address) == interleaved.burst_of(address));
    REQUIRE(map.decode(map.burst_of(address)) == interleaved.decode(map.burst_of(address)));
  }
}

TEST_CASE("the row_linear map keeps consecutive bursts of a channel in one row") {
  DramConfig config = preset("ddr4-2400", 4);
  config.address_map = "row_linear";
  const AddressMap map(config);
  REQUIRE(map.channel_of(64) == 1);
  REQUIRE(map.decode(map.burst_of(256)) == DramCoordinates{0, 0, 0, 0, 1});
  REQUIRE(map.decode(map.burst_of(0x8000)) == DramCoordinates{0, 1, 0, 0, 0});
  REQUIRE(map.decode(map.burst_of(0x20000)) == DramCoordinates{0, 0, 1, 0, 0});
}

TEST_CASE("every address has one place, and the place gives the address back") {
  const std::string text = GENERATE("interleaved", "bank_groups_first", "row_linear",
                                    "offset,column:3,channel,row:4,bank,column,bank_group,row",
                                    "offset,bank:1,channel:1,bank_group,column,bank,channel,row");
  DramConfig config = preset("ddr4-2400", 4);
  config.address_map = text;
  const AddressMap map(config);
  REQUIRE(map.capacity_bytes() == config.organization.capacity_bytes());
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t address = random.uniform_below(map.capacity_bytes()) / 64 * 64;
    const DramCoordinates at = map.decode(map.burst_of(address));
    REQUIRE(map.address_of(map.channel_of(address), at) == address);
    REQUIRE(map.burst_of(address + map.capacity_bytes()) == map.burst_of(address));
  }
}

TEST_CASE("ranks have their bits above the banks") {
  DramConfig config = preset("ddr4-2400");
  config.organization.ranks = 2;
  const AddressMap map(config);
  REQUIRE(map.decode(map.burst_of(0x20000)) == DramCoordinates{1, 0, 0, 0, 0});
}

TEST_CASE("a byte range is split into runs that hold each of its bursts once") {
  const std::string text = GENERATE("interleaved", "bank_groups_first", "row_linear",
                                    "offset,column:3,channel,bank,column,bank_group,row",
                                    "offset,bank:1,channel:1,bank_group,column,bank,channel,row");
  DramConfig config = preset("ddr4-2400", 4);
  config.address_map = text;
  const AddressMap map(config);
  Random random(4);
  for (int i = 0; i < 200; ++i) {
    // Some ranges wrap at the end of the memory.
    const std::uint64_t origin = i % 4 == 0 ? map.capacity_bytes() - 20000 : 0;
    const std::uint64_t address = origin + random.uniform_below(1U << (i % 4 == 0 ? 15U : 24U));
    const std::uint64_t bytes = 1 + random.uniform_below(i % 8 < 4 ? 300 : 70000);
    std::set<std::pair<std::uint32_t, std::uint64_t>> wanted;
    for (std::uint64_t at = address / 64 * 64; at < address + bytes; at += 64) {
      wanted.insert({map.channel_of(at), map.burst_of(at)});
    }
    std::size_t num = 0;
    for (const DramRun& run : map.split(address, bytes)) {
      REQUIRE(run.num_bursts >= 1);
      REQUIRE(run.num_bursts <= kMaxDramRunBursts);
      for (std::uint64_t k = 0; k < run.num_bursts; ++k, ++num) {
        REQUIRE(wanted.count({run.channel, run.first_burst + k}) == 1);
      }
    }
    REQUIRE(num == wanted.size());
  }
}

TEST_CASE("a range in the interleaved map is one run a channel, and a long one several") {
  const AddressMap map(preset("ddr4-2400", 4));
  REQUIRE(map.split(0, 0).empty());
  REQUIRE(map.split(100, 1) == std::vector<DramRun>{{1, 0, 1}});
  REQUIRE(map.split(0, 1024) == std::vector<DramRun>{{0, 0, 4}, {1, 0, 4}, {2, 0, 4}, {3, 0, 4}});
  const std::vector<DramRun> runs = map.split(64, 25600);
  REQUIRE(runs.size() == 8);
  REQUIRE(runs.front() == DramRun{1, 0, 64});
  REQUIRE(runs.back().num_bursts == 36);
}

TEST_CASE("in the bank_groups_first map a packet is one run, and a long range one a channel") {
  DramConfig config = preset("ddr4-2400", 4);
  config.address_map = "bank_groups_first";
  const AddressMap map(config);
  REQUIRE(map.split(256, 256) == std::vector<DramRun>{{1, 0, 4}});
  REQUIRE(map.split(192, 128) == std::vector<DramRun>{{0, 3, 1}, {1, 0, 1}});
  // Bursts 2 to 17: the end of channel 0's stretch and, four bursts a channel later, its next one.
  REQUIRE(map.split(128, 1024) == std::vector<DramRun>{{0, 2, 4}, {1, 0, 4}, {2, 0, 4}, {3, 0, 4}});
  // 400 bursts, 100 a channel: 64 and 36.
  const std::vector<DramRun> runs = map.split(0, 25600);
  REQUIRE(runs.size() == 8);
  REQUIRE(runs.front() == DramRun{0, 0, 64});
  REQUIRE(runs.back() == DramRun{3, 64, 36});
}

TEST_CASE("a wrong address map says what is wrong") {
  const auto message = [](const char* text) {
    DramConfig config = preset("ddr4-2400", 2);
    config.address_map = text;
    try {
      validate(config);
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(message("offset,channel,bank_group,column,bank") == "/address_map: field row lacks bits");
  CHECK(message("channel,offset,bank_group,column,bank,row") ==
        "/address_map: offset must come first");
  CHECK(message("offset,channel:2,bank_group,column,bank,row") ==
        "/address_map: field channel has too many bits");
  CHECK(message("offset,channel:x,bank_group,column,bank,row") ==
        "/address_map: \"channel:x\": expected a width of at least 1 bit");
  std::string alternating = "offset,channel";
  for (int bit = 0; bit < 7; ++bit) alternating += ",row:1,column:1";
  CHECK(message((alternating + ",row,bank_group,bank").c_str()) == "no error");  // 8 pieces
  CHECK(message((alternating + ",row:1,bank_group:1,row,bank_group,bank").c_str()) ==
        "/address_map: a field is cut into too many pieces");
  CHECK(message("zigzag") ==
        "/address_map: unknown field \"zigzag\"; expected a map's name (interleaved, "
        "bank_groups_first, row_linear) or a list of offset, channel, rank, bank_group, bank, "
        "column, row");
}

}  // namespace vitcod::test::address_map_test
