// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "hw_models/dma/dma.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test {

// Two channels with bursts of 64 bytes, which alternate. A memory of latency L in the same clock
// answers a request that it sees in cycle c by a push in c + L. A command of cycle 0 is seen in 1;
// the first packet starts in 1, its request is seen in 2, the response in 3 + L; the packet is
// handed on in that cycle and seen by the buffer in 4 + L.

using Cycles = std::vector<Cycle>;

enum Buffer : std::uint8_t { kWeights, kInputs };

inline DramOrganization two_channels() {
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
  std::vector<Source<RowFetch>::Beat> fetches;
  std::uint32_t row_fetches = 0;
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
            setting.staging, map_, 2, setting.contents, bench.stats, setting.row_fetches),
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
    if (setting.row_fetches > 0) fetch_rows(setting);
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

  void fetch_rows(const Setting& setting) {
    fetches_ = std::make_unique<Source<RowFetch>>("fetches", bench, setting.fetches);
    rows = std::make_unique<Sink<RowFetch>>("rows", bench, countdown);
    auto asked = std::make_unique<Link<RowFetch>>("fetches_link", bench.clock, 2);
    auto came = std::make_unique<Link<RowFetch>>("rows_link", bench.clock, 2);
    fetches_->out(*asked);
    dma.fetch_in(*asked);
    dma.fetched_out(*came);
    rows->in(*came);
    links_.push_back(std::move(asked));
    links_.push_back(std::move(came));
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
  std::unique_ptr<Source<RowFetch>> fetches_;

 public:
  Sink<StoreDone> stored;
  Sink<Packet> weights;
  Sink<Packet> inputs;
  Sink<StagingFreed> outputs_freed;
  std::unique_ptr<Sink<RowFetch>> rows;
  std::vector<std::unique_ptr<FakeChannel>> channels;

 private:
  std::vector<std::unique_ptr<LinkBase>> links_;
};

/// To the denser engine, whatever the rows.
struct ToDenser final : Placement {
  OutputMask outputs(std::uint32_t, std::uint32_t) const override { return kToDenser; }
};

/// A load of the bytes from `address` on, through a buffer.
inline Transfer load(std::uint64_t address, std::uint64_t bytes, TensorRole role = TensorRole::kKey,
                     std::uint8_t buffer = kInputs) {
  Transfer transfer;
  transfer.label.role = role;
  transfer.buffer = buffer;
  transfer.stretches.push_back(Stretch{address, bytes, 0, 0, 0});
  transfer.placement = std::make_shared<ToDenser>();
  return transfer;
}

/// The same, of bytes that still lie in the buffer.
inline Transfer resident(std::uint64_t address, std::uint64_t bytes) {
  Transfer transfer = load(address, bytes);
  transfer.residency = Residency{bytes, true, false};
  return transfer;
}

/// Commands that the DMA sees in cycles 1, 2, ...
inline std::vector<Source<LoadCommand>::Beat> commands(const std::vector<const Transfer*>& loads) {
  std::vector<Source<LoadCommand>::Beat> beats;
  beats.reserve(loads.size());
  for (const Transfer* transfer : loads) beats.push_back({0, LoadCommand{transfer}});
  return beats;
}

/// A packet of results.
inline Packet result(const Transfer& store, std::uint64_t address, std::uint32_t bytes) {
  Packet packet;
  packet.transfer = &store;
  packet.address = address;
  packet.bytes = bytes;
  return packet;
}

inline Transfer results() {
  Transfer store;
  store.label = TrafficLabel{TensorRole::kOutput, TransferReason::kWriteBack};
  return store;
}

using Log = std::vector<std::string>;

}  // namespace vitcod::test
