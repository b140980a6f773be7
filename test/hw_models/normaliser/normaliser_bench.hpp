// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "hw_models/compiler/attention/attention_loads.hpp"
#include "hw_models/normaliser/normaliser.hpp"
#include "test/support/packet_bench.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod::test {

struct TimedRow {
  Cycle from;
  std::uint32_t row;
  std::shared_ptr<const PartialValues> values = nullptr;
};

struct NormaliserSetting {
  NormaliserConfig config{8, 1, 2, 1, {}};
  std::uint32_t rows_a_packet = 1;
  bool resumes = false;  ///< of a key tile
  bool carries = false;
  std::vector<TimedRow> denser;
  std::vector<TimedRow> sparser;
  RunMode mode;
  Cycle sink_from = 0;
};

inline std::vector<Source<PartialRow>::Beat> beats_of(const std::vector<TimedRow>& rows,
                                                      const AttentionTile& tile) {
  std::vector<Source<PartialRow>::Beat> beats;
  beats.reserve(rows.size());
  for (const TimedRow& row : rows) {
    beats.push_back({row.from, PartialRow{&tile, row.row, row.values}});
  }
  return beats;
}

/// Where the output rows of a tile go.
inline Transfer output_of(const TinyTrace& trace, const WorkUnit& unit) {
  const DramLayout layout(trace.trace);
  return AttentionLoads(trace.tiny.layer, layout, tiny_target()).output(unit);
}

/// A normaliser with one order, given in cycle 0 and seen in 1: to merge exponents, or to normalise
/// all rows of a unit of a tiny trace.
class NormaliserBench {
 public:
  enum class Kind { kMergeExponents, kNormaliseRows };

  NormaliserBench(const TinyTrace& trace, const WorkUnit& unit, Kind kind,
                  const NormaliserSetting& setting, RowExponents* exponents = nullptr)
      : store_(output_of(trace, unit)),
        tile_(tile_of(unit, true, true)),
        kernel_(kernel_of(kind, tile_, setting)),
        bench(setting.mode),
        countdown(1 + (kind == Kind::kNormaliseRows && !setting.carries ? num_packets(unit, setting)
                                                                        : 0)),
        normaliser("normaliser", bench.clock, setting.config, exponents, bench.stats),
        order("order", bench, {{0, UnitOrder{kernel_.get()}}}),
        denser("denser", bench, beats_of(setting.denser, *tile_)),
        sparser("sparser", bench, beats_of(setting.sparser, *tile_)),
        done("done", bench, countdown),
        packets("packets", bench, countdown, setting.sink_from) {
    links_.push_back(connect(bench, order.out, normaliser.order_in));
    links_.push_back(connect(bench, denser.out, normaliser.denser_in, 1));
    links_.push_back(connect(bench, sparser.out, normaliser.sparser_in, 1));
    links_.push_back(connect(bench, normaliser.done_out, done.in));
    auto packet_link = std::make_unique<Link<Packet>>("packet_link", bench.clock, 2);
    normaliser.packet_out(*packet_link);
    packets.in(*packet_link);
    links_.push_back(std::move(packet_link));
    bench.run();
  }

  /// First row of each packet, in order of arrival.
  std::vector<std::uint32_t> packet_rows() const {
    std::vector<std::uint32_t> rows;
    for (const auto& arrival : packets.arrivals) rows.push_back(arrival.value.first_row);
    return rows;
  }
  Json statistics() const {
    Json json;
    bench.stats.write(json);
    return json["normaliser"];
  }

 private:
  static std::size_t num_packets(const WorkUnit& unit, const NormaliserSetting& setting) {
    return unit.num_heads * ((unit.num_rows - 1) / setting.rows_a_packet + 1);
  }
  std::unique_ptr<const Kernel> kernel_of(Kind kind, std::shared_ptr<const AttentionTile> tile,
                                          const NormaliserSetting& setting) const {
    if (kind == Kind::kMergeExponents) {
      auto merge = std::make_unique<MergeKernel>();
      merge->tile = std::move(tile);
      return merge;
    }
    auto normalise = std::make_unique<NormaliseKernel>();
    normalise->tile = std::move(tile);
    normalise->store = &store_;
    normalise->rows_a_packet = setting.rows_a_packet;
    normalise->resumes = setting.resumes;
    normalise->carries = setting.carries;
    return normalise;
  }

  const Transfer store_;
  const std::shared_ptr<const AttentionTile> tile_;
  const std::unique_ptr<const Kernel> kernel_;

 public:
  SimBench bench;
  std::size_t countdown;
  Normaliser normaliser;
  Source<UnitOrder> order;
  Source<PartialRow> denser;
  Source<PartialRow> sparser;
  Sink<UnitDone> done;
  Sink<Packet> packets;

 private:
  std::vector<std::unique_ptr<LinkBase>> links_;
};

}  // namespace vitcod::test
