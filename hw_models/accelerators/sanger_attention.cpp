// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/sanger_attention.hpp"

#include <nlohmann/json.hpp>

#include "hw_models/accelerators/frame_limits.hpp"
#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/accelerators/frame_program.hpp"
#include "hw_models/accelerators/sanger_bill.hpp"
#include "hw_models/compiler/packed_attention/packed_attention.hpp"
#include "workloads/values.hpp"

namespace vitcod {
namespace {

// Attention's units among those of the controller.
constexpr Unit kArrayUnit = kDenserUnit;
constexpr Unit kPredictorUnit = kSparserUnit;

DecoderConfig decoder_of(const RowWriterConfig& writer) {
  DecoderConfig config;
  config.latency_cycles = writer.latency_cycles;
  config.write_bytes_per_cycle = writer.write_bytes_per_cycle;
  return config;
}

PackedArray array_of(const SangerConfig& config) {
  return PackedArray{config.prediction, cost_of(config.mask_predictor), config.pack_unit,
                     cost_of(config.score_array), cost_of(config.normaliser)};
}

}  // namespace

SangerBlocks::SangerBlocks(const SangerConfig& config, const Trace& trace, Clock& clock,
                           bool with_values, StatGroup& stats)
    : config_(config),
      with_values_(with_values),
      row_writer_("row_writer", clock, decoder_of(config.row_writer), EngineId::kDenser, values(),
                  stats),
      mask_predictor_("mask_predictor", clock, config.mask_predictor,
                      config.score_array.segment_keys, values(),
                      config.prediction == PredictionMode::kOff ? absent_ : stats),
      pack_unit_("pack_unit", clock, config.pack_unit, config.score_array.shape(), stats),
      score_array_("score_array", clock, config.score_array, values(), stats),
      normaliser_("normaliser", clock, config.normaliser, with_values ? &exponents_ : nullptr,
                  stats) {
  mask_predictor_.take_stand_ins(
      [&trace](TensorId tensor) { return operand_values(trace, tensor); });
}

void SangerBlocks::bind(Wiring& wiring, Crossbar& crossbar, Controller& controller) {
  wiring.connect_unit("array", controller, kArrayUnit, score_array_.order_in, score_array_.done_out,
                      1);
  wiring.connect_unit("predictor", controller, kPredictorUnit, mask_predictor_.order_in,
                      mask_predictor_.done_out, 1);
  wiring.connect_unit("normaliser", controller, kNormaliserUnit, normaliser_.order_in,
                      normaliser_.done_out, 2);
  wiring.connect_unit("pack", controller, kPackUnit, pack_unit_.order_in, pack_unit_.done_out, 1);
  wiring.connect("row_packets", *crossbar.packet_out[kDenserOut], row_writer_.packet_in,
                 kPacketDepth);
  wiring.connect("row_delivery", row_writer_.delivery_out, *controller.delivery_in[kDenserReceiver],
                 kDeliveryDepth);
  wiring.connect("passes", pack_unit_.pass_out, score_array_.pass_in,
                 config_.pack_unit.pass_buffers);
  wiring.connect("rows", score_array_.row_out, normaliser_.sparser_in,
                 config_.normaliser.row_queue_depth);
  wiring.connect("results", normaliser_.packet_out, *crossbar.packet_in[kResultsIn],
                 kSlowPacketDepth);
  wiring.leave_open("denser_rows", normaliser_.denser_in);
  wiring.leave_open("sparser_packets", *crossbar.packet_out[kSparserOut]);
  wiring.leave_open("sparser_delivery", *controller.delivery_in[kSparserReceiver]);
  wiring.leave_open("encoder_packets", *crossbar.packet_out[kEncoderOut]);
  wiring.leave_open("encoder_delivery", *controller.delivery_in[kEncoderReceiver]);
  wiring.leave_open("encoded", *crossbar.packet_in[kEncodedIn]);
}

/// The array's PEs are the lines' multipliers.
void SangerBlocks::add_line_cycles(LineCycles& sums) const {
  sums.add(*score_array_.account(), config_.mac_lines.lines);
}

/// Sums pass on along the rows while the array waits.
std::vector<std::string> SangerBlocks::still_reasons() const { return {}; }

std::vector<MacCount> SangerBlocks::other_macs() const {
  if (config_.prediction == PredictionMode::kOff) return {};
  return {{"predictor", mask_predictor_.macs_done(), mask_predictor_.multipliers()}};
}

std::vector<OutputMask> SangerAttention::crossbar_ways() const {
  return vitcod::crossbar_ways(false, config_.has_hub_unit());
}

PlanLimits SangerAttention::limits(const LayerList& layers) const {
  PlanLimits limits = frame_limits(config_, layers, 0);
  limits.index_bytes = config_.pack_unit.mask_bytes;
  limits.path.decoder = cost_of(decoder_of(config_.row_writer));
  return limits;
}

std::unique_ptr<AttentionMethod> SangerAttention::method(const PlanLimits& limits) const {
  PackedUnits units;
  units.predictor = UnitId{kPredictorUnit};
  units.pack_unit = UnitId{kPackUnit};
  units.array = UnitId{kArrayUnit};
  units.normaliser = UnitId{kNormaliserUnit};
  units.row_output = mask_of(kDenserOut);
  units.predict = kFirstFurtherPhase;
  units.attend = static_cast<PhaseId>(index_of(kFirstFurtherPhase) + 1);
  return std::make_unique<PackedAttention>(limits, array_of(config_), units);
}

std::unique_ptr<AttentionBlocks> SangerAttention::make_blocks(Clock& clock, bool with_values,
                                                              StatGroup& stats) const {
  return std::make_unique<SangerBlocks>(config_, trace_, clock, with_values, stats);
}

std::uint64_t SangerAttention::required_macs(const AttentionLayer& layer) const {
  return layer.map->nnz() * (layer.query_features + layer.value_features);
}

BillOfMaterials SangerAttention::bill() const { return sanger_bill(config_); }

ValueFormats SangerAttention::formats() const {
  ValueFormats formats;
  formats.operand_fraction_bits = config_.score_array.operand_fraction_bits;
  formats.packed = PackedFormats{config_.score_array.segment_keys, config_.score_array.columns};
  return formats;
}

}  // namespace vitcod
