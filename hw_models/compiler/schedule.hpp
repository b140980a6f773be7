// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "hw_models/program/region.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Blocks that loads go to, each of which works on one load at a time: both decoders, the encoder,
/// both write ports of linear layers' operands, the layer norm, the units behind the stream hub.
inline constexpr std::size_t kMaxReceivers = 7;
inline constexpr std::size_t kHubReceiver = 6;

/// A load on its way: the cycles for which it takes each place of it, and the others that its last
/// packet needs.
struct Passage {
  bool is_empty = true;
  double memory_cycles = 0;
  double port_cycles = 0;
  std::array<double, kMaxReceivers> receiver_cycles{};
  double latency = 0;
};

/// Bytes of a pool, taken or given back together.
struct Claim {
  PoolId pool{};
  std::uint64_t bytes = 0;
};

struct LoadSketch {
  std::optional<Claim> claim;  ///< before it is commanded
  Passage passage;
  /// This load and the next one as one: where there is room for both, their packets alternate.
  std::optional<Passage> with_next;
  bool is_fence = false;      ///< what it brings is needed by rows that come another way
  bool after_fences = false;  ///< commanded only once the job's fences are delivered
};

/// Results on their way to DRAM: they leave as they are finished.
struct StoreSketch {
  Claim stored;  ///< given back when they are in DRAM
  double cycles = 0;
  double latency = 0;  ///< of the last packet, from the end of the job
};

/// Sums that a unit makes results of after the job's end, beside later jobs: one job at a time.
struct DrainSketch {
  Claim read;             ///< given back when all are read
  double cycles = 0;      ///< unless results leave more slowly
  double held_share = 1;  ///< of the results, that have room on their way while they are not stored
};

/// What a job of the program, or a chain of jobs, asks of the machine, whatever it is.
struct JobSketch {
  std::vector<LoadSketch> loads;
  std::optional<Claim> claim;         ///< before it is issued
  std::optional<Claim> accumulators;  ///< before it begins
  double cycles = 0;                  ///< from its begin to its end
  std::vector<Claim> frees;           ///< when it ends
  std::optional<StoreSketch> store;
  std::optional<DrainSketch> drain;  ///< of what is stored
  bool begins_tile = false;
  bool ends_tile = false;
  bool streams = false;          ///< it ends with the delivery of its last load
  bool after_jobs = false;       ///< its loads are commanded once the job before has ended
  std::vector<TensorId> reads;   ///< its loads wait until what writes these is in DRAM
  std::vector<TensorId> writes;  ///< with its store, that others may read
};

/// Predicts when the jobs of a program end, one after the other, in a time that grows with their
/// number. Jobs are computed in order. Their loads come in order within a tile, as space for them
/// becomes free, and not more than `prefetch_tiles` tiles ahead; each place of their way takes one
/// load at a time while other places work on others. Copied to try another continuation.
class Schedule {
 public:
  /// `capacities`: bytes of each pool.
  Schedule(const std::vector<std::uint64_t>& capacities, std::uint32_t prefetch_tiles);

  /// The next job.
  void add(const JobSketch& job);

  /// Cycle in which the last job ends.
  double computed() const { return computed_; }
  /// Cycle in which the last results are in DRAM.
  double end() const { return stored_; }

 private:
  /// Bytes that are free from a predicted cycle on.
  class Space {
   public:
    explicit Space(std::uint64_t capacity) : free_(static_cast<double>(capacity)) {}
    /// The first cycle at or after `cycle` in which so many bytes are free; takes them.
    double take(std::uint64_t bytes, double cycle);
    void give_back(std::uint64_t bytes, double cycle) {
      if (bytes > 0) releases_.push_back({cycle, static_cast<double>(bytes)});
    }

   private:
    struct Release {
      double cycle;
      double bytes;
    };
    double free_;
    std::deque<Release> releases_;  ///< in the order of the jobs
  };

  void begin_tile();
  void wait_for(const std::vector<TensorId>& tensors);
  double& written(TensorId tensor);
  double add_loads(const JobSketch& job);
  double take(const std::optional<Claim>& claim, double cycle);
  double pass(const Passage& passage, double from);
  void store(const StoreSketch& store, double from);
  void drain(const DrainSketch& drain, const StoreSketch& store);

  std::uint32_t prefetch_tiles_;
  std::vector<Space> pools_;
  /// The cycle from which each place of the ways is free: DRAM, ports, receivers.
  double memory_free_ = 0;
  double ports_free_ = 0;
  std::array<double, kMaxReceivers> receivers_free_{};
  double results_free_ = 0;       ///< likewise of the way back
  double drain_free_ = 0;         ///< likewise of the unit that drains
  double commanded_ = 0;          ///< the last load of the tile
  double computed_ = 0;           ///< the jobs so far have ended
  double stored_ = 0;             ///< the results so far are in DRAM
  std::vector<double> written_;   ///< by tensor: when it was; 0: not here
  std::deque<double> tile_ends_;  ///< of the last tiles, as many as bound the prefetch
};

}  // namespace vitcod
