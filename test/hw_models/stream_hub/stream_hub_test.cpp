// SPDX-License-Identifier: Apache-2.0
#include "hw_models/stream_hub/stream_hub.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/average_pool/average_pool_unit.hpp"
#include "hw_models/encoder/token_placement.hpp"
#include "hw_models/stream_hub/stream_hub_cost.hpp"
#include "hw_models/stream_hub/stream_hub_parts.hpp"
#include "sim/base/random.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::stream_hub_test {

// Ways of 16 bytes a cycle and packets of 64 bytes: 4 cycles each. A packet that a source pushes in
// cycle 0 is visible in 1, passes in 1-4 and is visible at the other side in 5.

namespace {

using Cycles = std::vector<Cycle>;
using Addresses = std::vector<std::uint64_t>;
constexpr std::size_t kUnits = 3;

/// What comes from the crossbar, what comes from each unit, and from when on each side takes some.
struct Traffic {
  TimedPackets in;
  std::array<TimedPackets, kUnits> results = {};
  std::array<Cycle, kUnits> units_from = {};
  Cycle output_from = 0;
};

Packet packet_of(const Transfer* transfer, std::uint32_t bytes, std::uint64_t address) {
  Packet packet;
  packet.transfer = transfer;
  packet.bytes = bytes;
  packet.address = address;
  return packet;
}

/// A load for each unit, and one more.
struct Loads {
  Loads() {
    for (std::size_t unit = 0; unit <= kUnits; ++unit) {
      auto placement = std::make_shared<StreamPlacement>();
      placement->unit = static_cast<std::uint8_t>(unit);
      of_unit[unit].placement = placement;
    }
  }
  Packet to(std::size_t unit, std::uint32_t bytes = 64, std::uint64_t address = 0) const {
    return packet_of(&of_unit[unit], bytes, address);
  }
  std::array<Transfer, kUnits + 1> of_unit;
};

Packet result(std::uint64_t address, std::uint32_t bytes = 64) {
  return packet_of(nullptr, bytes, address);
}

/// A hub whose units are a sink and a source each.
struct Bench {
  explicit Bench(const Traffic& traffic, const RunMode& mode = {}) : bench(mode) {
    countdown = traffic.in.size();
    for (const TimedPackets& packets : traffic.results) countdown += packets.size();
    source = std::make_unique<Source<Packet>>("source", bench, traffic.in);
    output = std::make_unique<Sink<Packet>>("output", bench, countdown, traffic.output_from);
    links.push_back(connect(bench, source->out, hub.packet_in));
    links.push_back(connect(bench, hub.packet_out, output->in));
    for (std::size_t u = 0; u < kUnits; ++u) {
      units.push_back(std::make_unique<Sink<Packet>>(fmt::format("unit{}", u).c_str(), bench,
                                                     countdown, traffic.units_from[u]));
      results.push_back(std::make_unique<Source<Packet>>(fmt::format("results{}", u).c_str(), bench,
                                                         traffic.results[u]));
      links.push_back(link(fmt::format("to_unit{}", u), *hub.unit_out[u], units[u]->in));
      links.push_back(link(fmt::format("from_unit{}", u), results[u]->out, *hub.unit_in[u]));
    }
    bench.run();
    bench.stats.write(report);
  }

  std::unique_ptr<Link<Packet>> link(const std::string& name, LinkOut<Packet>& writer,
                                     LinkIn<Packet>& reader) {
    auto made = std::make_unique<Link<Packet>>(name.c_str(), bench.clock, 2);
    writer(*made);
    reader(*made);
    return made;
  }
  static Addresses addresses(const Sink<Packet>& sink) {
    Addresses list;
    for (const auto& arrival : sink.arrivals) list.push_back(arrival.value.address);
    return list;
  }
  std::string cycles() const { return report["hub"]["cycles"].dump(); }

