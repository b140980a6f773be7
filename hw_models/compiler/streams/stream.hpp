// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/job_list.hpp"
#include "hw_models/compiler/plan_limits.hpp"
#include "hw_models/compiler/schedule.hpp"
#include "hw_models/packet_unit/stream_placement.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

class AttentionMethod;

/// A load of a stream. Those of a unit come in order: all go through the input buffer and the hub.
struct StreamLoad {
  Transfer transfer;                           ///< its placement is in `placement`
  std::shared_ptr<StreamPlacement> placement;  ///< its `store` is filled in with the job
  double cycles = 0;                           ///< that the unit takes for it, unloaded
  bool is_fence = false;                       ///< addresses of what follows are known by it
  bool after_fences = false;
};

/// What streams through a unit at a time, for results that fit the output buffer. The last load is
/// the one that becomes results.
struct StreamTile {
  std::vector<StreamLoad> loads;
  Transfer store;
};

/// An operation whose operands stream through a unit behind the hub.
struct Stream {
  std::uint32_t layer = 0;  ///< index into Trace::layers
  PhaseId phase{};
  double latency = 0;             ///< of the unit
  std::vector<TensorId> reads;    ///< what it waits for
  std::vector<TensorId> writes;   ///< what it stores
  std::vector<StreamTile> tiles;  ///< in order
};

/// What a stream is made by.
struct StreamContext {
  const Trace& trace;
  const DramLayout& layout;
  const Target& target;
  const PlanLimits& limits;
  const AttentionMethod* attention = nullptr;  ///< which may say what tokens stay
};

/// A load of `stretches` for the unit of `placement`.
StreamLoad stream_load(TensorRole role, std::vector<Stretch> stretches, HubUnit unit,
                       std::shared_ptr<StreamPlacement> placement, double cycles,
                       const Target& target);

/// Results in `stretches`.
Transfer stream_store(TensorRole role, std::vector<Stretch> stretches, const Target& target);

/// All of a tensor, as one stretch without rows or with rows of `row_bytes`.
Stretch stretch_of(TensorId tensor, const DramLayout& layout, std::uint32_t row_bytes = 0);

/// Rows numbered `numbers`, which ascend, of a table of rows that begins at `address`: a stretch a
/// run of neighbours, its rows numbered in order from 0.
std::vector<Stretch> rows_numbered(const std::vector<std::uint32_t>& numbers, std::uint64_t address,
                                   std::uint32_t row_bytes);

/// What the jobs of a stream ask of the machine.
std::vector<JobSketch> sketch_stream(const Stream& stream, const PlanLimits& limits);

/// Appends the jobs of a stream.
void add_stream(const Stream& stream, JobList& jobs);

}  // namespace vitcod
