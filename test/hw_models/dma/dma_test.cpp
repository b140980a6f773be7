// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/hw_models/dma/dma_bench.hpp"

namespace vitcod::test::dma_test {

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
    // idle: 0 and 40; something moves in 1-2, 8-9, 31-32 and 38-39; DRAM is waited for in 3-7,
    // though there is no staging, and in 33-37; staging, which packets that have come hold, in
    // 10-30.
    CHECK(bench.statistics()["cycles"].dump() ==
          R"({"idle":2,"issuing":8,"wait_dram":10,"wait_buffer":0,"wait_staging":21})");
  }
  setting.staging = {64, 192};
  CHECK(Bench(setting).inputs.cycles() == Cycles{9, 10, 11});
}

TEST_CASE("staging is waited for only where packets that have come hold most of it") {
  // Channel 0 takes 5 cycles, channel 1 takes 20. Staging has room for three packets; the first
  // three start in 1 to 3 and are answered in 8, 24 and 10. The first is handed on in 8, the two
  // others in 24 and 25. The fourth starts with the staging that is seen free in 40: response in
  // 62, since it is of channel 1, seen by the buffer in 63.
  const Transfer transfer = load(0, 256);
  Setting setting;
  setting.loads = commands({&transfer});
  setting.staging = {4096, 192};
  setting.latencies = {5, 20};
  setting.num_arrivals = 4;
  setting.inputs_freed = {{39, StagingFreed{64}}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.inputs.cycles() == Cycles{9, 25, 26, 63});
    // idle: 0 and 63; something moves in 1-3, 8, 10, 24-25, 40 and 62. DRAM is waited for in 4-7
    // and in 9, when two of three packets are still to come; and in 41-61, after the last packet
    // has started. Staging in 11-23, when two of three have come, and in 26-39.
    CHECK(bench.statistics()["cycles"].dump() ==
          R"({"idle":2,"issuing":9,"wait_dram":26,"wait_buffer":0,"wait_staging":27})");
  }
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
          R"({"idle":2,"issuing":7,"wait_dram":4,"wait_buffer":20,"wait_staging":0})");
  }
}

TEST_CASE("a single row goes before packets of loads, takes no staging and has a port of its own") {
  // The row, burst 4, is of channel 0. It starts in 1 and the packets in 2, 3 and, once the
  // staging of the first one is seen free in 20, in 20. A second row finds its slot free in 8.
  const Transfer transfer = load(0, 192, TensorRole::kQuery);
  RowFetch fetch;
  fetch.packet.transfer = &transfer;
  fetch.packet.address = 256;
  fetch.packet.bytes = 16;
  fetch.line = 5;
  fetch.head = 2;
  Setting setting;
  setting.loads = commands({&transfer});
  setting.staging = {64, 128};
  setting.inputs_freed = {{19, StagingFreed{64}}};
  setting.row_fetches = 1;
  setting.fetches = {{0, fetch}, {0, fetch}};
  setting.num_arrivals = 5;
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(setting);
    CHECK(bench.rows->cycles() == Cycles{9, 16});
    CHECK(bench.inputs.cycles() == Cycles{10, 11, 28});
    CHECK(bench.rows->arrivals[0].value.line == 5);
    CHECK(bench.rows->arrivals[0].value.head == 2);
    CHECK(bench.dma.bytes_fetched() == 32);
    CHECK(bench.dma.bytes(TensorRole::kQuery, TransferReason::kReload) == 32);
    CHECK(bench.dma.bytes(TensorRole::kQuery, TransferReason::kFirstLoad) == 192);
    CHECK(bench.dma.bursts_read() == 5);
  }
}

}  // namespace vitcod::test::dma_test
