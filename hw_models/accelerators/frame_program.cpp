// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/frame_program.hpp"

#include <array>
#include <string_view>

#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/accelerators/hub_units.hpp"

namespace vitcod {
namespace {

constexpr auto kPhases = std::to_array<std::string_view>(
    {"wait_operands", "wait_space", "sddmm", "merge", "wait_values", "spmm", "encode", "gemm",
     "layer_norm", "select", "gather", "lift", "average_pool", "linear_attention"});
static_assert(kPhases.size() == index_of(kFirstFurtherPhase));

Target make_target(const AttentionKind& kind, const HoldingRules& holding) {
  const FrameConfig& config = kind.frame();
  Target target;
  target.holding = holding;
  target.input_pool = PoolId{0};
  target.output_pool = PoolId{1};
  target.index_pool = PoolId{2};
  target.weight_pool = PoolId{3};
  target.gemm_array = UnitId{kGemmUnit};
  target.gemm_drain = UnitId{kGemmDrainUnit};
  target.results_output = mask_of(kResultsOut);
  target.gemm_input_output = mask_of(kLinearInputsOut);
  target.gemm_weight_output = mask_of(kLinearWeightsOut);
  target.norm_output = mask_of(kNormOut);
  target.hub_output = mask_of(kHubOut);
  target.hub_ports = hub_ports(config);
  target.weight_buffer = kWeightBuffer;
  target.input_buffer = kInputBuffer;
  target.packet_bytes = config.dma.packet_bytes;
  target.prefetch_tiles = config.controller.prefetch_units;
  target.sddmm = PhaseId{2};
  target.merge = PhaseId{3};
  target.wait_values = PhaseId{4};
  target.spmm = PhaseId{5};
  target.encode = PhaseId{6};
  target.gemm = PhaseId{7};
  target.layer_norm = PhaseId{8};
  target.select = PhaseId{9};
  target.gather = PhaseId{10};
  target.lift = PhaseId{11};
  target.average_pool = PhaseId{12};
  target.linear_attention = PhaseId{13};
  kind.complete(target);
  return target;
}

}  // namespace

Program make_program(const AttentionKind& kind, const LayerList& layers, const PlanLimits& limits,
                     DramLayout& layout) {
  Program program;
  program.phases.assign(kPhases.begin(), kPhases.end());
  for (std::string& phase : kind.further_phases()) program.phases.push_back(std::move(phase));
  program.write_back = static_cast<PhaseId>(program.phases.size());
  program.phases.emplace_back("write_back");
  program.pools = {
      Pool{"input_buffer", limits.input_bytes}, Pool{"output_buffer", limits.output_bytes},
      Pool{"index_buffer", limits.index_bytes}, Pool{"weight_buffer", limits.weight_bytes}};
  const std::unique_ptr<AttentionMethod> method = kind.method(limits);
  compile(kind.trace(), layers, make_target(kind, limits.holding), limits, *method, layout,
          program);
  return program;
}

}  // namespace vitcod
