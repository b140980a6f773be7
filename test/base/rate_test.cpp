// SPDX-License-Identifier: Apache-2.0
#include "sim/base/rate.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/base/config_reader.hpp"

namespace vitcod::rate_test {
namespace {

struct WayConfig {
  Bandwidth bytes_per_cycle;
  std::optional<Bandwidth> back;
};
void read(ConfigReader& reader, WayConfig& config) {
  reader.required("bytes_per_cycle", config.bytes_per_cycle, "width of the way");
  reader.optional("back", config.back, "width of the way back", Range{2U, 64U});
}

WayConfig config_of(const char* json) { return read_config<WayConfig>(Json::parse(json)); }

}  // namespace

TEST_CASE("bytes take as many cycles as the way needs, the last one need not be full") {
  constexpr Bandwidth kWay = 16;
  CHECK(kWay.cycles_for(0) == 0);
  CHECK(kWay.cycles_for(1) == 1);
  CHECK(kWay.cycles_for(16) == 1);
  CHECK(kWay.cycles_for(17) == 2);
  CHECK(kWay.cycles_for(std::uint64_t{1} << 40U) == std::uint64_t{1} << 36U);
  CHECK(kWay.whole_cycles_of(0) == 0);
  CHECK(kWay.whole_cycles_of(16) == 16);
  CHECK(kWay.whole_cycles_of(17) == 32);
}

TEST_CASE("a beat without bytes takes the cycle in which it is seen") {
  constexpr Bandwidth kWay = 4;
  CHECK(kWay.beat_cycles(0) == 1);
  CHECK(kWay.beat_cycles(4) == 1);
  CHECK(kWay.beat_cycles(5) == 2);
}

TEST_CASE("a way moves at least a byte a cycle, unless a configuration says more") {
  CHECK(std::uint32_t{Bandwidth()} == 1);
  const WayConfig config = config_of(R"({"bytes_per_cycle": 12, "back": 2})");
  CHECK(std::uint32_t{config.bytes_per_cycle} == 12);
  CHECK(std::uint32_t{config.back.value()} == 2);
  CHECK_FALSE(config_of(R"({"bytes_per_cycle": 12})").back.has_value());
  CHECK_THROWS_AS(config_of(R"({"bytes_per_cycle": 0})"), ConfigError);
  CHECK_THROWS_AS(config_of(R"({"bytes_per_cycle": 12, "back": 1})"), ConfigError);
}

}  // namespace vitcod::rate_test
