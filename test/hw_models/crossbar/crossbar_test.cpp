// SPDX-License-Identifier: Apache-2.0
#include "hw_models/crossbar/crossbar.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/crossbar/crossbar_cost.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::crossbar_test {

// Ports of 16 bytes a cycle and packets of 64 bytes: 4 cycles each. A packet that a source pushes
// in cycle 0 is visible in 1, crosses in 1-4 and is visible at the other side in 5.

namespace {

using Cycles = std::vector<Cycle>;
using Addresses = std::vector<std::uint64_t>;
using Inputs = std::array<TimedPackets, 4>;

/// Of weights, operands, finished rows and encoded tokens.
const std::vector<OutputMask> kWays = {kToDenser | kToSparser, kToDenser | kToSparser | kToEncoder,
                                       kToResults, kToResults};

/// A crossbar between four sources and four sinks.
struct Bench {
  Bench(const Inputs& inputs, std::size_t num_arrivals, const RunMode& mode = {},
        std::array<Cycle, 4> sinks_from = {})
      : bench(mode), countdown(num_arrivals) {
    for (std::size_t i = 0; i < 4; ++i) {
      sources.push_back(
          std::make_unique<Source<Packet>>(fmt::format("source{}", i).c_str(), bench, inputs[i]));
      sinks.push_back(std::make_unique<Sink<Packet>>(fmt::format("sink{}", i).c_str(), bench,
                                                     countdown, sinks_from[i]));
      links.push_back(connect(bench, sources[i]->out, *crossbar.packet_in[i]));
      links.push_back(
          std::make_unique<Link<Packet>>(fmt::format("out{}", i).c_str(), bench.clock, 2));
      (*crossbar.packet_out[i])(*links.back());
      sinks[i]->in(*links.back());
    }
    bench.run();
  }

  Cycles at(std::size_t output) const { return sinks[output]->cycles(); }
  Addresses addresses(std::size_t output) const {
    Addresses list;
    for (const auto& arrival : sinks[output]->arrivals) list.push_back(arrival.value.address);
    return list;
  }

  SimBench bench;
  std::size_t countdown;
  Crossbar crossbar{"crossbar", bench.clock, CrossbarConfig{16}, kWays, 4, bench.stats};
  std::vector<std::unique_ptr<Source<Packet>>> sources;
  std::vector<std::unique_ptr<Sink<Packet>>> sinks;
  std::vector<std::unique_ptr<Link<Packet>>> links;
};

enum Output : std::size_t { kDenser, kSparser, kResults, kEncoder };

Packet packet_to(OutputMask outputs, std::uint32_t bytes, std::uint64_t address = 0) {
  Packet packet;
  packet.outputs = outputs;
  packet.bytes = bytes;
  packet.address = address;
  return packet;
}

/// Packets of 64 bytes to the denser engine, to the sparser one, and to both.
struct Packets {
  Packet denser = packet_to(kToDenser, 64, 1);
  Packet sparser = packet_to(kToSparser, 64, 2);
  Packet both = packet_to(kToDenser | kToSparser, 64, 3);
  Packet denser2 = packet_to(kToDenser, 64, 4);
  Packet denser3 = packet_to(kToDenser, 64, 5);
};

}  // namespace

TEST_CASE("a packet crosses in ceil(bytes / width) cycles and is there one later") {
  for (const RunMode& mode : all_run_modes()) {
    //   64: 1-4; 65: 5-9; 1: 10; 16: 11. Without a gap.
    Inputs inputs;
    for (const std::uint32_t bytes : {64U, 65U, 1U, 16U}) {
      inputs[1].push_back({0, packet_to(kToDenser, bytes)});
    }
    CHECK(Bench(inputs, 4, mode).at(kDenser) == Cycles{5, 10, 11, 12});
  }
}

TEST_CASE("two inputs that want the same output are served in turn") {
  //   weights    1-4: a        9-12: b
  //   inputs            5-8: c          13-16: d
  const Packets p;
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench({{{{0, p.denser}, {0, p.denser2}}, {{0, p.denser3}, {0, p.denser}}, {}, {}}},
                      4, mode);
    CHECK(bench.at(kDenser) == Cycles{5, 9, 13, 17});
    CHECK(bench.addresses(kDenser) == Addresses{1, 5, 4, 1});
  }
}

TEST_CASE("packets for different outputs cross at the same time") {
  const Packets p;
  const Bench bench({{{{0, p.denser}}, {{0, p.sparser}}, {}, {}}}, 2);
  CHECK(bench.at(kDenser) == Cycles{5});
  CHECK(bench.at(kSparser) == Cycles{5});
}

TEST_CASE("a packet for both engines goes to both at once") {
  const Packets p;
  const Bench bench({{{}, {{0, p.both}}, {}, {}}}, 2);
  CHECK(bench.at(kDenser) == Cycles{5});
  CHECK(bench.at(kSparser) == Cycles{5});
}

TEST_CASE("a packet for both engines waits until both outputs are free") {
  // inputs 1-4 to the denser engine. weights, from 2 on, to both: 5-8, though the sparser output
  // is free all the time.
  const Packets p;
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench({{{{1, p.both}}, {{0, p.denser}}, {}, {}}}, 3, mode);
    CHECK(bench.at(kDenser) == Cycles{5, 9});
    CHECK(bench.at(kSparser) == Cycles{9});
  }
}

