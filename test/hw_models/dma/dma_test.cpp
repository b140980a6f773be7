// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dma/dma.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/support/packet_bench.hpp"

using namespace vitcod;
using namespace vitcod::test;

// Two channels with bursts of 64 bytes, which alternate. A memory of latency L in the same clock
// answers a request that it sees in cycle c by a push in c + L. A command of cycle 0 is seen in 1;
// the first packet starts in 1, its request is seen in 2, the response in 3 + L; the packet is
// handed on in that cycle and seen by the buffer in 4 + L.

namespace {

using Cycles = std::vector<Cycle>;

enum Buffer : std::uint8_t { kWeights, kInputs };

DramOrganization two_channels() {
  DramOrganization organization;
  organization.channels = 2;
  organization.rows = 1024;
  organization.columns = 64;
  organization.burst_length = 8;
  organization.bus_width_bits = 64;
  return organization;
}

/// Answers each request a fixed number of cycles after it is seen.
class FakeChannel final : public Block {
 public:
  LinkIn<DramRequest> in{"in"};
  LinkOut<DramResponse> out{"out"};

  FakeChannel(const sc_core::sc_module_name& name, SimBench& bench, Cycle latency)
      : Block(name, bench.clock), latency_(latency), stats_(bench.stats, basename()) {}

  std::vector<std::string> log;  ///< "cycle: first burst + bursts (w)"

 private:
  Cycle tick(Cycle now) override {
    if (!in->valid() || !out->ready()) return kOnLink;
    const DramRequest request = in->pop();
    log.push_back(fmt::format("{}: {}+{}{}", now, request.first_burst, request.num_bursts,
                              request.write ? "w" : ""));
    out->push_at(DramResponse{request.id}, now + latency_);
    return now + 1;
  }
  CycleAccount& cycle_account() override { return cycles_; }

  const Cycle latency_;
  StatGroup stats_;
  CycleBreakdown<TestActivity, 2> cycles_{stats_, {"idle", "busy"}};
};

struct Setting {
  std::vector<Source<LoadCommand>::Beat> loads;
  TimedPackets stores;
  std::vector<std::uint64_t> staging = {4096, 4096};  ///< of weights and inputs
  std::vector<Source<StagingFreed>::Beat> inputs_freed;
  std::size_t num_arrivals = 1;
  std::array<Cycle, 2> latencies = {5, 5};
  std::uint32_t packet_bytes = 64;
  std::uint32_t read_packets = 8;
  std::uint32_t write_packets = 8;
  Cycle inputs_from = 0;
  DramContents* contents = nullptr;
  RunMode mode;
};

class Bench {
 public:
  explicit Bench(const Setting& setting)
      : bench(setting.mode),
        map_(two_channels(), "offset,channel,column,row"),
        countdown(setting.num_arrivals),
        dma("dma", bench.clock,
            DmaConfig{setting.packet_bytes, setting.read_packets, setting.write_packets, 8},
            setting.staging, map_, 2, setting.contents, bench.stats),
        commands_("commands", bench, setting.loads),
        stores_("stores", bench, setting.stores),
        weights_freed_("weights_freed", bench, {}),
        inputs_freed_("inputs_freed", bench, setting.inputs_freed),
        stored("stored", bench, countdown),
        weights("weights", bench, countdown),
        inputs("inputs", bench, countdown, setting.inputs_from),
        outputs_freed("outputs_freed", bench, never_) {
    links_.push_back(connect(bench, commands_.out, dma.load_in, 4));
    links_.push_back(connect(bench, stores_.out, dma.store_in));
    links_.push_back(connect(bench, weights_freed_.out, *dma.freed_in[kWeights]));
    links_.push_back(connect(bench, inputs_freed_.out, *dma.freed_in[kInputs]));
    take(dma.stores_freed_out, outputs_freed, "outputs_freed_link");
    take(dma.stored_out, stored, "stored_link");
    take(*dma.packet_out[kWeights], weights, "weights_link");
    take(*dma.packet_out[kInputs], inputs, "inputs_link");
    for (std::size_t c = 0; c < 2; ++c) {
      channels.push_back(std::make_unique<FakeChannel>(fmt::format("channel{}", c).c_str(), bench,
                                                       setting.latencies[c]));
      links_.push_back(std::make_unique<Link<DramRequest>>(fmt::format("requests{}", c).c_str(),
                                                           bench.clock, 8));
      (*dma.request_out[c])(static_cast<Link<DramRequest>&>(*links_.back()));
      channels[c]->in(static_cast<Link<DramRequest>&>(*links_.back()));
      links_.push_back(connect(bench, channels[c]->out, *dma.response_in[c], 32));
    }
    bench.run();
  }

