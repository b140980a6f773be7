// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "hw_models/token_gather/token_gather_unit.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test {

inline constexpr std::uint64_t kGatherStore = 1U << 20U;  ///< address of a tile's store

/// Loads of one tile, and its store.
struct GatherTile {
  GatherTile(std::uint32_t num_rows, std::uint32_t features, std::uint32_t new_features) {
    store.stretches = {Stretch{kGatherStore,
                               std::uint64_t{num_rows} * 2 * (features + new_features),
                               2 * (features + new_features), 0, 0}};
    for (Transfer* load : {&numbers, &new_load, &rows}) {
      auto placement = std::make_shared<GatherPlacement>();
      placement->kind = load == &numbers    ? GatherPlacement::Kind::kNumbers
                        : load == &new_load ? GatherPlacement::Kind::kNew
                                            : GatherPlacement::Kind::kRows;
      placement->features = features;
      placement->new_features = new_features;
      placement->num_rows = num_rows;
      placement->store = &store;
      load->placement = placement;
    }
  }
  GatherTile(const GatherTile&) = delete;
  GatherTile& operator=(const GatherTile&) = delete;

  Transfer store, numbers, new_load, rows;
};

inline Packet packet_of(const Transfer& load, std::uint32_t bytes, std::uint32_t first_row = 0,
                        std::uint32_t num_rows = 0) {
  Packet packet;
  packet.transfer = &load;
  packet.bytes = bytes;
  packet.first_row = first_row;
  packet.num_rows = num_rows;
  return packet;
}

inline bool gives_rows(const Packet& packet) {
  return packet.num_rows > 0 &&
         placement_as<GatherPlacement>(packet).kind == GatherPlacement::Kind::kRows;
}

/// token_gather between a source and sinks, run until all that is due has come.
struct GatherBench {
  explicit GatherBench(const std::vector<Packet>& offered, const TokenGatherConfig& config,
                       const RunMode& mode = {}, Cycle packets_from = 0)
      : GatherBench(all_at_once(offered), config, mode, packets_from) {}
  GatherBench(const TimedPackets& offered, const TokenGatherConfig& config, const RunMode& mode,
              Cycle packets_from)
      : bench(mode), unit("unit", bench.clock, config, bench.stats) {
    for (const auto& beat : offered) countdown += gives_rows(beat.value) ? 2 : 1;
    source = std::make_unique<Source<Packet>>("source", bench, offered);
    packets = std::make_unique<Sink<Packet>>("packets", bench, countdown, packets_from);
    deliveries = std::make_unique<Sink<Delivery>>("deliveries", bench, countdown);
    const auto in = connect(bench, source->out, unit.packet_in);
    const auto out = connect(bench, unit.packet_out, packets->in);
    Link<Delivery> delivery_link("delivery_link", bench.clock, 4);
    unit.delivery_out(delivery_link);
    deliveries->in(delivery_link);
    bench.run();
  }

  std::uint64_t counted(std::string_view name) const {
    for (const Statistic* statistic : bench.stats.children().front()->statistics()) {
      if (statistic->name() == name) return dynamic_cast<const Counter&>(*statistic).value();
    }
    FAIL("no counter of this name");
    return 0;
  }

  SimBench bench;
  std::size_t countdown = 0;
  TokenGatherUnit unit;
  std::unique_ptr<Source<Packet>> source;
  std::unique_ptr<Sink<Packet>> packets;
  std::unique_ptr<Sink<Delivery>> deliveries;
};

}  // namespace vitcod::test
