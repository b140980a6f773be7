// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/spatten_attention.hpp"

#include <algorithm>

#include "hw_models/accelerators/frame_limits.hpp"
#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/accelerators/frame_program.hpp"
#include "hw_models/accelerators/spatten_bill.hpp"

namespace vitcod {
namespace {

// Units of the controller that are attention's.
constexpr std::size_t kQueryKeyUnit = kDenserUnit;
constexpr std::size_t kProbValueUnit = kSparserUnit;
constexpr std::size_t kCascadeUnit = kNormaliserUnit;

QueryKeyArrayCost query_key_cost(const SpattenConfig& config) {
  return cost_of(config.query_key_array, config.array_multipliers(),
                 config.softmax_unit.parallelism);
}

ProbValueArrayCost prob_value_cost(const SpattenConfig& config) {
  return cost_of(config.prob_value_array, config.array_multipliers());
}

template <typename T>
T* if_values(bool with_values, T& values) {
  return with_values ? &values : nullptr;
}

}  // namespace

SpattenBlocks::SpattenBlocks(const SpattenConfig& config, Clock& clock, bool with_values,
                             StatGroup& stats)
    : config_(config),
      operand_port_("operand_port", clock, config.gemm_engine, if_values(with_values, contents_),
                    stats),
      query_key_array_("query_key_array", clock, query_key_cost(config),
                       if_values(with_values, contents_), stats),
      softmax_unit_("softmax_unit", clock, config.softmax_unit, config.low_bits,
                    if_values(with_values, importance_), stats),
      value_selector_("value_selector", clock, config.top_k_engine, stats),
      prob_value_array_("prob_value_array", clock, prob_value_cost(config),
                        if_values(with_values, contents_), if_values(with_values, importance_),
                        stats),
      cascade_selector_("cascade_selector", clock, config.top_k_engine,
                        if_values(with_values, importance_), stats) {}

/// Each array has half of the lines.
void SpattenBlocks::add_line_cycles(LineCycles& sums) const {
  sums.add(*query_key_array_.account(), config_.mac_lines.lines / 2);
  sums.add(*prob_value_array_.account(), config_.mac_lines.lines / 2);
}

std::vector<std::string> SpattenBlocks::still_reasons() const {
  return {"wait_rows", "output_blocked"};
}

void SpattenBlocks::bind(Wiring& wiring, Crossbar& crossbar, Controller& controller) {
  wiring.connect_unit("query_key", controller, kQueryKeyUnit, query_key_array_.order_in,
                      query_key_array_.done_out, 1);
  wiring.connect_unit("prob_value", controller, kProbValueUnit, prob_value_array_.order_in,
                      prob_value_array_.done_out, 1);
  wiring.connect_unit("cascade_selector", controller, kCascadeUnit, cascade_selector_.order_in,
                      cascade_selector_.done_out, 1);
  wiring.connect("operand_packets", *crossbar.packet_out[kDenserOut], operand_port_.packet_in,
                 kPacketDepth);
  wiring.connect("operand_delivery", operand_port_.delivery_out,
                 *controller.delivery_in[kDenserReceiver], kDeliveryDepth);
  wiring.connect("scores", query_key_array_.row_out, softmax_unit_.row_in,
                 config_.query_key_array.row_queue_depth);
  wiring.connect("probabilities", softmax_unit_.row_out, value_selector_.row_in,
                 config_.softmax_unit.row_queue_depth);
  wiring.connect("chosen", value_selector_.row_out, prob_value_array_.row_in,
                 config_.top_k_engine.row_queue_depth);
  wiring.connect("results", prob_value_array_.packet_out, *crossbar.packet_in[kResultsIn],
                 kSlowPacketDepth);
  wiring.leave_open("sparser_packets", *crossbar.packet_out[kSparserOut]);
  wiring.leave_open("encoder_packets", *crossbar.packet_out[kEncoderOut]);
  wiring.connect("chosen_tokens", cascade_selector_.packet_out, *crossbar.packet_in[kChosenIn],
                 kSlowPacketDepth);
  wiring.leave_open("sparser_delivery", *controller.delivery_in[kSparserReceiver]);
  wiring.leave_open("encoder_delivery", *controller.delivery_in[kEncoderReceiver]);
  // Units that attention of other kinds has.
  for (std::size_t unit = kCascadeUnit + 1; unit < kGemmUnit; ++unit) {
    const std::string name = "unit" + std::to_string(unit);
    wiring.leave_open(name + "_order", *controller.order_out[unit]);
    wiring.leave_open(name + "_done", *controller.done_in[unit]);
  }
}

SpattenAttention::SpattenAttention(SpattenConfig config, const Trace& trace)
    : config_(std::move(config)),
      spatten_(spatten_trace(trace, config_.cascade_pruning,
                             {cost_of(config_.top_k_engine),
                              config_.softmax_unit.operand_fraction_bits, config_.low_bits})) {
  for (const CascadeBlock& block : spatten_.blocks) {
    if (!block.kept) continue;
    kept_tokens_[*block.kept] = {block.choice.tokens.begin(), block.choice.tokens.end()};
  }
}

PlanLimits SpattenAttention::limits(const LayerList& layers) const {
  return frame_limits(config_, layers, 0);
}

std::vector<OutputMask> SpattenAttention::crossbar_ways() const { return spatten_ways(config_); }

void SpattenAttention::complete(Target& /*target*/) const {}

std::unique_ptr<AttentionMethod> SpattenAttention::method(const PlanLimits& limits) const {
  CascadeUnits units;
  units.query_key = UnitId{kQueryKeyUnit};
  units.prob_value = UnitId{kProbValueUnit};
  units.selector = UnitId{kCascadeUnit};
  units.operand_output = mask_of(kDenserOut);
  units.attend = kFirstFurtherPhase;
  const CascadeCosts costs{query_key_cost(config_),
                           cost_of(config_.softmax_unit),
                           cost_of(config_.top_k_engine),
                           prob_value_cost(config_),
                           double(config_.gemm_engine.write_bytes_per_cycle),
                           config_.low_bits};
  return std::make_unique<CascadeAttention>(spatten_.blocks, units, costs, limits);
}

std::unique_ptr<AttentionBlocks> SpattenAttention::make_blocks(Clock& clock, bool with_values,
                                                               StatGroup& stats) const {
  return std::make_unique<SpattenBlocks>(config_, clock, with_values, stats);
}

std::uint64_t SpattenAttention::required_macs(const AttentionLayer& layer) const {
  const auto block = static_cast<std::size_t>(layer.map - spatten_.trace.maps.data());
  const std::vector<bool>& is_flat = spatten_.blocks.at(block).values->is_flat;
  const auto flat = static_cast<std::uint64_t>(std::count(is_flat.begin(), is_flat.end(), true));
  const std::uint64_t rows = std::uint64_t{layer.num_heads} * layer.num_queries + flat;
  return rows * layer.num_keys * layer.query_features + layer.map->nnz() * layer.value_features;
}

BillOfMaterials SpattenAttention::bill() const { return spatten_bill(config_); }

ValueFormats SpattenAttention::formats() const {
  ValueFormats formats;
  formats.operand_fraction_bits = config_.softmax_unit.operand_fraction_bits;
  formats.weighs_whole_rows = true;
  formats.low_bits = config_.low_bits;
  formats.kept_tokens = &kept_tokens_;
  return formats;
}

}  // namespace vitcod
