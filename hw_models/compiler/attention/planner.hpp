// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/compiler/attention/unit_pipeline.hpp"

namespace vitcod {

/// One way to cut a layer into work units, with the lines split.
struct LayerPlan {
  std::vector<WorkUnit> units;
  std::uint64_t traffic = 0;  ///< bytes of Q, K and V from DRAM
};

/// The ways to cut a layer, as the ViTCoD compiler might (section V: buffers and lines are
/// repartitioned per layer): head groups (all heads, half, a third, ...), each with the fewest row
/// tiles that fit, and with more where that costs no traffic; the most heads first. S never leaves
/// the chip: a tile is cut until its scores fit. Throws InputError, naming the buffer and the bytes
/// needed, if a single row of a single head does not fit.
std::vector<LayerPlan> candidate_plans(const AttentionLayer& layer, const PlanLimits& limits,
                                       const LineSplitter& splitter);

/// Chooses one way to cut each layer of a program, such that the last unit is predicted to end
/// first (UnitPipeline); among equals the one that moves the fewest bytes. A layer's cut also
/// decides how early the next one's operands can come: so for each cut of the layer added last the
/// best program up to it is kept.
class ProgramPlanner {
 public:
  explicit ProgramPlanner(const PlanLimits& limits)
      : limits_(limits), continuations_{{UnitPipeline(limits), {}, 0}} {}

  void add(std::vector<LayerPlan> candidates);
  /// The units of all layers added so far.
  std::vector<WorkUnit> best() const;

 private:
  struct Continuation {
    UnitPipeline pipeline;
    std::vector<std::size_t> choices;  ///< by layer
    std::uint64_t traffic = 0;
    bool operator<(const Continuation& other) const {
      return pipeline.end() != other.pipeline.end() ? pipeline.end() < other.pipeline.end()
                                                    : traffic < other.traffic;
    }
  };

  PlanLimits limits_;
  std::vector<std::vector<LayerPlan>> layers_;
  std::vector<Continuation> continuations_;
};

/// The best plan of a layer that stands alone.
std::vector<WorkUnit> plan_layer(const AttentionLayer& layer, const PlanLimits& limits,
                                 const LineSplitter& splitter);

}  // namespace vitcod
