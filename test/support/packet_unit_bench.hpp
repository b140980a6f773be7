// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "test/support/packet_bench.hpp"

namespace vitcod::test {

/// A unit that packets stream through, between a source and sinks of what comes out, run until all
/// has come: a delivery a packet, and `results` packets.
template <typename Unit, typename Config>
class PacketUnitBench {
 public:
  PacketUnitBench(const Config& config, const std::vector<Packet>& offered, std::size_t results,
                  const RunMode& mode = {})
      : bench(mode), unit("unit", bench.clock, config, bench.stats) {
    std::size_t countdown = offered.size() + results;
    source_ = std::make_unique<Source<Packet>>("source", bench, all_at_once(offered));
    packets_ = std::make_unique<Sink<Packet>>("packets", bench, countdown, 0);
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
  std::vector<std::uint8_t> values() const {
    std::vector<std::uint8_t> all;
    for (const auto& arrival : packets_->arrivals) {
      const Payload& payload = arrival.value.payload;
      check(payload != nullptr && payload->size() == arrival.value.bytes, "no values");
      all.insert(all.end(), payload->begin(), payload->end());
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
  Unit unit;

 private:
  std::unique_ptr<Source<Packet>> source_;
  std::unique_ptr<Sink<Packet>> packets_;
  std::unique_ptr<Sink<Delivery>> deliveries_;
};

}  // namespace vitcod::test
