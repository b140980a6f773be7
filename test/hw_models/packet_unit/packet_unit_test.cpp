// SPDX-License-Identifier: Apache-2.0
#include "hw_models/packet_unit/packet_unit.hpp"

#include <catch2/catch.hpp>

#include "sim/base/rate.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::packet_unit_test {
namespace {

using Cycles = std::vector<Cycle>;

/// Takes `num_rows` cycles a packet and gives as many results, after a latency of 3.
class CountingUnit final : public PacketUnit {
 public:
  CountingUnit(SimBench& bench) : PacketUnit("unit", bench.clock, "counting", bench.stats) {}

 private:
  Step work_on(const Packet& packet) override {
    Step step{Bandwidth(16).beat_cycles(packet.bytes), packet.num_rows, 3, {}};
    for (std::uint32_t i = 0; i < packet.num_rows; ++i) step.results.push_back(packet);
    return step;
  }
};

struct Bench {
  Bench(const std::vector<std::uint32_t>& rows_a_packet, const RunMode& mode = {},
        Cycle packets_from = 0, Cycle deliveries_from = 0)
      : bench(mode), unit(bench) {
    std::vector<Packet> offered;
    std::size_t results = 0;
    for (const std::uint32_t rows : rows_a_packet) {
      Packet packet;
      packet.bytes = 32;
      packet.num_rows = rows;
      offered.push_back(packet);
      results += rows;
    }
    countdown = offered.size() + results;
    Source<Packet> source("source", bench, all_at_once(offered));
    packets = std::make_unique<Sink<Packet>>("packets", bench, countdown, packets_from);
    deliveries = std::make_unique<Sink<Delivery>>("deliveries", bench, countdown, deliveries_from);
    const auto in = connect(bench, source.out, unit.packet_in);
    const auto out = connect(bench, unit.packet_out, packets->in);
    Link<Delivery> delivery_link("delivery_link", bench.clock);
    unit.delivery_out(delivery_link);
    deliveries->in(delivery_link);
    bench.run();
  }

  SimBench bench;
  std::size_t countdown = 0;
  CountingUnit unit;
  std::unique_ptr<Sink<Packet>> packets;
  std::unique_ptr<Sink<Delivery>> deliveries;
};

}  // namespace

TEST_CASE("a packet takes its way in or its work, and its results follow one a cycle") {
  for (const RunMode& mode : all_run_modes()) {
    // Seen in 1; 32 bytes come in 1 and 2, one row in 1; pushed 3 cycles after 2, seen in 6.
    CHECK(Bench({1}, mode).packets->cycles() == Cycles{6});
    // Three rows take 1 to 3: results pushed in 6, 7 and 8. The next packet is taken once the last
    // of them has room, which is when the first is taken in 7 and this is seen in 8: it is worked
    // on in 9 and 10, and its result is pushed in 13.
    const Bench three({3, 1}, mode);
    CHECK(three.packets->cycles() == Cycles{7, 8, 9, 14});
    CHECK(three.deliveries->cycles() == Cycles{7, 14});
    // One without results is delivered alone.
    CHECK(Bench({0}, mode).deliveries->cycles() == Cycles{6});
  }
}

TEST_CASE("results that the neighbour does not take hold the next packet up") {
  for (const RunMode& mode : all_run_modes()) {
    // Two results wait in the link until 30 and 31; room for the third is seen in 31, and it is
    // seen in 32. The next packet is taken in 32, when the second result has left.
    const Bench late({3, 1}, mode, 30);
    CHECK(late.packets->cycles() == Cycles{30, 31, 32, 37});
    CHECK(late.deliveries->cycles() == Cycles{7, 37});
    // Two deliveries wait in the link until 40.
    const Bench undelivered({1, 1, 1}, mode, 0, 40);
    CHECK(undelivered.packets->cycles() == Cycles{6, 8, 46});
  }
}

TEST_CASE("the rows that a packet completes are rows of the store, at their place") {
  struct Unit final : PacketUnit {
    using PacketUnit::rows_of;
  };
  Transfer store;
  store.outputs = 4;
  store.stretches = {Stretch{4096, 800, 8, 0, 0}};
  Packet packet;
  packet.first_row = 3;
  packet.num_rows = 2;
  const Packet result = Unit::rows_of(packet, store);
  CHECK(result.transfer == &store);
  CHECK(result.address == 4096 + 3 * 8);
  CHECK(result.offset == 3 * 8);
  CHECK(result.bytes == 2 * 8);
  CHECK(result.outputs == 4);
}

}  // namespace vitcod::test::packet_unit_test
