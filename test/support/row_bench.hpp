// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/gemm_engine/gemm_contents.hpp"
#include "hw_models/query_key_array/attention_rows.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test {

/// A tile of whole heads over all pairs. Of each row the `kept` lowest values are multiplied, and
/// choosing them takes `search`.
inline std::shared_ptr<PairTile> pair_tile(std::uint32_t heads, std::uint32_t queries,
                                           std::uint32_t keys, std::uint32_t features,
                                           std::uint32_t kept, SearchWork search = {}) {
  auto choice = std::make_shared<ValueChoice>();
  choice->searches.assign(std::size_t{heads} * queries, search);
  for (std::uint32_t head = 0; head < heads; ++head) {
    KeptMap& map = choice->kept.emplace_back(queries, keys);
    for (std::uint32_t query = 0; query < queries; ++query) {
      for (std::uint32_t key = 0; key < kept; ++key) map.set(query, key, true);
    }
  }
  auto tile = std::make_shared<PairTile>();
  tile->num_heads = tile->block_heads = heads;
  tile->num_queries = queries;
  tile->num_keys = keys;
  tile->query_features = tile->value_features = features;
  tile->begins_cascade = true;
  tile->query = RegionId{0};
  tile->key = RegionId{1};
  tile->value = RegionId{2};
  tile->choice = std::move(choice);
  return tile;
}

/// A first pass over rows of a tile of which `flat` are computed again, and that second pass.
inline std::shared_ptr<PairTile> with_flat_rows(const PairTile& tile, RowPass pass,
                                                const std::vector<std::uint32_t>& flat) {
  auto choice = std::make_shared<ValueChoice>(*tile.choice);
  choice->is_flat.assign(std::size_t{tile.num_heads} * tile.num_queries, false);
  for (const std::uint32_t row : flat) choice->is_flat[row] = true;
  auto passed = std::make_shared<PairTile>(tile);
  passed->choice = std::move(choice);
  passed->pass = pass;
  if (pass == RowPass::kAgain) passed->flat_rows = flat;
  return passed;
}

/// All rows of a tile, each from cycle `period` x row on, without values.
inline std::vector<Source<AttentionRow>::Beat> rows_of(const PairTile& tile, Cycle period = 0) {
  std::vector<Source<AttentionRow>::Beat> beats;
  for (std::uint32_t row = 0; row < tile.total_rows(); ++row) {
    beats.push_back({row * period, AttentionRow{&tile, tile.row(row), nullptr}});
  }
  return beats;
}

/// A stage of the row pipeline between a source of rows and a sink of them.
template <typename Stage>
struct StageBench {
  template <typename... Args>
  StageBench(const RunMode& mode, std::vector<Source<AttentionRow>::Beat> rows, std::size_t depth,
             Cycle taken_from, Args&&... args)
      : bench(mode),
        countdown(rows.size()),
        stage("stage", bench.clock, std::forward<Args>(args)..., bench.stats),
        source("source", bench, std::move(rows)),
        sink("sink", bench, countdown, taken_from) {
    const auto in = connect(bench, source.out, stage.row_in);
    const auto out = connect(bench, stage.row_out, sink.in, depth);
    bench.run();
  }
  std::vector<Cycle> cycles() const { return sink.cycles(); }

  SimBench bench;
  std::size_t countdown;
  Stage stage;
  Source<AttentionRow> source;
  Sink<AttentionRow> sink;
};

/// A region that holds `values`.
inline void hold(GemmContents& contents, RegionId region, const std::vector<std::int8_t>& values) {
  GemmPlacement placement;
  placement.region = region;
  placement.bytes = values.size();
  Packet packet;
  packet.payload = std::make_shared<const std::vector<std::uint8_t>>(values.begin(), values.end());
  contents.write(placement, packet);
}

}  // namespace vitcod::test
