// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dma/dma.hpp"

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
  std::vector<TimedPacket> stores;
  Dma::Staging staging = {4096, 4096};
  std::vector<Source<StagingFreed>::Beat> inputs_freed;
  std::size_t num_arrivals = 1;
  std::array<Cycle, 2> latencies = {5, 5};
  std::uint32_t read_packets = 8;
  std::uint32_t write_packets = 8;
  Cycle inputs_from = 0;
  RunMode mode;
};

class Bench {
 public:
  explicit Bench(const Setting& setting)
      : bench(setting.mode),
        map_(two_channels(), "offset,channel,column,row"),
        countdown(setting.num_arrivals),
        dma("dma", bench.clock, DmaConfig{64, setting.read_packets, setting.write_packets, 8},
            setting.staging, map_, 2, bench.stats),
        commands_("commands", bench, setting.loads),
        stores_("stores", bench, beats_of(setting.stores)),
        weights_freed_("weights_freed", bench, {}),
        inputs_freed_("inputs_freed", bench, setting.inputs_freed),
        stored("stored", bench, countdown),
        weights("weights", bench, countdown),
        inputs("inputs", bench, countdown, setting.inputs_from),
        outputs_freed("outputs_freed", bench, never_) {
    links_.push_back(connect(bench, commands_.out, dma.load_in, 4));
    links_.push_back(connect(bench, stores_.out, dma.store_in));
    links_.push_back(connect(bench, weights_freed_.out, dma.weights_freed_in));
    links_.push_back(connect(bench, inputs_freed_.out, dma.inputs_freed_in));
    take(dma.outputs_freed_out, outputs_freed, "outputs_freed_link");
    take(dma.stored_out, stored, "stored_link");
    take(dma.weights_out, weights, "weights_link");
    take(dma.inputs_out, inputs, "inputs_link");
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
  Source<PacketRef> stores_;
  Source<StagingFreed> weights_freed_;
  Source<StagingFreed> inputs_freed_;

 public:
  Sink<StoreDone> stored;
  Sink<PacketRef> weights;
  Sink<PacketRef> inputs;
  Sink<StagingFreed> outputs_freed;
  std::vector<std::unique_ptr<FakeChannel>> channels;

 private:
  std::vector<std::unique_ptr<LinkBase>> links_;
};

Packet at(std::uint64_t address, std::uint32_t bytes) {
  Packet packet = packet_of(bytes, 1, 0);
  packet.address = address;
  return packet;
}

using Log = std::vector<std::string>;

}  // namespace

TEST_CASE("a packet is handed on in the cycle of its last response") {
  const auto transfer = transfer_of(TensorRole::kKey, {at(0, 64)});
  Setting setting;
  setting.loads = {{0, LoadCommand{transfer.get()}}};
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
  const auto transfer = transfer_of(TensorRole::kKey, {at(0, 192)});
  Setting setting;
  setting.loads = {{0, LoadCommand{transfer.get()}}};
  setting.latencies = {5, 9};
  const Bench bench(setting);
  CHECK(bench.channels[0]->log == Log{"2: 0+2"});
  CHECK(bench.channels[1]->log == Log{"2: 0+1"});
  CHECK(bench.inputs.cycles() == Cycles{4 + 9});
  CHECK(bench.dma.bursts_read() == 3);
}

TEST_CASE("part of a burst costs the whole burst") {
  const auto transfer = transfer_of(TensorRole::kKey, {at(60, 8)});
  Setting setting;
  setting.loads = {{0, LoadCommand{transfer.get()}}};
  const Bench bench(setting);
  CHECK(bench.dma.bursts_read() == 2);
  CHECK(bench.dma.bytes(TensorRole::kKey, TransferReason::kFirstLoad) == 8);
}

TEST_CASE("packets start one a cycle and are handed on in order, whoever answers first") {
  // Channel 0 takes 20 cycles, channel 1 takes 5. The packets start in 1, 2 and 3; their responses
  // are seen in 23, 9 and 25. The second one waits for the first one, and is handed on after it.
  const auto transfer = transfer_of(TensorRole::kKey, {at(0, 64), at(64, 64), at(128, 64)});
  Setting setting;
  setting.loads = {{0, LoadCommand{transfer.get()}}};
  setting.num_arrivals = 3;
  setting.latencies = {20, 5};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.channels[0]->log == Log{"2: 0+1", "4: 1+1"});
    CHECK(bench.channels[1]->log == Log{"3: 0+1"});
    CHECK(bench.inputs.cycles() == Cycles{24, 25, 26});
    CHECK(bench.inputs.arrivals[1].value.packet == &transfer->packets[1]);
  }
}

