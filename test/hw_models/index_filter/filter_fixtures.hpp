// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "hw_models/index_buffer/index_format.hpp"
#include "hw_models/index_filter/index_filter.hpp"
#include "test/support/packet_bench.hpp"
#include "workloads/map_restriction.hpp"
#include "workloads/polarization.hpp"

namespace vitcod::test {

using Numbers = std::vector<std::uint32_t>;
using Bytes = std::vector<std::uint8_t>;

/// A map, what is left of it, and the tiles of both.
struct RestrictedMap {
  RestrictedMap(PolarizedMap whole, Numbers kept_tokens) : kept(std::move(kept_tokens)) {
    maps[0] = std::move(whole);
    maps[1] = restrict_map(maps[0], kept);
    set_rows(0, maps[1].num_queries);
  }
  RestrictedMap(const RestrictedMap&) = delete;
  RestrictedMap& operator=(const RestrictedMap&) = delete;

  /// Tiles of all heads and these rows of the restricted map.
  void set_rows(std::uint32_t first, std::uint32_t num) {
    source = tile_of(maps[0], 0, maps[0].num_queries);
    tile = tile_of(maps[1], first, num);
  }
  void set_heads(std::uint32_t first, std::uint32_t num) {
    for (AttentionTile* each : {&*source, &*tile}) {
      each->first_head = first;
      each->num_heads = num;
    }
  }
  /// Denser columns as sparse ones.
  void unpolarize() {
    for (std::size_t i = 0; i < 2; ++i) {
      AttentionTile& each = i == 0 ? *source : *tile;
      each.polarized = false;
      each.row_counts = row_counts(maps[i], false);
    }
  }
  void leave_blocks_unmasked() { source->mask_denser_block = tile->mask_denser_block = false; }

  Numbers kept;
  PolarizedMap maps[2];
  std::shared_ptr<AttentionTile> source;
  std::shared_ptr<AttentionTile> tile;

 private:
  static std::shared_ptr<const RowCounts> row_counts(const PolarizedMap& map, bool polarized) {
    auto counts = std::make_shared<RowCounts>();
    for (const PolarizedHead& head : map.heads) {
      Numbers& rows = counts->emplace_back(map.num_queries, 0);
      for (const std::uint32_t row : head.sparser.row_idx) ++rows[row];
      for (std::size_t i = 0; !polarized && i < head.denser_kept.size(); ++i) {
        rows[i % map.num_queries] += head.denser_kept[i];
      }
    }
    return counts;
  }
  static std::shared_ptr<AttentionTile> tile_of(const PolarizedMap& map, std::uint32_t first,
                                                std::uint32_t num) {
    auto tile = std::make_shared<AttentionTile>();
    tile->map = &map;
    tile->row_counts = row_counts(map, true);
    tile->num_heads = static_cast<std::uint32_t>(map.heads.size());
    tile->first_row = first;
    tile->num_rows = num;
    return tile;
  }
};

/// A filter that the numbers of a map's kept tokens and its index come to.
class FilterBench {
 public:
  FilterBench(const RestrictedMap& map, const IndexFilterConfig& config, const RunMode& mode = {},
              bool with_values = true)
      : bench(mode),
        with_values_(with_values),
        unit("unit", bench.clock, config, with_values ? &contents : nullptr, bench.stats) {
    Bytes bytes;
    for (const std::uint32_t number : map.kept) {
      bytes.push_back(static_cast<std::uint8_t>(number));
      bytes.push_back(static_cast<std::uint8_t>(number >> 8U));
    }
    load_numbers = std::move(bytes);
    load_index = encode_source_index(*map.source);
    of_numbers->num_source_tokens = of_index->num_source_tokens = map.maps[0].num_keys;
    of_numbers->load_bytes = load_numbers.size();
    of_index->kind = FilterPlacement::Kind::kIndex;
    of_index->source = map.source;
    of_index->tile = map.tile;
    of_index->region = RegionId{7};
    of_index->bytes = encode_index(*map.tile).size();
    of_index->load_bytes = load_index.size();
    numbers.placement = of_numbers;
    index.placement = of_index;
  }
  FilterBench(const FilterBench&) = delete;
  FilterBench& operator=(const FilterBench&) = delete;

  /// Adds the next packets of a load, of these sizes, or what is left of it as one.
  FilterBench& offer(const Transfer& transfer, const Numbers& sizes = {}) {
    const Bytes& load = &transfer == &index ? load_index : load_numbers;
    std::uint64_t& offset = &transfer == &index ? index_offset_ : numbers_offset_;
    if (sizes.empty()) return offer(transfer, {static_cast<std::uint32_t>(load.size() - offset)});
    for (const std::uint32_t size : sizes) {
      Packet packet;
      packet.transfer = &transfer;
      packet.offset = packet.address = offset;
      packet.bytes = size;
      if (with_values_) {
        const auto first = load.begin() + static_cast<std::ptrdiff_t>(offset);
        packet.payload = std::make_shared<const Bytes>(first, first + size);
      }
      offset += size;
      packets.push_back(std::move(packet));
    }
    return *this;
  }
  /// Runs until all are delivered; cycles in which the deliveries were seen.
  std::vector<Cycle> run(Cycle deliveries_from = 0, std::size_t delivery_depth = 4) {
    std::size_t countdown = packets.size();
    Source<Packet> source("source", bench, all_at_once(packets));
    Sink<Delivery> deliveries("deliveries", bench, countdown, deliveries_from);
    const auto in = connect(bench, source.out, unit.packet_in);
    const auto out = connect(bench, unit.delivery_out, deliveries.in, delivery_depth);
    bench.run();
    return deliveries.cycles();
  }
  std::uint64_t counted(std::string_view name) const {
    for (const Statistic* statistic : bench.stats.children().front()->statistics()) {
      if (statistic->name() == name) return dynamic_cast<const Counter&>(*statistic).value();
    }
    return 0;
  }
  const Bytes& result() { return contents.index[RegionId{7}]; }

  SimBench bench;
  EngineContents contents;
  std::shared_ptr<FilterPlacement> of_numbers = std::make_shared<FilterPlacement>();
  std::shared_ptr<FilterPlacement> of_index = std::make_shared<FilterPlacement>();
  Transfer numbers;
  Transfer index;
  Bytes load_numbers;
  Bytes load_index;
  std::vector<Packet> packets;

 private:
  const bool with_values_;
  std::uint64_t numbers_offset_ = 0;
  std::uint64_t index_offset_ = 0;

 public:
  IndexFilter unit;
};

/// Queries down, keys across: key 3 is in all rows but one, key 4 in three. With keys of more than
/// two entries denser, keys 3 and 4 come first: the order is 3 4 2 0 1.
inline PolarizedMap map_of_five() {
  const char* rows[] = {"10010", "01011", "00101", "00010", "10011"};
  KeptMap map(5, 5);
  for (std::uint32_t query = 0; query < 5; ++query) {
    for (std::uint32_t key = 0; key < 5; ++key) map.set(query, key, rows[query][key] == '1');
  }
  return polarize_heads({map}, 2);
}

}  // namespace vitcod::test