TEST_CASE("a packet at the head of an input holds up those behind it") {
  // weights: to both, waits for the denser output until 5; the packet behind it, to the sparser
  // engine, comes after it.
  const Packets p;
  const Bench bench({{{{1, p.both}, {1, p.sparser}}, {{0, p.denser}}, {}, {}}}, 4);
  CHECK(bench.at(kSparser) == Cycles{9, 13});
}

TEST_CASE("results go to the output buffer, what is to be encoded to the encoder") {
  const Bench bench({{{},
                      {{0, packet_to(kToEncoder, 48)}},
                      {{0, packet_to(kToResults, 32)}},
                      {{0, packet_to(kToResults, 16)}}}},
                    3);
  // Results 1-2, then compressed in 3; the encoder's input in 1-3.
  CHECK(bench.at(kResults) == Cycles{3, 4});
  CHECK(bench.at(kEncoder) == Cycles{4});
}

TEST_CASE("an output that is not taken blocks the inputs that want it, and no others") {
  // Depth 2: two packets fit the link to the sink, which takes none before 40. The third one for
  // the denser engine waits; the one for the sparser engine on the other input passes.
  const Packets p;
  for (const RunMode& mode : all_run_modes()) {
    Bench bench({{{{0, p.denser}, {0, p.denser2}, {0, p.denser3}}, {{20, p.sparser}}, {}, {}}}, 4,
                mode, {40, 0, 0, 0});
    CHECK(bench.at(kSparser) == Cycles{25});
    // Taken in 40; space is seen in 41: 41-44.
    CHECK(bench.at(kDenser) == Cycles{40, 41, 45});
  }
}

TEST_CASE("the crossbar's cycles by reason") {
  // Transfers in 1-4, 5-8, sparser 21-24, 41-44: 16. Blocked in 9-20 and 25-40: 28. Idle in 0 and
  // 45 (the last arrival).
  const Packets p;
  const Bench bench({{{{0, p.denser}, {0, p.denser2}, {0, p.denser3}}, {{20, p.sparser}}, {}, {}}},
                    4, {}, {40, 0, 0, 0});
  Json json;
  bench.bench.stats.write(json);
  CHECK(json["crossbar"]["cycles"].dump() == R"({"idle":2,"transferring":16,"output_blocked":28})");
  CHECK(json["crossbar"]["packets"] == 4);
  CHECK(json["crossbar"]["bytes"] == 256);
}

TEST_CASE("every output gets all of the packet, its values included") {
  const Packets p;
  Packet packet = p.both;
  packet.offset = 192;
  packet.first_row = 7;
  packet.num_rows = 3;
  packet.payload = std::make_shared<const std::vector<std::uint8_t>>(64, std::uint8_t{9});
  const Bench bench({{{}, {{0, packet}, {0, p.both}}, {}, {}}}, 4);
  for (const std::size_t output : {kDenser, kSparser}) {
    const Packet& came = bench.sinks[output]->arrivals[0].value;
    CHECK(came.address == 3);
    CHECK(came.offset == 192);
    CHECK(came.first_row == 7);
    CHECK(came.num_rows == 3);
    CHECK(came.payload == packet.payload);
    CHECK(bench.sinks[output]->arrivals[1].value.payload == nullptr);
  }
}

TEST_CASE("a packet that goes where its input has no way to is an error") {
  const auto send = [](std::size_t input, OutputMask outputs) {
    Inputs inputs;
    inputs[input].push_back({0, packet_to(outputs, 64)});
    return Bench(inputs, static_cast<std::size_t>(std::popcount(outputs))).sinks.size();
  };
  CHECK(send(0, kToDenser | kToSparser) == 4);
  const char* expected = "a packet goes where its input has no way to";
  CHECK_THROWS_WITH(send(0, kToResults), Catch::Contains(expected));
  CHECK_THROWS_WITH(send(1, kToDenser | kToResults), Catch::Contains(expected));
  CHECK_THROWS_WITH(send(2, kToDenser), Catch::Contains(expected));
}

TEST_CASE("a crossbar has at most as many outputs as a packet can name") {
  SimBench bench;
  const auto make = [&](const char* name, std::size_t num_outputs) {
    const Crossbar crossbar(name, bench.clock, CrossbarConfig{16}, {1}, num_outputs, bench.stats);
    return crossbar.packet_out.size();
  };
  CHECK(make("eight", 8) == 8);
  CHECK_THROWS_WITH(make("nine", 9), "a crossbar has more outputs than a mask has bits");
}

TEST_CASE("the cost of crossing is what an unloaded crossbar takes") {
  const CrossbarCost cost = cost_of(CrossbarConfig{16});
  Inputs inputs;
  inputs[1] = TimedPackets(20, {0, packet_to(kToDenser, 64)});
  CHECK(double(Bench(inputs, 20).at(kDenser).back()) == 1 + cost.cycles(20 * 64));
}

}  // namespace vitcod::test::crossbar_test
