// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "hw_models/token_selector/token_selector.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test {

using SelectorKind = SelectorPlacement::Kind;
using Bytes = std::vector<std::uint8_t>;

/// Loads and store of one operation, each in its own area of 2^20 bytes.
class SelectorJob {
 public:
  /// Results in packets of 64 bytes at most.
  explicit SelectorJob(const ScoreSelect& selection, bool has_origins = false) : select(selection) {
    base_.select = &select;
    base_.has_origins = has_origins;
    const std::uint64_t kept = 2 * select.kept.size();
    store.stretches = {Stretch{kStore, kept, 2, 0, 0},
                       Stretch{kStore + 4096, kept, 2, static_cast<std::uint32_t>(kept / 2), kept}};
    const std::uint64_t query = std::uint64_t{select.heads} * select.features;
    add(SelectorKind::kQuery, query, 0);
    if (has_origins) add(SelectorKind::kOrigins, 2 * std::uint64_t{select.tokens_in}, 0);
    add(SelectorKind::kKeys, query * select.tokens_in, select.features);
  }
  explicit SelectorJob(const ExitTest& test) : exit(test) {
    base_.exit = &exit;
    store.stretches = {Stretch{kStore, 1, 1, 0, 0}};
    add(SelectorKind::kLogits, test.classes, 0);
  }
  explicit SelectorJob(const RouterSplit& routing) : split(routing) {
    base_.split = &split;
    const std::uint64_t bytes = 2 * std::uint64_t{split.tokens};
    store.stretches = {Stretch{kStore, bytes, 2, 0, 0}};
    add(SelectorKind::kRouting, bytes, 0);
  }
  SelectorJob(const SelectorJob&) = delete;
  SelectorJob& operator=(const SelectorJob&) = delete;

  static constexpr std::uint64_t kStore = 1 << 24;
  ScoreSelect select{};
  ExitTest exit{};
  RouterSplit split{};
  Transfer store;
  std::deque<Transfer> loads;  ///< query, origins if there are any, keys; or logits
  std::deque<Bytes> values;    ///< of each load; none: no values

  /// All packets of all loads.
  std::vector<Packet> packets(std::uint32_t packet_bytes) {
    std::vector<Packet> all;
    for (std::size_t i = 0; i < loads.size(); ++i) {
      DramContents dram;
      if (!values.empty()) {
        dram.add_area(loads[i].stretches[0].address, values[i].size(), [&] { return values[i]; });
      }
      const auto some = packets_of(loads[i], packet_bytes, values.empty() ? nullptr : &dram);
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }

 private:
  void add(SelectorKind kind, std::uint64_t bytes, std::uint32_t row_bytes) {
    auto placement = std::make_shared<SelectorPlacement>(base_);
    placement->kind = kind;
    placement->bytes = bytes;
    placement->packet_bytes = 64;
    placement->store = &store;
    store.outputs = kToResults;
    loads.emplace_back();
    loads.back().stretches = {Stretch{loads.size() << 20U, bytes, row_bytes, 0, 0}};
    loads.back().placement = placement;
  }

  SelectorPlacement base_;
};

/// A token selector between a source of packets and sinks of what comes out.
class SelectorBench {
 public:
  /// `results`: packets to come.
  SelectorBench(const TokenSelectorConfig& config, TimedPackets offered, std::size_t results,
                const RunMode& mode = {}, Cycle packets_from = 0)
      : bench(mode), unit("unit", bench.clock, config, bench.stats) {
    std::size_t countdown = offered.size() + results;
    source_ = std::make_unique<Source<Packet>>("source", bench, std::move(offered));
    packets_ = std::make_unique<Sink<Packet>>("packets", bench, countdown, packets_from);
    deliveries_ = std::make_unique<Sink<Delivery>>("deliveries", bench, countdown);
    const auto in = connect(bench, source_->out, unit.packet_in);
    const auto out = connect(bench, unit.packet_out, packets_->in);
    Link<Delivery> delivery_link("delivery_link", bench.clock, 4);
    unit.delivery_out(delivery_link);
    deliveries_->in(delivery_link);
    bench.run();
  }

  std::vector<Cycle> results() const { return packets_->cycles(); }
  std::vector<Cycle> deliveries() const { return deliveries_->cycles(); }
  const Packet& result(std::size_t place) const { return packets_->arrivals[place].value; }
  /// Values of all results.
  Bytes values() const {
    Bytes all;
    for (const auto& arrival : packets_->arrivals) {
      const Packet& packet = arrival.value;
      check(packet.payload != nullptr && packet.payload->size() == packet.bytes, "no values");
      all.insert(all.end(), packet.payload->begin(), packet.payload->end());
    }
    return all;
  }
  std::uint64_t counted(std::string_view name) const {
    for (const Statistic* statistic : bench.stats.children().front()->statistics()) {
      if (statistic->name() != name) continue;
      return dynamic_cast<const Counter&>(*statistic).value();
    }
    throw ModelError("no such counter");
  }

  SimBench bench;
  TokenSelector unit;

 private:
  std::unique_ptr<Source<Packet>> source_;
  std::unique_ptr<Sink<Packet>> packets_;
  std::unique_ptr<Sink<Delivery>> deliveries_;
};

}  // namespace vitcod::test
