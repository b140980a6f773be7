// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/vitcod_attention.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/accelerators/vitcod_bill.hpp"
#include "hw_models/accelerators/vitcod_limits.hpp"
#include "hw_models/compiler/attention/denser_choice.hpp"
#include "hw_models/compiler/attention/engine_attention.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

std::optional<QueryForwardingConfig> forwarding_of(const VitcodConfig& config) {
  if (!config.has_sparser_engine || !config.controller.query_forwarding ||
      !config.controller.two_engines) {
    return std::nullopt;
  }
  return config.query_forwarding;
}

QueryWindowRules window_rules(const VitcodConfig& config) {
  const QueryWindowConfig& window = *config.query_window;
  const std::uint32_t lines = config.mac_lines.lines;
  return {window.rows,
          window.heads,
          window.fetch_bytes,
          window.fetches,
          config.controller.dynamic_split ? lines - 1 : lines / 2,
          config.dma.packet_bytes};
}

}  // namespace

VitcodBlocks::VitcodBlocks(const VitcodConfig& config, Clock& clock, bool with_values,
                           StatGroup& stats)
    : config_(config),
      with_values_(with_values),
      query_window_(config.has_window() ? std::make_unique<QueryWindow>(clock, stats) : nullptr),
      denser_decoder_(config.has_sparser_engine ? "denser_decoder" : "row_writer", clock,
                      config.decoder, EngineId::kDenser, engine_values(EngineId::kDenser).contents,
                      stats, query_window_.get()),
      sparser_decoder_("sparser_decoder", clock, config.decoder, EngineId::kSparser,
                       engine_values(EngineId::kSparser).contents, sparse_stats(stats)),
      denser_engine_("denser_engine", clock, config.denser_engine, config.mac_lines,
                     engine_values(EngineId::kDenser), stats),
      sparser_engine_("sparser_engine", clock, config.sparser_engine, config.mac_lines,
                      forwarding_of(config), config.denser_engine.qv_buffer,
                      engine_values(EngineId::kSparser), sparse_stats(stats)),
      normaliser_("normaliser", clock, config.normaliser,
                  engine_values(EngineId::kDenser).exponents, stats),
      encoder_("encoder", clock, config.encoder, sparse_stats(stats)) {
  if (QueryForwarding* forwarding = sparser_engine_.forwarding()) {
    denser_engine_.forward_rows(*forwarding, query_window_.get());
  }
}

EngineValues VitcodBlocks::engine_values(EngineId engine) {
  if (!with_values_) return {};
  return EngineValues{&engine_contents_[index_of(engine)],
                      &engine_contents_[index_of(EngineId::kDenser)], &exponents_};
}

void VitcodBlocks::bind(Wiring& wiring, Crossbar& crossbar, Controller& controller) {
  wiring.connect_unit("denser", controller, kDenserUnit, denser_engine_.order_in,
                      denser_engine_.done_out, 1);
  wiring.connect_unit("sparser", controller, kSparserUnit, sparser_engine_.order_in,
                      sparser_engine_.done_out, 1);
  wiring.connect_unit("normaliser", controller, kNormaliserUnit, normaliser_.order_in,
                      normaliser_.done_out, 2);
  wiring.leave_open("pack_order", *controller.order_out[kPackUnit]);
  wiring.leave_open("pack_done", *controller.done_in[kPackUnit]);
  wiring.connect("denser_packets", *crossbar.packet_out[kDenserOut], denser_decoder_.packet_in,
                 kPacketDepth);
  wiring.connect("sparser_packets", *crossbar.packet_out[kSparserOut], sparser_decoder_.packet_in,
                 kPacketDepth);
  wiring.connect("denser_delivery", denser_decoder_.delivery_out,
                 *controller.delivery_in[kDenserReceiver], kDeliveryDepth);
  wiring.connect("sparser_delivery", sparser_decoder_.delivery_out,
                 *controller.delivery_in[kSparserReceiver], kDeliveryDepth);
  wiring.connect("encoder_packets", *crossbar.packet_out[kEncoderOut], encoder_.packet_in,
                 kPacketDepth);
  wiring.connect("encoded", encoder_.packet_out, *crossbar.packet_in[kEncodedIn], kPacketDepth);
  wiring.connect("encoder_delivery", encoder_.delivery_out,
                 *controller.delivery_in[kEncoderReceiver], kDeliveryDepth);
  const std::size_t row_depth = config_.normaliser.row_queue_depth;
  wiring.connect("denser_rows", denser_engine_.row_out, normaliser_.denser_in, row_depth);
  wiring.connect("sparser_rows", sparser_engine_.row_out, normaliser_.sparser_in, row_depth);
  wiring.connect("results", normaliser_.packet_out, *crossbar.packet_in[kResultsIn],
                 kSlowPacketDepth);
}

