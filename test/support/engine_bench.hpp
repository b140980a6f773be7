// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "hw_models/denser_engine/denser_sddmm.hpp"
#include "hw_models/denser_engine/denser_spmm.hpp"
#include "hw_models/sparser_engine/sparser_sddmm.hpp"
#include "hw_models/sparser_engine/sparser_spmm.hpp"
#include "test/support/sim_bench.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test {

/// Takes output rows as a link would, and notes the cycle for which each was pushed.
class RowRecorder final : public LinkWriteIf<PartialRow> {
 public:
  struct Push {
    std::uint32_t row;
    Cycle cycle;
    bool operator==(const Push&) const = default;
  };

  bool ready() const override { return room() > 0; }
  std::size_t room() const override { return has_room ? 1 : 0; }
  void push(PartialRow) override { throw ModelError("an engine pushes rows ahead of time"); }
  void push_at(PartialRow row, Cycle cycle) override {
    pushes.push_back(Push{row.row, cycle});
    values.push_back(std::move(row.values));
  }

  bool has_room = true;
  std::vector<Push> pushes;
  std::vector<std::shared_ptr<const PartialValues>> values;  ///< of each push
};

/// Parts of an engine. The defaults are free of conflicts; rows of up to 64 bytes take one access.
struct EngineParts {
  LocalBufferConfig qv_buffer{64, 8, 64, 4096, 0};
  LocalBufferConfig ks_buffer{64, 8, 64, 4096, 0};
  ScoreBufferConfig score_buffer{64, 8, 64, 4096, 0, 1U << 20U, 64, 8};
  ScoreUnitConfig score_unit{64, 2, 5};
  IndexBufferConfig index_buffer{1, 64};
  SpmmControllerConfig spmm_controller{ColumnOrder::kNatural, 0};
  std::optional<QueryForwardingConfig> forwarding;
  MacLinesConfig lines{1, 8, 3, 0};
};

/// The parts of both engines, built, and a phase advanced by hand from cycle 0.
class EngineBench {
 public:
  explicit EngineBench(const EngineParts& parts)
      : config(parts),
        qv_buffer("qv_buffer", bench.clock, parts.qv_buffer, bench.stats, parts.lines.lines),
        ks_buffer("ks_buffer", bench.clock, parts.ks_buffer, bench.stats, parts.lines.lines),
        score_buffer("score_buffer", bench.clock, parts.score_buffer, bench.stats,
                     parts.lines.lines),
        score_unit("score_unit", bench.clock, parts.score_unit, bench.stats),
        index_buffer("index_buffer", bench.clock, parts.index_buffer, bench.stats),
        controller(parts.spmm_controller, index_buffer),
        statistics("mac_lines", bench.clock, parts.lines.lines, bench.stats) {
    if (parts.forwarding) {
      forwarding =
          std::make_unique<QueryForwarding>("forwarding", bench.clock, *parts.forwarding,
                                            parts.qv_buffer, bench.stats, parts.lines.lines);
    }
  }

  using Tile = std::shared_ptr<const AttentionTile>;

  std::unique_ptr<PhaseMachine> sparser_sddmm(const Tile& tile) {
    SddmmKernel& kernel = sddmms_.emplace_back();
    kernel.tile = tile;
    kernel.operands = operands;
    kernel.split.sparser_lines = config.lines.lines;
    return std::make_unique<SparserSddmm>(kernel, config.lines, sparser_parts(), 0);
  }
  /// Of the scores that `sparser_scores` holds.
  std::unique_ptr<PhaseMachine> sparser_spmm(const Tile& tile) {
    SpmmKernel& kernel = spmms_.emplace_back();
    kernel.tile = tile;
    kernel.operands = operands;
    kernel.split.sparser_lines = config.lines.lines;
    kernel.split.sparser_groups = groups(*tile);
    return std::make_unique<SparserSpmm>(kernel, config.lines, sparser_parts(), rows, 0);
  }
  /// `shares`: of the heads' denser blocks.
  std::unique_ptr<PhaseMachine> denser_sddmm(const Tile& tile, std::vector<HeadShare> shares) {
    SddmmKernel& kernel = sddmms_.emplace_back();
    kernel.tile = tile;
    kernel.operands = operands;
    kernel.split.denser_lines = config.lines.lines;
    kernel.split.shares = std::move(shares);
    return std::make_unique<DenserSddmm>(kernel, config.lines, denser_parts(), 0);
  }
  std::unique_ptr<PhaseMachine> denser_spmm(const Tile& tile) {
    SpmmKernel& kernel = spmms_.emplace_back();
    kernel.tile = tile;
    kernel.operands = operands;
    kernel.split.denser_lines = config.lines.lines;
    kernel.split.denser_groups = groups(*tile);
    return std::make_unique<DenserSpmm>(kernel, config.lines, denser_parts(), rows, 0);
  }

