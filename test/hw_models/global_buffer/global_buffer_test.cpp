// SPDX-License-Identifier: Apache-2.0
#include "hw_models/global_buffer/global_buffer.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/global_buffer/global_buffer_cost.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::global_buffer_test {

// Ports of 16 bytes a cycle and packets of 64 bytes: 4 cycles at each port. A packet that the
// source pushes in cycle 0 is visible in 1, written in 1-4, sent in 5 (and read in 5-8), visible
// in 6.

namespace {

using Cycles = std::vector<Cycle>;

/// Who keeps count of the staging.
struct Staging {
  std::uint32_t bytes = 128;
  std::size_t num_told = 0;  ///< packets that `freed_out` is to tell of; 0: not bound
  std::vector<Source<StagingFreed>::Beat> freed = {};  ///< beats of `freed_in`; none: not bound
};

struct Bench {
  Bench(const Staging& staging, const TimedPackets& packets, const RunMode& mode = {},
        Cycle sink_from = 0)
      : bench(mode),
        countdown(packets.size() + staging.num_told),
        buffer("buffer", bench.clock, GlobalBufferConfig{4096, staging.bytes, 16}, bench.stats),
        source("source", bench, packets),
        sink("sink", bench, countdown, sink_from),
        freed("freed", bench, countdown),
        freer("freer", bench, staging.freed),
        in("in", bench.clock, 2),
        out("out", bench.clock, 2),
        told("told", bench.clock, 2),
        freeing("freeing", bench.clock, 2) {
    source.out(in);
    buffer.packet_in(in);
    buffer.packet_out(out);
    sink.in(out);
    freed.in(told);
    if (staging.num_told > 0) buffer.freed_out(told);
    freer.out(freeing);
    if (!staging.freed.empty()) buffer.freed_in(freeing);
    bench.run();
  }
  Bench(std::uint32_t staging_bytes, const TimedPackets& packets, const RunMode& mode = {},
        Cycle sink_from = 0)
      : Bench(Staging{staging_bytes}, packets, mode, sink_from) {}

  Json statistics() const {
    Json json;
    bench.stats.write(json);
    return json["buffer"];
  }

  SimBench bench;
  std::size_t countdown;
  GlobalBuffer buffer;
  Source<Packet> source;
  Sink<Packet> sink;
  Sink<StagingFreed> freed;
  Source<StagingFreed> freer;
  Link<Packet> in;
  Link<Packet> out;
  Link<StagingFreed> told;
  Link<StagingFreed> freeing;
};

/// Packets one after the other in DRAM, without values.
std::vector<Packet> number_of_packets(std::size_t number, std::uint32_t bytes) {
  std::vector<Packet> packets(number);
  for (std::size_t i = 0; i < number; ++i) {
    packets[i].address = i * bytes;
    packets[i].bytes = bytes;
  }
  return packets;
}

}  // namespace

TEST_CASE("a packet is written and can then be read") {
  for (const RunMode& mode : all_run_modes()) {
    CHECK(Bench(128, all_at_once(number_of_packets(1, 64)), mode).sink.cycles() == Cycles{6});
    CHECK(Bench(128, all_at_once(number_of_packets(1, 65)), mode).sink.cycles() == Cycles{7});
    CHECK(Bench(128, all_at_once(number_of_packets(1, 1)), mode).sink.cycles() == Cycles{3});
  }
}

TEST_CASE("with staging for two packets one is written while the other is read") {
  //   write   1-4: a  5-8: b  9-12: c
  //   read            5-8: a  9-12: b  13-16: c
  for (const RunMode& mode : all_run_modes()) {
    CHECK(Bench(128, all_at_once(number_of_packets(3, 64)), mode).sink.cycles() ==
          Cycles{6, 10, 14});
  }
}

TEST_CASE("a packet is not accepted before staging is free, to the byte") {
  // Room for one packet: b is accepted when a has been read, in 9.
  //   write   1-4: a          9-12: b            17-20: c
  //   read            5-8: a           13-16: b           21-24: c
  for (const RunMode& mode : all_run_modes()) {
    CHECK(Bench(64, all_at_once(number_of_packets(3, 64)), mode).sink.cycles() ==
          Cycles{6, 14, 22});
    CHECK(Bench(127, all_at_once(number_of_packets(3, 64)), mode).sink.cycles() ==
          Cycles{6, 14, 22});
  }
}

TEST_CASE("who reserves staging is told when a packet has been read") {
  // a: written in 1-4, read in 5-8, told of in 9. b lies in the pool: noted in 5, read in 9-12. c:
  // written in 6-9, read in 13-16, told of in 17.
  auto packets = number_of_packets(3, 64);
  packets[1].in_dram = false;
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(Staging{192, 2}, all_at_once(packets), mode);
    CHECK(bench.sink.cycles() == Cycles{6, 10, 14});
    CHECK(bench.freed.cycles() == Cycles{10, 18});
    CHECK(bench.freed.arrivals[0].value.bytes == 64);
  }
}