  Json statistics() const {
    Json json;
    bench.stats.write(json);
    return json["dma"];
  }

  SimBench bench;

 private:
  template <typename T>
  void take(LinkOut<T>& writer, Sink<T>& sink, const char* name) {
    auto link = std::make_unique<Link<T>>(name, bench.clock, 2);
    writer(*link);
    sink.in(*link);
    links_.push_back(std::move(link));
  }

  AddressMap map_;
  std::size_t never_ = 1'000'000;  ///< countdown of a sink that does not end the run

 public:
  std::size_t countdown;
  Dma dma;

 private:
  Source<LoadCommand> commands_;
  Source<Packet> stores_;
  Source<StagingFreed> weights_freed_;
  Source<StagingFreed> inputs_freed_;

 public:
  Sink<StoreDone> stored;
  Sink<Packet> weights;
  Sink<Packet> inputs;
  Sink<StagingFreed> outputs_freed;
  std::vector<std::unique_ptr<FakeChannel>> channels;

 private:
  std::vector<std::unique_ptr<LinkBase>> links_;
};

/// To the denser engine, whatever the rows.
struct ToDenser final : Placement {
  OutputMask outputs(std::uint32_t, std::uint32_t) const override { return kToDenser; }
};

/// A load of the bytes from `address` on, through a buffer.
Transfer load(std::uint64_t address, std::uint64_t bytes, TensorRole role = TensorRole::kKey,
              std::uint8_t buffer = kInputs) {
  Transfer transfer;
  transfer.label.role = role;
  transfer.buffer = buffer;
  transfer.stretches.push_back(Stretch{address, bytes, 0, 0, 0});
  transfer.placement = std::make_shared<ToDenser>();
  return transfer;
}

/// The same, of bytes that still lie in the buffer.
Transfer resident(std::uint64_t address, std::uint64_t bytes) {
  Transfer transfer = load(address, bytes);
  transfer.residency = Residency{bytes, true, false};
  return transfer;
}

/// Commands that the DMA sees in cycles 1, 2, ...
std::vector<Source<LoadCommand>::Beat> commands(const std::vector<const Transfer*>& loads) {
  std::vector<Source<LoadCommand>::Beat> beats;
  for (const Transfer* transfer : loads) beats.push_back({0, LoadCommand{transfer}});
  return beats;
}

/// A packet of results.
Packet result(const Transfer& store, std::uint64_t address, std::uint32_t bytes) {
  Packet packet;
  packet.transfer = &store;
  packet.address = address;
  packet.bytes = bytes;
  return packet;
}

Transfer results() {
  Transfer store;
  store.label = TrafficLabel{TensorRole::kOutput, TransferReason::kWriteBack};
  return store;
}

using Log = std::vector<std::string>;

}  // namespace

TEST_CASE("a packet is handed on in the cycle of its last response") {
  const Transfer transfer = load(0, 64);
  Setting setting;
  setting.loads = commands({&transfer});
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.channels[0]->log == Log{"2: 0+1"});
    CHECK(bench.inputs.cycles() == Cycles{4 + 5});
    CHECK(bench.dma.bytes(TensorRole::kKey, TransferReason::kFirstLoad) == 64);
    CHECK(bench.dma.bursts_read() == 1);
  }
}

TEST_CASE("a packet of both channels waits for the slower one") {
  // Bursts 0 and 2 of channel 0 are one run, burst 1 one run of channel 1.
  const Transfer transfer = load(0, 192);
  Setting setting;
  setting.packet_bytes = 256;
  setting.loads = commands({&transfer});
  setting.latencies = {5, 9};
  const Bench bench(setting);
  CHECK(bench.channels[0]->log == Log{"2: 0+2"});
  CHECK(bench.channels[1]->log == Log{"2: 0+1"});
  CHECK(bench.inputs.cycles() == Cycles{4 + 9});
  CHECK(bench.dma.bursts_read() == 3);
}

