// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "hw_models/gemm_engine/gemm_array.hpp"
#include "hw_models/gemm_engine/gemm_drain.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test {

/// An array with its drain: lines of 2 MACs, a register of 1 cycle behind them, 5 cycles to switch.
struct GemmShape {
  std::uint32_t lines = 4;
  GemmEngineConfig engine{4, 2, 4, 2, 8, 2, 3};
  std::optional<std::uint32_t> shift_lanes = 2;
  std::optional<std::uint32_t> add_lanes = std::nullopt;
};

struct GemmBench {
  /// Packets expected: `num_packets`, none taken before `packets_from`.
  GemmBench(const GemmShape& shape, const std::vector<const GemmKernel*>& kernels,
            const std::vector<const DrainKernel*>& drains, std::size_t num_packets,
            GemmContents* contents = nullptr, const RunMode& mode = {}, Cycle packets_from = 0)
      : bench(mode),
        countdown(kernels.size() + drains.size() + num_packets),
        array("array", bench.clock, shape.engine,
              MacLinesConfig{shape.lines, 2, 1, 5, 2, shape.shift_lanes, shape.add_lanes}, contents,
              bench.stats),
        drain("drain", bench.clock, shape.engine, contents, bench.stats),
        array_orders("array_orders", bench, orders_of(kernels)),
        drain_orders("drain_orders", bench, orders_of(drains)),
        array_dones("array_dones", bench, countdown),
        drain_dones("drain_dones", bench, countdown),
        packets("packets", bench, countdown, packets_from) {
    const std::size_t files = shape.engine.accumulator_files;
    const auto a = connect(bench, array_orders.out, array.order_in, 64);
    const auto d = connect(bench, drain_orders.out, drain.order_in, 64);
    Link<UnitDone> array_done("array_done", bench.clock, 2);
    array.done_out(array_done);
    array_dones.in(array_done);
    Link<UnitDone> drain_done("drain_done", bench.clock, 2);
    drain.done_out(drain_done);
    drain_dones.in(drain_done);
    Link<FinishedBlock> blocks("blocks", bench.clock, files);
    array.block_out(blocks);
    drain.block_in(blocks);
    Link<AccumulatorsFreed> freed("freed", bench.clock, files);
    drain.freed_out(freed);
    array.freed_in(freed);
    const auto p = connect(bench, drain.packet_out, packets.in, 2);
    bench.run();
  }

  template <typename Kind>
  static std::vector<Source<UnitOrder>::Beat> orders_of(const std::vector<const Kind*>& kernels) {
    std::vector<Source<UnitOrder>::Beat> beats;
    beats.reserve(kernels.size());
    for (const Kind* kernel : kernels) beats.push_back({0, UnitOrder{kernel}});
    return beats;
  }

  SimBench bench;
  std::size_t countdown;
  GemmArray array;
  GemmDrain drain;
  Source<UnitOrder> array_orders;
  Source<UnitOrder> drain_orders;
  Sink<UnitDone> array_dones;
  Sink<UnitDone> drain_dones;
  Sink<Packet> packets;
};

/// Puts values into a region that holds nothing yet, rows of `row_bytes` a `pitch` apart.
template <typename T>
void fill(GemmContents& contents, RegionId region, const std::vector<T>& values,
          std::uint32_t row_bytes = 1, std::uint32_t pitch = 1) {
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(values.size() * sizeof(T));
  std::memcpy(bytes->data(), values.data(), bytes->size());
  GemmPlacement placement;
  placement.region = region;
  placement.row_bytes = row_bytes;
  placement.pitch = pitch;
  placement.bytes = bytes->size() / row_bytes * pitch;
  Packet packet;
  packet.payload = bytes;
  contents.write(placement, packet);
}

inline std::vector<std::int8_t> bytes_of(const Packet& packet) {
  return {packet.payload->begin(), packet.payload->end()};
}

}  // namespace vitcod::test
