// SPDX-License-Identifier: Apache-2.0
#include "hw_models/crossbar/crossbar.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/support/packet_bench.hpp"

using namespace vitcod;
using namespace vitcod::test;

// Ports of 16 bytes a cycle and packets of 64 bytes: 4 cycles each. A packet that a source pushes
// in cycle 0 is visible in 1, crosses in 1-4 and is visible at the other side in 5.

namespace {

using Cycles = std::vector<Cycle>;
using Inputs = std::array<std::vector<TimedPacket>, 4>;  ///< weights, inputs, results, encoded

/// A crossbar between four sources and four sinks. Outputs: denser, sparser, results, encoder.
struct Bench {
  Bench(const Inputs& inputs, std::size_t num_arrivals, const RunMode& mode = {},
        std::array<Cycle, 4> sinks_from = {})
      : bench(mode), countdown(num_arrivals) {
    const std::array<LinkIn<PacketRef>*, 4> ins = {&crossbar.weights_in, &crossbar.inputs_in,
                                                   &crossbar.results_in, &crossbar.encoded_in};
    const std::array<LinkOut<PacketRef>*, 4> outs = {&crossbar.denser_out, &crossbar.sparser_out,
                                                     &crossbar.results_out, &crossbar.encoder_out};
    for (std::size_t i = 0; i < 4; ++i) {
      sources.push_back(std::make_unique<Source<PacketRef>>(fmt::format("source{}", i).c_str(),
                                                            bench, beats_of(inputs[i])));
      sinks.push_back(std::make_unique<Sink<PacketRef>>(fmt::format("sink{}", i).c_str(), bench,
                                                        countdown, sinks_from[i]));
      links.push_back(connect(bench, sources[i]->out, *ins[i]));
      links.push_back(
          std::make_unique<Link<PacketRef>>(fmt::format("out{}", i).c_str(), bench.clock, 2));
      (*outs[i])(*links.back());
      sinks[i]->in(*links.back());
    }
    bench.run();
  }

  Cycles at(std::size_t output) const { return sinks[output]->cycles(); }
  std::vector<const Packet*> packets(std::size_t output) const {
    std::vector<const Packet*> list;
    for (const auto& arrival : sinks[output]->arrivals) list.push_back(arrival.value.packet);
    return list;
  }

  SimBench bench;
  std::size_t countdown;
  Crossbar crossbar{"crossbar", bench.clock, CrossbarConfig{16}, bench.stats};
  std::vector<std::unique_ptr<Source<PacketRef>>> sources;
  std::vector<std::unique_ptr<Sink<PacketRef>>> sinks;
  std::vector<std::unique_ptr<Link<PacketRef>>> links;
};

enum Output : std::size_t { kDenser, kSparser, kResults, kEncoder };

/// Packets of 64 bytes to the denser engine, to the sparser one, and to both.
struct Packets {
  std::unique_ptr<Transfer> transfer =
      transfer_of(TensorRole::kKey, {packet_of(64, 4, 0), packet_of(64, 0, 4), packet_of(64, 2, 2),
                                     packet_of(64, 4, 0), packet_of(64, 4, 0)});
  const Packet* denser = &transfer->packets[0];
  const Packet* sparser = &transfer->packets[1];
  const Packet* both = &transfer->packets[2];
  const Packet* denser2 = &transfer->packets[3];
  const Packet* denser3 = &transfer->packets[4];
};

}  // namespace

TEST_CASE("a packet crosses in ceil(bytes / width) cycles and is there one later") {
  const auto transfer = transfer_of(TensorRole::kKey, {packet_of(64, 1, 0), packet_of(65, 1, 0),
                                                       packet_of(1, 1, 0), packet_of(16, 1, 0)});
  for (const RunMode& mode : all_run_modes()) {
    //   64: 1-4; 65: 5-9; 1: 10; 16: 11. Without a gap.
    Inputs inputs;
    for (const Packet& packet : transfer->packets) inputs[1].push_back({0, &packet});
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
    CHECK(bench.packets(kDenser) ==
          std::vector<const Packet*>{p.denser, p.denser3, p.denser2, p.denser});
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
  auto results = transfer_of(TensorRole::kOutput, {packet_of(32)});
  results->reason = TransferReason::kWriteBack;
  auto compressed = transfer_of(TensorRole::kCompressed, {packet_of(16)});
  compressed->reason = TransferReason::kWriteBack;
  auto raw = transfer_of(TensorRole::kUncompressed, {packet_of(48)});
  raw->to_encoder = true;
  const Bench bench({{{},
                      {{0, raw->packets.data()}},
                      {{0, results->packets.data()}},
                      {{0, compressed->packets.data()}}}},
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