  /// Runs the phase to its end, in one go if it runs ahead; returns its length.
  Cycle length_of(PhaseMachine& phase) {
    if (!phase.runs_ahead()) return length_one_by_one(phase);
    const Cycle end = phase.advance(0, kOnLink - 1, 0, cycles);
    check(phase.done(), "the phase has not ended");
    return ended_at(end);
  }
  Cycle length_of(std::unique_ptr<PhaseMachine> phase) { return length_of(*phase); }
  /// Runs a phase that does not run ahead as an engine does that is not stepped.
  Cycle length_one_by_one(PhaseMachine& phase) {
    Cycle now = 0;
    for (; !phase.done(); ++now) {
      if (forwarding != nullptr) forwarding->serve(now, qv_buffer);
      phase.advance_one(now, cycles);
    }
    return ended_at(now);
  }
  /// Runs the phase cycle by cycle, as a stepped engine does, with room for rows from `room_from`.
  Cycle stepped_length_of(PhaseMachine& phase, Cycle room_from = 0) {
    Cycle now = 0;
    for (; !phase.done(); ++now) {
      rows.has_room = now >= room_from;
      if (forwarding != nullptr) forwarding->serve(now, qv_buffer);
      check(phase.advance(now, now + 1, now, cycles) == now + 1, "a step is one cycle");
    }
    return ended_at(now);
  }
  Cycle stepped_length_of(std::unique_ptr<PhaseMachine> phase, Cycle room_from = 0) {
    return stepped_length_of(*phase, room_from);
  }

  /// Sum over all reasons of the line-cycles.
  std::uint64_t line_cycles() const {
    std::uint64_t sum = 0;
    for (const Counter* counter : statistics.line_cycles()) sum += counter->value();
    return sum;
  }

  SimBench bench;
  const EngineParts config;
  LocalBuffer qv_buffer;
  LocalBuffer ks_buffer;
  ScoreBuffer score_buffer;
  ScoreUnit score_unit;
  IndexBuffer index_buffer;
  SpmmController controller;
  std::unique_ptr<QueryForwarding> forwarding;
  LineStatistics statistics;
  EngineCycles cycles{bench.stats, kEngineActivityNames};
  RowRecorder rows;
  /// With more banks of memory than the buffers can reach apart.
  TileOperands operands{{}, {}, {},
                        {}, 0,  {OperandBanks{64, 64, 64, 64}, OperandBanks{64, 64, 64, 64}}};
  EngineValues values;  ///< none, unless a test gives some
  SparserScores sparser_scores;
  DenserScores denser_scores;

 private:
  /// The next phase begins at 0 again: what this one left in the account of the lines is counted.
  Cycle ended_at(Cycle end) {
    statistics.finish(end);
    return end;
  }
  RowGroups groups(const AttentionTile& tile) const {
    constexpr std::uint32_t kAnyNumber = 1U << 16U;
    return form_row_groups(config.lines.lines, tile.value_features, config.lines, kAnyNumber);
  }
  SparserParts sparser_parts() {
    return SparserParts{qv_buffer,        ks_buffer,  score_buffer, score_unit,    controller,
                        forwarding.get(), statistics, values,       sparser_scores};
  }
  DenserParts denser_parts() {
    return DenserParts{qv_buffer,  ks_buffer, score_buffer, score_unit,
                       statistics, values,    denser_scores};
  }

  std::deque<SddmmKernel> sddmms_;
  std::deque<SpmmKernel> spmms_;
};

}  // namespace vitcod::test