  SimBench bench;
  std::size_t countdown = 0;
  StreamHub hub{"hub", bench.clock, StreamHubConfig{16}, kUnits, bench.stats};
  std::unique_ptr<Source<Packet>> source;
  std::unique_ptr<Sink<Packet>> output;
  std::vector<std::unique_ptr<Sink<Packet>>> units;
  std::vector<std::unique_ptr<Source<Packet>>> results;
  std::vector<std::unique_ptr<Link<Packet>>> links;
  Json report;
};

/// Two average pools behind a hub, each given a pool of 4 tokens of 8 features, all 5 or all 6.
struct PoolBench {
  explicit PoolBench(const RunMode& mode) : bench(mode) {
    for (std::size_t u = 0; u < 2; ++u) add_pool(u);
    source = std::make_unique<Source<Packet>>("source", bench, all_at_once(offered));
    const auto in = connect(bench, source->out, hub.packet_in);
    const auto out = connect(bench, hub.packet_out, output.in);
    bench.run();
  }

  void add_pool(std::size_t u) {
    auto placement = std::make_shared<PoolPlacement>();
    placement->unit = static_cast<std::uint8_t>(u);
    placement->tokens = 4;
    placement->features = placement->packet_bytes = 8;
    placement->store = &stores[u];
    stores[u].stretches = {Stretch{0, 8, 8, 0, 0}};
    loads[u].placement = placement;
    offered.push_back(packet_of(&loads[u], 32, 0));
    offered.back().payload = std::make_shared<const std::vector<std::uint8_t>>(32, 5 + u);
    const auto named = [u](const char* what) { return fmt::format("{}{}", what, u); };
    pools.push_back(std::make_unique<AveragePoolUnit>(
        named("pool").c_str(), bench.clock, AveragePoolConfig{4, 16, 64, 16, 3}, bench.stats));
    told.push_back(std::make_unique<Sink<Delivery>>(named("told").c_str(), bench, countdown));
    link(named("in"), *hub.unit_out[u], pools[u]->packet_in);
    link(named("out"), pools[u]->packet_out, *hub.unit_in[u]);
    link(named("deliveries"), pools[u]->delivery_out, told[u]->in);
  }
  template <typename T>
  void link(const std::string& name, LinkOut<T>& writer, LinkIn<T>& reader) {
    auto made = std::make_unique<Link<T>>(name.c_str(), bench.clock);
    writer(*made);
    reader(*made);
    links.push_back(std::move(made));
  }

  SimBench bench;
  std::size_t countdown = 4;  ///< two packets, two deliveries
  StreamHub hub{"hub", bench.clock, StreamHubConfig{16}, 2, bench.stats};
  Sink<Packet> output{"output", bench, countdown};
  std::array<Transfer, 2> stores;
  std::array<Transfer, 2> loads;
  std::vector<Packet> offered;
  std::unique_ptr<Source<Packet>> source;
  std::vector<std::unique_ptr<AveragePoolUnit>> pools;
  std::vector<std::unique_ptr<Sink<Delivery>>> told;
  std::vector<std::unique_ptr<LinkBase>> links;
};

}  // namespace

TEST_CASE("a packet passes the hub in ceil(bytes / width) cycles, either way") {
  const Loads loads;
  for (const RunMode& mode : all_run_modes()) {
    //   64: 1-4; 65: 5-9; 1: 10; 16: 11. Without a gap, and both ways beside each other.
    Traffic traffic;
    for (const std::uint32_t bytes : {64U, 65U, 1U, 16U}) {
      traffic.in.push_back({0, loads.to(1, bytes)});
      traffic.results[2].push_back({0, result(0, bytes)});
    }
    const Bench bench(traffic, mode);
    CHECK(bench.units[1]->cycles() == Cycles{5, 10, 11, 12});
    CHECK(bench.output->cycles() == Cycles{5, 10, 11, 12});
    CHECK(bench.report["hub"]["packets"] == 8);
    CHECK(bench.report["hub"]["bytes_in"] == 146);
    CHECK(bench.report["hub"]["bytes_out"] == 146);
  }
}