TEST_CASE("part of a burst costs the whole burst") {
  const Transfer transfer = load(60, 8);
  Setting setting;
  setting.packet_bytes = 128;
  setting.loads = commands({&transfer});
  const Bench bench(setting);
  CHECK(bench.dma.bursts_read() == 2);
  CHECK(bench.dma.bytes(TensorRole::kKey, TransferReason::kFirstLoad) == 8);
}

TEST_CASE("packets start one a cycle and are handed on in order, whoever answers first") {
  // Channel 0 takes 20 cycles, channel 1 takes 5. The packets start in 1, 2 and 3; their responses
  // are seen in 23, 9 and 25. The second one waits for the first one, and is handed on after it.
  const Transfer transfer = load(0, 192);
  Setting setting;
  setting.loads = commands({&transfer});
  setting.num_arrivals = 3;
  setting.latencies = {20, 5};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.channels[0]->log == Log{"2: 0+1", "4: 1+1"});
    CHECK(bench.channels[1]->log == Log{"3: 0+1"});
    CHECK(bench.inputs.cycles() == Cycles{24, 25, 26});
    CHECK(bench.inputs.arrivals[1].value.address == 64);
  }
}

TEST_CASE("no more than read_packets are outstanding") {
  // One: the second packet starts in 8, when the first one is handed on. Response in 15.
  const Transfer transfer = load(0, 192);
  Setting setting;
  setting.loads = commands({&transfer});
  setting.num_arrivals = 3;
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    setting.read_packets = 1;
    CHECK(Bench(setting).inputs.cycles() == Cycles{9, 16, 23});
    setting.read_packets = 2;  // starts in 1, 2 and 8
    CHECK(Bench(setting).inputs.cycles() == Cycles{9, 10, 16});
    setting.read_packets = 3;
    CHECK(Bench(setting).inputs.cycles() == Cycles{9, 10, 11});
  }
}

TEST_CASE("a load starts once its bytes are reserved in the buffer's staging") {
  // Room for two packets, which start in 1 and 2. 63 bytes are too few for the third; the last one
  // is seen in 31: response in 38, seen by the buffer in 39. The fourth is of weights, which have
  // staging of their own, and waits for the third.
  const Transfer inputs = load(0, 192);
  const Transfer weights = load(4096, 64, TensorRole::kWeights, kWeights);
  Setting setting;
  setting.loads = commands({&inputs, &weights});
  setting.staging = {64, 128};
  setting.num_arrivals = 4;
  setting.inputs_freed = {{20, StagingFreed{63}}, {30, StagingFreed{1}}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.inputs.cycles() == Cycles{9, 10, 39});
    CHECK(bench.weights.cycles() == Cycles{40});
    // idle: 0 and 40; something moves in 1-2, 8-9, 31-32 and 38-39; DRAM is waited for in 3-7 and
    // 33-37, staging in 10-30.
    CHECK(bench.statistics()["cycles"].dump() ==
          R"({"idle":2,"issuing":8,"wait_dram":10,"wait_buffer":21})");
  }
  setting.staging = {64, 192};
  CHECK(Bench(setting).inputs.cycles() == Cycles{9, 10, 11});
}

TEST_CASE("packets that are still in the buffer start without staging") {
  const Transfer first = load(0, 64);
  const Transfer second = resident(64, 64);
  Setting setting;
  setting.loads = commands({&first, &second});
  setting.staging = {64, 64};
  setting.num_arrivals = 2;
  CHECK(Bench(setting).inputs.cycles() == Cycles{9, 10});
}