TEST_CASE("no more than read_packets are outstanding") {
  // One: the second packet starts in 8, when the first one is handed on. Response in 15.
  const auto transfer = transfer_of(TensorRole::kKey, {at(0, 64), at(64, 64), at(128, 64)});
  Setting setting;
  setting.loads = {{0, LoadCommand{transfer.get()}}};
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
  const auto inputs = transfer_of(TensorRole::kKey, {at(0, 64), at(64, 64), at(128, 64)});
  const auto weights = transfer_of(TensorRole::kWeights, {at(4096, 64)});
  Setting setting;
  setting.loads = {{0, LoadCommand{inputs.get()}}, {0, LoadCommand{weights.get()}}};
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
  const auto transfer = transfer_of(TensorRole::kKey, {at(0, 64), at(64, 64)});
  transfer->packets[1].in_dram = false;
  Setting setting;
  setting.loads = {{0, LoadCommand{transfer.get()}}};
  setting.staging = {64, 64};
  setting.num_arrivals = 2;
  CHECK(Bench(setting).inputs.cycles() == Cycles{9, 10});
}

TEST_CASE("loads are executed in the order of their commands, weights to their own buffer") {
  const auto weights = transfer_of(TensorRole::kWeights, {at(0, 64), at(64, 64)});
  const auto keys = transfer_of(TensorRole::kKey, {at(4096, 64)});
  keys->reason = TransferReason::kReload;
  Setting setting;
  setting.loads = {{0, LoadCommand{weights.get()}}, {0, LoadCommand{keys.get()}}};
  setting.num_arrivals = 3;
  const Bench bench(setting);
  CHECK(bench.weights.cycles() == Cycles{9, 10});
  CHECK(bench.inputs.cycles() == Cycles{11});
  CHECK(bench.dma.bytes(TensorRole::kWeights, TransferReason::kFirstLoad) == 128);
  CHECK(bench.dma.bytes(TensorRole::kKey, TransferReason::kReload) == 64);
  CHECK(bench.dma.bytes(TensorRole::kKey, TransferReason::kFirstLoad) == 0);
}

TEST_CASE("packets of K and Q of one unit alternate, those of two units do not") {
  // Both commands are there from 2 on: K starts in 1, then Q and K in turn.
  UnitContext unit;
  UnitContext other;
  const auto keys = transfer_of(TensorRole::kKey, {at(0, 64), at(64, 64), at(128, 64)});
  const auto queries = transfer_of(TensorRole::kQuery, {at(4096, 64), at(4160, 64)});
  keys->unit = &unit;
  queries->unit = &unit;
  Setting setting;
  setting.loads = {{0, LoadCommand{keys.get()}}, {0, LoadCommand{queries.get()}}};
  setting.num_arrivals = 5;
  const auto order = [&](const RunMode& mode) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.inputs.cycles() == Cycles{9, 10, 11, 12, 13});
    std::string text;
    for (const auto& arrival : bench.inputs.arrivals) {
      text += arrival.value.packet->transfer == keys.get() ? 'k' : 'q';
    }
    return text;
  };
  for (const RunMode& mode : all_run_modes()) {
    queries->unit = &unit;
    CHECK(order(mode) == "kqkqk");
    queries->unit = &other;
    CHECK(order(mode) == "kkkqq");
  }
}

TEST_CASE("packets that are still in the buffer keep their place and ask for nothing") {
  // Started in 1, 2, 3; the responses of the outer ones are seen in 8 and 10.
  const auto transfer = transfer_of(TensorRole::kKey, {at(0, 64), at(64, 64), at(128, 64)});
  transfer->packets[1].in_dram = false;
  Setting setting;
  setting.loads = {{0, LoadCommand{transfer.get()}}};
  setting.num_arrivals = 3;
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.inputs.cycles() == Cycles{9, 10, 11});
    CHECK(bench.channels[1]->log.empty());
    CHECK(bench.dma.bytes(TensorRole::kKey, TransferReason::kFirstLoad) == 128);
  }
  transfer->packets[0].in_dram = false;
  transfer->packets[2].in_dram = false;
  CHECK(Bench(setting).inputs.cycles() == Cycles{3, 4, 5});
}

TEST_CASE("stores are answered, and share the channels with loads in order of age") {
  // Both begin in 1: the load's request goes out first, the store's a cycle later.
  const auto keys = transfer_of(TensorRole::kKey, {at(0, 64)});
  auto results = transfer_of(TensorRole::kOutput, {at(8192, 64), at(8320, 64)});
  results->reason = TransferReason::kWriteBack;
  Setting setting;
  setting.loads = {{0, LoadCommand{keys.get()}}};
  setting.stores = {{0, &results->packets[0]}, {1, &results->packets[1]}};
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

TEST_CASE("a buffer that takes nothing holds the loads up; the cycles have reasons") {
  // Two packets handed on in 8 and 9 fill the link; the third one waits from 10 until 31.
  const auto transfer = transfer_of(TensorRole::kKey, {at(0, 64), at(64, 64), at(128, 64)});
  Setting setting;
  setting.loads = {{0, LoadCommand{transfer.get()}}};
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