TEST_CASE("a packet goes to the unit that its placement names, in order and as it is") {
  const Loads loads;
  Packet first = loads.to(0, 64, 1);
  first.offset = 192;
  first.first_row = 7;
  first.num_rows = 3;
  first.outputs = kToEncoder;
  first.payload = std::make_shared<const std::vector<std::uint8_t>>(64, std::uint8_t{9});
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench({{{0, first}, {0, loads.to(2, 64, 2)}, {0, loads.to(0, 64, 3)}}}, mode);
    CHECK(bench.units[0]->cycles() == Cycles{5, 13});
    CHECK(bench.units[2]->cycles() == Cycles{9});
    CHECK(Bench::addresses(*bench.units[0]) == Addresses{1, 3});
    const Packet& came = bench.units[0]->arrivals[0].value;
    CHECK(came.transfer == first.transfer);
    CHECK(came.offset == 192);
    CHECK(came.first_row == 7);
    CHECK(came.num_rows == 3);
    CHECK(came.outputs == kToEncoder);
    CHECK(came.payload == first.payload);
  }
}

TEST_CASE("units that have results take turns") {
  // Unit 1's comes later: visible in 7.
  //   unit 0   1-4: 10          9-12: 11
  //   unit 1                              13-16: 20
  //   unit 2          5-8: 30                        17-20: 31
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench({{},
                       {{{{0, result(10)}, {0, result(11)}},
                         {{6, result(20)}},
                         {{0, result(30)}, {0, result(31)}}}}},
                      mode);
    CHECK(Bench::addresses(*bench.output) == Addresses{10, 30, 11, 20, 31});
    CHECK(bench.output->cycles() == Cycles{5, 9, 13, 17, 21});
  }
}

TEST_CASE("a unit that is full holds up the packets behind it") {
  // Unit 0 takes none before 40, and its link holds two. The third one has room in 41; the one for
  // unit 1 follows it. Blocked in 9-40; idle in 0 and 49.
  const Loads loads;
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(
        {{{0, loads.to(0)}, {0, loads.to(0)}, {0, loads.to(0)}, {0, loads.to(1)}}, {}, {40, 0, 0}},
        mode);
    CHECK(bench.units[0]->cycles() == Cycles{40, 41, 45});
    CHECK(bench.units[1]->cycles() == Cycles{49});
    CHECK(bench.cycles() == R"({"idle":2,"passing":16,"unit_blocked":32,"output_blocked":0})");
  }
}

TEST_CASE("an output that takes nothing blocks the way back alone") {
  // Results pass in 1-8, the third one in 41-44; a packet to unit 1 in 21-24. Blocked in 9-20 and
  // 25-40; idle in 0 and 45.
  const Loads loads;
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(
        {{{20, loads.to(1)}}, {{{{0, result(1)}, {0, result(2)}, {0, result(3)}}, {}, {}}}, {}, 40},
        mode);
    CHECK(bench.output->cycles() == Cycles{40, 41, 45});
    CHECK(bench.units[1]->cycles() == Cycles{25});
    CHECK(bench.cycles() == R"({"idle":2,"passing":16,"unit_blocked":0,"output_blocked":28})");
  }
}

TEST_CASE("where both ways are blocked, the output is to blame") {
  // Both pass in 1-8. The output takes from 40 on, unit 0 from 50 on: 41-44 and 51-54. Blocked by
  // the output in 9-40, by the unit in 45-50; idle in 0 and 55.
  const Loads loads;
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench({{{0, loads.to(0)}, {0, loads.to(0)}, {0, loads.to(0)}},
                       {{{{0, result(1)}, {0, result(2)}, {0, result(3)}}, {}, {}}},
                       {50, 0, 0},
                       40},
                      mode);
    CHECK(bench.units[0]->cycles() == Cycles{50, 51, 55});
    CHECK(bench.cycles() == R"({"idle":2,"passing":16,"unit_blocked":6,"output_blocked":32})");
  }
}