void VitcodBlocks::bind_fetches(Wiring& wiring, Dma& dma) {
  wiring.connect("missed_rows", denser_engine_.fetch_out, dma.fetch_in, kPacketDepth);
  wiring.connect("fetched_rows", dma.fetched_out, sparser_decoder_.fetched_in, kPacketDepth);
  // What is on its way through the decoder's pipeline has a place there too.
  wiring.connect("fetched_queries", sparser_decoder_.query_out, sparser_engine_.fetched_in,
                 kPacketDepth + config_.decoder.latency_cycles);
}

void VitcodBlocks::add_line_cycles(LineCycles& sums) const {
  sums.add(denser_engine_.line_statistics());
  sums.add(sparser_engine_.line_statistics());
}

/// A line that waits keeps its sums, and its pipeline moves with its products alone.
std::vector<std::string> VitcodBlocks::still_reasons() const {
  return {"wait_query", "wait_key", "wait_value", "wait_index", "wait_scores", "wait_output"};
}

std::vector<MacCount> VitcodBlocks::other_macs() const {
  if (!config_.has_sparser_engine) return {};
  return {{"decoder", denser_decoder_.macs_done() + sparser_decoder_.macs_done(),
           denser_decoder_.multipliers() + sparser_decoder_.multipliers()},
          {"encoder", encoder_.macs_done(), encoder_.multipliers()}};
}

std::vector<OutputMask> VitcodAttention::crossbar_ways() const {
  return vitcod::crossbar_ways(config_.has_sparser_engine, config_.has_hub_unit());
}

PlanLimits VitcodAttention::limits(const LayerList& layers) const {
  return make_limits(config_, layers);
}

void VitcodAttention::complete(Target& target) const {
  target.engines = {UnitId{kDenserUnit}, UnitId{kSparserUnit}};
  target.normaliser = UnitId{kNormaliserUnit};
  target.engine_outputs = {mask_of(kDenserOut), mask_of(kSparserOut)};
  target.encoder_output = mask_of(kEncoderOut);
  target.two_engines = config_.controller.two_engines;
  target.mask_denser_block = config_.controller.mask_denser_block;
}

void VitcodAttention::cut_maps(LayerList& layers) const {
  if (!config_.controller.two_engines) return;
  const PlanLimits limits = make_limits(config_, layers);
  for (AttentionLayer& layer : layers.attention) {
    if (!layer.map->is_uncut) continue;
    if (!config_.controller.mask_denser_block) {
      throw InputError(
          layer.name +
          ": what pruned entries of denser columns weigh would depend on the choice of "
          "these; expected a number for theta_d, or mask_denser_block");
    }
    layer.cut_map = choose_denser_columns(layer, limits, line_splitter());
    layer.map = layer.cut_map.get();
  }
}

LineSplitter VitcodAttention::line_splitter() const {
  // A group of the sparser engine has taken at most two rows that have not left before one that
  // has: with two places for partial rows for each other group and one more, the rows that the
  // denser engine waits with can never take them all, so long rows block nothing for ever.
  const std::uint32_t most_groups = (config_.normaliser.rows_buffered + 1) / 2;
  LineSplitter splitter(config_.mac_lines, config_.controller.two_engines,
                        config_.controller.dynamic_split, most_groups);
  if (config_.has_window()) splitter.pass_rows(window_rules(config_));
  return splitter;
}

std::unique_ptr<AttentionMethod> VitcodAttention::method(const PlanLimits& limits) const {
  return std::make_unique<EngineAttention>(limits, line_splitter());
}

std::unique_ptr<AttentionBlocks> VitcodAttention::make_blocks(Clock& clock, bool with_values,
                                                              StatGroup& stats) const {
  return std::make_unique<VitcodBlocks>(config_, clock, with_values, stats);
}

std::uint64_t VitcodAttention::required_macs(const AttentionLayer& layer) const {
  std::uint64_t products = 0;
  for (const PolarizedHead& head : layer.map->heads) {
    products += config_.controller.two_engines
                    ? std::uint64_t{head.num_denser} * layer.num_queries + head.sparser.nnz()
                    : head.nnz();
  }
  return products * (layer.query_features + layer.value_features);
}

BillOfMaterials VitcodAttention::bill() const { return vitcod_bill(config_); }

ValueFormats VitcodAttention::formats() const {
  return {config_.denser_engine.score_unit.operand_fraction_bits, config_.decoder.fraction_bits,
          config_.controller.two_engines && !config_.controller.mask_denser_block,
          config_.encoder.fraction_bits};
}

}  // namespace vitcod
