// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "hw_models/program/work_unit.hpp"

namespace vitcod {

/// The way of operands from DRAM into the engines' buffers, per accelerator cycle.
struct LoadPath {
  double dram_bytes = 1;      ///< peak
  double port_bytes = 1;      ///< narrowest port of input buffer and crossbar
  double decode_macs = 1;     ///< of each engine's decoder
  double write_bytes = 1;     ///< of each engine's buffers
  double latency_cycles = 0;  ///< from a packet's request to its rows
  double packet_bytes = 1;
  double packet_cycles = 0;  ///< a packet's round trip, divided by the packets in flight
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

/// What the machine offers to a plan.
struct PlanLimits {
  std::uint64_t input_bytes = 0;   ///< for Q, K, V and resident compressed rows
  std::uint64_t output_bytes = 0;  ///< for S and finished output rows
  std::uint64_t index_bytes = 0;   ///< for CSC indices
  LoadPath path;
  std::uint32_t prefetch_units = 0;
  std::uint32_t phase_overhead_cycles = 0;  ///< reconfiguration and drain of a phase
  bool two_engines = true;
  bool query_forwarding = true;
};

/// Predicts when each unit of a program is done: units are computed one after the other, and their
/// operands come one after the other over one path, as space for them becomes free. Copied to try
/// another continuation.
class UnitPipeline {
 public:
  explicit UnitPipeline(const PlanLimits& limits)
      : limits_(limits), input_(limits.input_bytes), index_(limits.index_bytes) {}

  /// The next unit, with its lines split.
  void add(const WorkUnit& unit);

  /// Cycle in which the last unit's SpMM ends.
  double end() const { return computed_; }

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

  /// What comes together: bytes from DRAM, bytes through the ports, and by engine the MACs and the
  /// written bytes of its input side.
  struct Load {
    double dram_bytes = 0;
    double port_bytes = 0;
    std::array<double, 2> decode_macs{};
    std::array<double, 2> written_bytes{};
  };

  Load keys_of(const WorkUnit& unit) const;
  Load queries_of(const WorkUnit& unit) const;
  Load values_of(const WorkUnit& unit) const;
  double load(const Load& load, double from);

  PlanLimits limits_;
  Space input_;
  Space index_;
  double loaded_ = 0;        ///< the path is free
  double computed_ = 0;      ///< the engines are free
  std::deque<double> ends_;  ///< of the last units, as many as bound the prefetch
};

}  // namespace vitcod