TEST_CASE("staging that the reader frees is not free before it says so, to the byte") {
  // Room for one packet. a is read in 5-8, but b is accepted when all 64 bytes are seen to be free,
  // in 31; written in 31-34, sent in 35.
  const Staging staging{64, 0, {{20, StagingFreed{63}}, {30, StagingFreed{1}}}};
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(staging, all_at_once(number_of_packets(2, 64)), mode);
    CHECK(bench.sink.cycles() == Cycles{6, 36});
  }
}

TEST_CASE("packets that stay in the buffer take no staging and are only read") {
  // a (in staging, all of it): written in 1-4, read in 5-8. b lies in the pool: noted in 5, read in
  // 9-12, as soon as the read port is free.
  auto packets = number_of_packets(2, 64);
  packets[1].in_dram = false;
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(64, all_at_once(packets), mode);
    CHECK(bench.sink.cycles() == Cycles{6, 10});
    const Json json = bench.statistics();
    CHECK(json["bytes_written"] == 64);
    CHECK(json["bytes_read"] == 128);
    CHECK(json["peak_staged_bytes"] == 64);
  }
  // Alone: noted in 1, sent in 2.
  auto alone = number_of_packets(1, 64);
  alone[0].in_dram = false;
  CHECK(Bench(64, all_at_once(alone)).sink.cycles() == Cycles{3});
}

TEST_CASE("a reader that takes nothing fills the staging area, then the links") {
  // Staging for 2, links of 2. Two packets leave in 5 and 9 and stay in the link; c and d fill the
  // staging area in 9 and 13; e waits. From 50 on a packet a cycle is taken; c is sent in 51 (read
  // in 51-54), d in 55 (read in 55-58); e is accepted in 55, written in 55-58 and sent in 59.
  auto packets = number_of_packets(5, 64);
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(128, all_at_once(packets), mode, 50);
    CHECK(bench.sink.cycles() == Cycles{50, 51, 52, 56, 60});
  }
  const Bench bench(128, all_at_once(packets), {}, 50);
  // Moving in 1-16 (writes 1-16, reads 5-12) and 51-60 (the last arrival is in 60); the reader is
  // waited for in 17-50; idle in 0.
  CHECK(bench.statistics()["cycles"].dump() == R"({"idle":1,"transferring":26,"reader_busy":34})");
  CHECK(bench.statistics()["peak_staged_bytes"] == 128);
}

namespace {

Payload values(std::uint8_t value) {
  return std::make_shared<const std::vector<std::uint8_t>>(64, value);
}

/// First value of each packet that came out.
std::vector<int> first_values(const Bench& bench) {
  std::vector<int> list;
  for (const auto& arrival : bench.sink.arrivals) list.push_back(arrival.value.payload->front());
  return list;
}

}  // namespace

TEST_CASE("packets keep their values, and those that stay keep them for a later load") {
  // Two packets stay. The next load finds both: the first one stays on, the second one leaves. The
  // one after that finds the first one, and brings new values to the other's address.
  auto packets = number_of_packets(6, 64);
  for (const std::size_t i : {2U, 4U}) packets[i].address = 0;
  for (const std::size_t i : {1U, 3U, 5U}) packets[i].address = 64;
  packets[0].payload = values(10);
  packets[1].payload = values(11);
  packets[5].payload = values(15);
  for (const std::size_t i : {0U, 1U, 2U}) packets[i].stays = true;
  for (const std::size_t i : {2U, 3U, 4U}) packets[i].in_dram = false;
  for (const RunMode& mode : all_run_modes()) {
    CHECK(first_values(Bench(1024, all_at_once(packets), mode)) ==
          std::vector<int>{10, 11, 10, 11, 10, 15});
  }
}

TEST_CASE("a later load takes the newest values that stay at an address") {
  auto packets = number_of_packets(3, 64);
  for (Packet& packet : packets) {
    packet.address = 64;
    packet.stays = true;
  }
  packets[0].payload = values(1);
  packets[1].payload = values(2);
  packets[2].in_dram = false;
  CHECK(first_values(Bench(1024, all_at_once(packets))) == std::vector<int>{1, 2, 2});
}

TEST_CASE("the cost of a packet is from its first byte in to its last byte out") {
  // Seen in 1; the DMA engine is told that its place is free in the cycle after the last byte is
  // read, and sees that in the next one.
  const GlobalBufferCost cost = cost_of(GlobalBufferConfig{4096, 128, 16});
  for (const std::uint32_t bytes : {16U, 64U, 128U}) {
    const Bench bench(Staging{128, 1}, all_at_once(number_of_packets(1, bytes)));
    CHECK(double(bench.freed.cycles().back()) == 2 + cost.packet_cycles(bytes));
  }
}

}  // namespace vitcod::test::global_buffer_test