TEST_CASE("random packets through the hub keep their order, alike in all run modes") {
  const Loads loads;
  Random random(3);
  const auto below = [&random](std::uint64_t end) {
    return static_cast<std::uint32_t>(random.uniform_below(end));
  };
  for (int round = 0; round < 25; ++round) {
    Traffic traffic;
    std::array<Addresses, kUnits> expected;
    Cycle from = 0;
    for (std::uint64_t address = 0; address < 30; ++address) {
      from += below(4) == 0 ? below(20) : 0;
      const std::size_t unit = below(kUnits);
      traffic.in.push_back({from, loads.to(unit, below(100), address)});
      expected[unit].push_back(address);
      traffic.results[below(kUnits)].push_back({from, result(address, below(100))});
    }
    for (Cycle& unit_from : traffic.units_from) unit_from = below(100);
    traffic.output_from = below(100);
    std::vector<Cycles> first;
    for (const RunMode& mode : all_run_modes()) {
      const Bench bench(traffic, mode);
      std::vector<Cycles> arrivals = {bench.output->cycles()};
      for (std::size_t u = 0; u < kUnits; ++u) {
        CHECK(Bench::addresses(*bench.units[u]) == expected[u]);
        arrivals.push_back(bench.units[u]->cycles());
      }
      Addresses all = Bench::addresses(*bench.output);
      std::sort(all.begin(), all.end());
      CHECK(all.size() == 30);
      CHECK(std::unique(all.begin(), all.end()) == all.end());
      if (first.empty()) first = arrivals;
      CHECK(arrivals == first);
    }
  }
}

TEST_CASE("a packet for no unit of the hub is refused") {
  const Loads loads;
  CHECK_THROWS_WITH(Bench({{{0, loads.to(kUnits)}}}),
                    "hub in cycle 1: a packet came for a unit that the hub does not have");
  Transfer other;
  other.placement = std::make_shared<TokenPlacement>();
  CHECK_THROWS_WITH(Bench({{{0, packet_of(&other, 64, 0)}}}),
                    "hub in cycle 1: a packet came to a block that it is not for");
}

TEST_CASE("two average pools behind one hub give their means to one output") {
  // 32 bytes each, 2 cycles: 1-2 and 3-4. Pool 0 in 3-12, pool 1 in 5-14, pushed 3 after that and
  // back in one cycle: 16 and 18.
  for (const RunMode& mode : all_run_modes()) {
    const PoolBench bench(mode);
    CHECK(bench.output.cycles() == Cycles{17, 19});
    for (std::size_t u = 0; u < 2; ++u) {
      const Packet& came = bench.output.arrivals[u].value;
      CHECK(came.transfer == &bench.stores[u]);
      CHECK(*came.payload == std::vector<std::uint8_t>(8, static_cast<std::uint8_t>(5 + u)));
    }
  }
}

TEST_CASE("the cost of passing is what an unloaded hub takes") {
  const Loads loads;
  const StreamHubCost cost = cost_of(StreamHubConfig{16});
  Traffic traffic;
  traffic.in = TimedPackets(20, {0, loads.to(0)});
  CHECK(double(Bench(traffic).units[0]->cycles().back()) == 1 + cost.cycles(20 * 64));
}

TEST_CASE("parts of the hub are two registers and any unit to the way back") {
  const PartList parts = parts_of(StreamHubConfig{16}, 3);
  CHECK(parts.count(PartKind::kGatedRegister) == 2 * 128);
  CHECK(parts.count(PartKind::kMultiplexer) == 2 * 128);
  CHECK(parts_of(StreamHubConfig{16}, 1).count(PartKind::kMultiplexer) == 0);
}

}  // namespace vitcod::test::stream_hub_test
