// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>

#include "hw_models/compiler/attention/work_unit.hpp"

namespace vitcod {

inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// A global buffer that packets pass through. Each has its place there from its request on until it
/// has been written and read, for results until it is in DRAM.
struct StagingPath {
  double port_bytes = kUnbounded;
  double staging_bytes = kUnbounded;
  double packets_in_flight = kUnbounded;  ///< that the DMA keeps track of
};

/// The ways of operands from DRAM into the engines' buffers, and of finished rows back. Rates are
/// per accelerator cycle.
struct DataPath {
  double dram_bytes = kUnbounded;  ///< peak
  double memory_cycles = 0;        ///< from a packet's request to its data
  double packet_bytes = kUnbounded;
  StagingPath input;
  StagingPath output;
  double crossbar_bytes = kUnbounded;
  double decode_macs = kUnbounded;  ///< of each engine's decoder
  double write_bytes = kUnbounded;  ///< of each engine's buffers
  double decode_latency = 0;        ///< of a packet's rows
};

/// What bounds a phase besides the passes of the lines.
struct PhaseCosts {
  std::array<double, 2> scores_per_cycle{kUnbounded, kUnbounded};  ///< of each score unit
  double features_per_cycle = kUnbounded;                          ///< that the normaliser divides
  double merge_rows_per_cycle = kUnbounded;
  double lines = 0;  ///< that look up their first column segment at the start of an SDDMM
  double look_ups_per_cycle = kUnbounded;
  std::array<double, 2> overhead_cycles{};  ///< by phase: reconfiguration, pipeline, orders
};

/// Bytes that a unit holds on chip.
struct UnitFootprint {
  std::uint64_t denser_query = 0;   ///< Q rows in the denser engine's Q/V buffer
  std::uint64_t sparser_query = 0;  ///< Q rows in the sparser engine's Q/V buffer
  std::uint64_t key = 0;
  std::uint64_t value = 0;
  std::uint64_t scores = 0;
  std::uint64_t output = 0;
  std::uint64_t index = 0;

  std::uint64_t query() const { return denser_query + sparser_query; }
};
UnitFootprint footprint(const WorkUnit& unit, bool query_forwarding);
/// Likewise, of a unit whose work is not counted yet but for the entries of the sparser engine.
UnitFootprint footprint(const WorkUnit& unit, std::uint64_t sparse_entries, bool query_forwarding);

/// What the machine offers to a plan.
struct PlanLimits {
  std::uint64_t input_bytes = 0;   ///< for Q, K, V and resident compressed rows
  std::uint64_t output_bytes = 0;  ///< for S and finished output rows
  std::uint64_t index_bytes = 0;   ///< for CSC indices
  DataPath path;
  PhaseCosts phases;
  std::uint32_t max_segment_rows = 0;  ///< of the sparser engine's column segments; 0: no bound
  std::uint32_t prefetch_units = 0;
  bool two_engines = true;
  bool query_forwarding = true;
};

/// What a unit, with its lines split, asks of the machine, whenever it runs.
struct UnitDemand {
  /// Operands on their way to a decoder: the cycles for which they take each place of it, and the
  /// others that the last packet needs.
  struct Passage {
    bool is_empty = true;
    double memory_cycles = 0;
    double port_cycles = 0;
    std::array<double, 2> decoder_cycles{};
    double latency = 0;
  };

  UnitDemand(const WorkUnit& unit, const PlanLimits& limits);

  UnitFootprint bytes;
  std::uint64_t loaded_key_bytes = 0;    ///< of K and resident rows that this unit brings
  std::uint64_t loaded_value_bytes = 0;  ///< likewise of V
  std::uint64_t freed_key_bytes = 0;     ///< that are not used after its SDDMM
  std::uint64_t freed_value_bytes = 0;   ///< and after its SpMM, with the resident rows
  bool loads_keys_values = true;
  Passage index, keys, queries, keys_and_queries, values;
  double sddmm_cycles = 0;
  double spmm_cycles = 0;
  double store_cycles = 0;
  double store_latency = 0;
};

/// Predicts when each unit of a program is done: units are computed one after the other. Their
/// operands come in order, as space for them becomes free; each place of their path takes one load
/// at a time, while other places work on others. Copied to try another continuation.
class UnitPipeline {
 public:
  explicit UnitPipeline(const PlanLimits& limits)
      : limits_(limits),
        input_(limits.input_bytes),
        output_(limits.output_bytes),
        index_(limits.index_bytes) {}

  /// The next unit.
  void add(const UnitDemand& unit);

  /// Cycle in which the last unit's results are in DRAM.
  double end() const { return stored_; }

 private:
  /// Bytes that are free from a predicted cycle on.
  class Space {
   public:
    explicit Space(std::uint64_t capacity) : free_(static_cast<double>(capacity)) {}
    /// The first cycle at or after `cycle` in which so many bytes are free; takes them.
    double take(std::uint64_t bytes, double cycle);
    void give_back(std::uint64_t bytes, double cycle) {
      releases_.push_back({cycle, static_cast<double>(bytes)});
    }

   private:
    struct Release {
      double cycle;
      double bytes;
    };
    double free_;
    std::deque<Release> releases_;  ///< in the order of their cycles
  };

  double load(const UnitDemand::Passage& passage, double from);
  double store(const UnitDemand& unit, double from);

  PlanLimits limits_;
  Space input_;
  Space output_;
  Space index_;
  /// The cycle from which each place of the path is free: DRAM, ports, decoders.
  double memory_free_ = 0;
  double ports_free_ = 0;
  std::array<double, 2> decoders_free_{};
  double results_free_ = 0;  ///< likewise of the way back
  double computed_ = 0;      ///< the engines are free
  double stored_ = 0;        ///< the results so far are in DRAM
  std::deque<double> ends_;  ///< of the last units, as many as bound the prefetch
};

}  // namespace vitcod