TEST_CASE("loads are executed in the order of their commands, weights to their own buffer") {
  const Transfer weights = load(0, 128, TensorRole::kWeights, kWeights);
  Transfer keys = load(4096, 64);
  keys.label.reason = TransferReason::kReload;
  Setting setting;
  setting.loads = commands({&weights, &keys});
  setting.num_arrivals = 3;
  const Bench bench(setting);
  CHECK(bench.weights.cycles() == Cycles{9, 10});
  CHECK(bench.inputs.cycles() == Cycles{11});
  CHECK(bench.dma.bytes(TensorRole::kWeights, TransferReason::kFirstLoad) == 128);
  CHECK(bench.dma.bytes(TensorRole::kKey, TransferReason::kReload) == 64);
  CHECK(bench.dma.bytes(TensorRole::kKey, TransferReason::kFirstLoad) == 0);
}

TEST_CASE("packets of two loads of a job that alternate take turns, those of two jobs do not") {
  // Both commands are there from 2 on: K starts in 1, then Q and K in turn.
  Transfer keys = load(0, 192);
  Transfer queries = load(4096, 128, TensorRole::kQuery);
  Setting setting;
  setting.loads = commands({&keys, &queries});
  setting.num_arrivals = 5;
  const auto order = [&](const RunMode& mode) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.inputs.cycles() == Cycles{9, 10, 11, 12, 13});
    std::string text;
    for (const auto& arrival : bench.inputs.arrivals) {
      text += arrival.value.transfer == &keys ? 'k' : 'q';
    }
    return text;
  };
  for (const RunMode& mode : all_run_modes()) {
    keys.alternates = true;
    queries.job = 0;
    CHECK(order(mode) == "kqkqk");
    queries.job = 1;
    CHECK(order(mode) == "kkkqq");
    queries.job = 0;
    keys.alternates = false;
    CHECK(order(mode) == "kkkqq");
  }
}

TEST_CASE("packets that are still in the buffer keep their place and ask for nothing") {
  // Started in 1, 2, 3; the responses of the outer ones are seen in 8 and 10.
  const Transfer first = load(0, 64);
  const Transfer second = resident(64, 64);
  const Transfer third = load(128, 64);
  Setting setting;
  setting.loads = commands({&first, &second, &third});
  setting.num_arrivals = 3;
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.inputs.cycles() == Cycles{9, 10, 11});
    CHECK(bench.channels[1]->log.empty());
    CHECK(bench.dma.bytes(TensorRole::kKey, TransferReason::kFirstLoad) == 128);
  }
  const Transfer all = resident(0, 192);
  setting.loads = commands({&all});
  CHECK(Bench(setting).inputs.cycles() == Cycles{3, 4, 5});
}

TEST_CASE("stores are answered, and share the channels with loads in order of age") {
  // Both begin in 1: the load's request goes out first, the store's a cycle later.
  const Transfer keys = load(0, 64);
  const Transfer store = results();
  Setting setting;
  setting.loads = commands({&keys});
  setting.stores = {{0, result(store, 8192, 64)}, {1, result(store, 8320, 64)}};
  setting.num_arrivals = 3;
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.channels[0]->log == Log{"2: 0+1", "3: 64+1w", "4: 65+1w"});
    CHECK(bench.inputs.cycles() == Cycles{9});
    CHECK(bench.stored.cycles() == Cycles{10, 11});
    CHECK(bench.outputs_freed.cycles() == Cycles{10, 11});
    CHECK(bench.outputs_freed.arrivals[0].value.bytes == 64);
    CHECK(bench.dma.bursts_written() == 2);
    CHECK(bench.dma.bytes(TensorRole::kOutput, TransferReason::kWriteBack) == 128);
  }
  setting.write_packets = 1;  // the second store begins in 9, when the first one is answered
  CHECK(Bench(setting).stored.cycles() == Cycles{10, 17});
}

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

TEST_CASE("a buffer that takes nothing holds the loads up; the cycles have reasons") {
  // Two packets handed on in 8 and 9 fill the link; the third one waits from 10 until 31.
  const Transfer transfer = load(0, 192);
  Setting setting;
  setting.loads = commands({&transfer});
  setting.num_arrivals = 3;
  setting.inputs_from = 30;
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.inputs.cycles() == Cycles{30, 31, 32});
    // idle: 0 and 32; something moves in 1-3, 8-10 and 31; DRAM is waited for in 4-7, the buffer
    // in 11-30.
    CHECK(bench.statistics()["cycles"].dump() ==
          R"({"idle":2,"issuing":7,"wait_dram":4,"wait_buffer":20})");
  }
}
