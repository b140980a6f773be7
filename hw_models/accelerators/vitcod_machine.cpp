// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/vitcod_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "hw_models/accelerators/tensor_bytes.hpp"
#include "hw_models/accelerators/vitcod_bill.hpp"
#include "hw_models/accelerators/vitcod_limits.hpp"
#include "hw_models/accelerators/vitcod_wiring.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kDeliveryDepth = 4;
constexpr std::size_t kFreedDepth = 2;

/// The machine's wiring, by index of ports (see bind_links).
enum BufferPort : std::uint8_t { kWeightBuffer, kInputBuffer };
enum Unit : std::uint8_t {
  kDenserUnit,
  kSparserUnit,
  kNormaliserUnit,
  kGemmUnit,
  kGemmDrainUnit,
  kNumUnits
};
enum Receiver : std::size_t {
  kDenserReceiver,
  kSparserReceiver,
  kEncoderReceiver,
  kLinearInputsReceiver,
  kLinearWeightsReceiver,
  kNormReceiver,
  kNumReceivers
};

Target make_target(const VitcodConfig& config) {
  Target target;
  target.input_pool = PoolId{0};
  target.output_pool = PoolId{1};
  target.index_pool = PoolId{2};
  target.weight_pool = PoolId{3};
  target.engines = {UnitId{kDenserUnit}, UnitId{kSparserUnit}};
  target.normaliser = UnitId{kNormaliserUnit};
  target.gemm_array = UnitId{kGemmUnit};
  target.gemm_drain = UnitId{kGemmDrainUnit};
  target.engine_outputs = {mask_of(kDenserOut), mask_of(kSparserOut)};
  target.results_output = mask_of(kResultsOut);
  target.encoder_output = mask_of(kEncoderOut);
  target.gemm_input_output = mask_of(kLinearInputsOut);
  target.gemm_weight_output = mask_of(kLinearWeightsOut);
  target.norm_output = mask_of(kNormOut);
  target.weight_buffer = kWeightBuffer;
  target.input_buffer = kInputBuffer;
  target.packet_bytes = config.dma.packet_bytes;
  target.prefetch_tiles = config.controller.prefetch_units;
  target.two_engines = config.controller.two_engines;
  target.holding = holding_rules(config);
  target.mask_denser_block = config.controller.mask_denser_block;
  target.sddmm = PhaseId{2};
  target.merge = PhaseId{3};
  target.wait_values = PhaseId{4};
  target.spmm = PhaseId{5};
  target.encode = PhaseId{6};
  target.gemm = PhaseId{7};
  target.layer_norm = PhaseId{8};
  return target;
}

Program make_program(const VitcodConfig& config, const LayerList& layers, const PlanLimits& limits,
                     DramLayout& layout) {
  Program program;
  program.phases = {"wait_operands", "wait_space", "sddmm", "merge",      "wait_values",
                    "spmm",          "encode",     "gemm",  "layer_norm", "write_back"};
  program.write_back = PhaseId{9};
  program.pools = {
      Pool{"input_buffer", limits.input_bytes}, Pool{"output_buffer", limits.output_bytes},
      Pool{"index_buffer", limits.index_bytes}, Pool{"weight_buffer", limits.weight_bytes}};
  // A group of the sparser engine has taken at most two rows that have not left before one that
  // has: with two places for partial rows for each other group and one more, the rows that the
  // denser engine waits with can never take them all, so long rows block nothing for ever.
  const LineSplitter splitter(config.mac_lines, config.controller.two_engines,
                              config.controller.dynamic_split,
                              (config.normaliser.rows_buffered + 1) / 2);
  compile(layers, make_target(config), limits, splitter, layout, program);
  return program;
}

/// Throws ConfigError if the memory is smaller than what lies in it.
void require_room(const DramOrganization& organization, std::uint64_t bytes) {
  const std::uint64_t capacity = organization.capacity_bytes();
  if (bytes <= capacity) return;
  throw ConfigError("/dram/organization",
                    fmt::format("a memory of {} bytes; tensors and tables of the workload take {}",
                                capacity, bytes));
}

Silicon silicon_of(const VitcodConfig& config) {
  try {
    return {vitcod_bill(config), config.area};
  } catch (const ConfigError& error) {
    throw error.under("area");
  }
}

std::optional<QueryForwardingConfig> forwarding_of(const VitcodConfig& config) {
  if (!config.has_sparser_engine || !config.controller.query_forwarding ||
      !config.controller.two_engines) {
    return std::nullopt;
  }
  return config.query_forwarding;
}

}  // namespace

VitcodMachine::VitcodMachine(const VitcodConfig& config, const Trace& trace,
                             const std::optional<OperandSource>& source, const RunMode& mode)
    : config_(config),
      trace_(trace),
      scheduler_("scheduler", mode),
      core_(scheduler_, "core", config.clock_khz),
      memory_(scheduler_, "memory", config.dram.clock_khz),
      address_map_(config.dram),
      layers_(find_layers(trace)),
      limits_(make_limits(config, layers_)),
      layout_(trace),
      program_(make_program(config, layers_, limits_, layout_)),
      source_(source),
      contents_(source ? std::make_unique<DramContents>() : nullptr),
      controller_(
          "controller", core_, program_, Controller::Neighbours{kNumReceivers, kNumUnits},
          config.dma.packet_bytes, [this](RegionId region) { lose_contents(region); }, stats_),
      layer_phases_(controller_, trace.layers.size(), [this] { return controller_.layer(); }),
      dma_("dma", core_, config.dma,
           {config.weight_buffer.staging_bytes, config.input_buffer.staging_bytes}, address_map_,
           config.dram.organization.channels, contents_.get(), stats_),
      weight_buffer_("weight_buffer", core_, config.weight_buffer, stats_),
      input_buffer_("input_buffer", core_, config.input_buffer, stats_),
      output_buffer_("output_buffer", core_, config.output_buffer, stats_),
      crossbar_("crossbar", core_, config.crossbar, crossbar_ways(config.has_sparser_engine),
                kNumOutputs, stats_),
      denser_decoder_(config.has_sparser_engine ? "denser_decoder" : "row_writer", core_,
                      config.decoder, EngineId::kDenser, engine_values(EngineId::kDenser).contents,
                      stats_),
      sparser_decoder_("sparser_decoder", core_, config.decoder, EngineId::kSparser,
                       engine_values(EngineId::kSparser).contents, sparse_stats()),
      denser_engine_("denser_engine", core_, config.denser_engine, config.mac_lines,
                     engine_values(EngineId::kDenser), stats_),
      sparser_engine_("sparser_engine", core_, config.sparser_engine, config.mac_lines,
                      forwarding_of(config), config.denser_engine.qv_buffer,
                      engine_values(EngineId::kSparser), sparse_stats()),
      normaliser_("normaliser", core_, config.normaliser,
                  engine_values(EngineId::kDenser).exponents, stats_),
      encoder_("encoder", core_, config.encoder, sparse_stats()),
      linear_inputs_("gemm_inputs", core_, config.gemm_engine, gemm_values(), stats_),
      linear_weights_("gemm_weights", core_, config.gemm_engine, gemm_values(), stats_),
      gemm_engine_("gemm_engine", core_, config.gemm_engine, config.mac_lines, gemm_values(),
                   stats_),
      gemm_drain_("gemm_drain", core_, config.gemm_engine, gemm_values(), stats_),
      layer_norm_("layer_norm", core_, config.layer_norm, stats_),
      silicon_(silicon_of(config)),
      energy_(config.energy, stats_, &silicon_) {
  require_room(config.dram.organization, layout_.end());
  for (std::uint32_t channel = 0; channel < config.dram.organization.channels; ++channel) {
    if (channel % config.dram.commands.channels_per_bus == 0) command_buses_.emplace_back();
    channels_.push_back(std::make_unique<DramChannel>(fmt::format("dram{}", channel).c_str(),
                                                      memory_, config.dram, command_buses_.back(),
                                                      stats_));
  }
  if (QueryForwarding* forwarding = sparser_engine_.forwarding()) {
    denser_engine_.forward_rows(*forwarding);
  }
  if (source_) fill_dram();
  bind_links();
}

EngineValues VitcodMachine::engine_values(EngineId engine) {
  if (contents_ == nullptr) return {};
  return EngineValues{&engine_contents_[index_of(engine)],
                      &engine_contents_[index_of(EngineId::kDenser)], &exponents_};
}

void VitcodMachine::lose_contents(RegionId region) {
  for (EngineContents& contents : engine_contents_) contents.free(region);
  gemm_contents_.free(region);
}

/// Lays the tensors and tables out as the program expects them; what operations produce is not
/// there yet.
void VitcodMachine::fill_dram() {
  std::vector<bool> produced(trace_.tensors.size(), false);
  for (const Operation& operation : trace_.operations) {
    for (TensorId output : operation.outputs) produced[static_cast<std::size_t>(output)] = true;
  }
  for (std::size_t i = 0; i < trace_.tensors.size(); ++i) {
    const TensorId tensor{static_cast<std::uint32_t>(i)};
    std::function<DramContents::Bytes()> contents;
    if (!produced[i]) {
      contents = [this, tensor] {
        return tensor_bytes(trace_.tensor(tensor), layout_, config_.mac_lines.macs_per_line,
                            *source_, tensor);
      };
    }
    contents_->add_area(layout_.address(tensor), layout_.bytes(tensor), std::move(contents));
  }
  for (const Table& table : program_.tables) {
    contents_->add_area(table.address, table.bytes, table.contents);
  }
}

std::vector<std::int8_t> VitcodMachine::tensor_values(TensorId tensor) {
  const DramContents::Bytes bytes = contents_->read(layout_.address(tensor), layout_.bytes(tensor));
  std::vector<std::int8_t> values(bytes.begin(), bytes.end());
  if (!layout_.is_by_token(tensor)) return values;
  const auto& shape = trace_.tensor(tensor).shape;
  return swap_outer(values, shape[1], shape[0], shape[2]);
}

void VitcodMachine::bind_links() {
  const auto connect = [this]<typename T>(
                           const std::string& name, sc_core::sc_port_b<LinkWriteIf<T>>& writer,
                           Clock& writer_clock, sc_core::sc_port_b<LinkReadIf<T>>& reader,
                           Clock& reader_clock, std::size_t depth) {
    auto link = std::make_unique<Link<T>>(name.c_str(), writer_clock, reader_clock, depth);
    writer(*link);
    reader(*link);
    links_.push_back(std::move(link));
  };
  const auto connect_core =
      [&]<typename T>(const std::string& name, sc_core::sc_port_b<LinkWriteIf<T>>& writer,
                      sc_core::sc_port_b<LinkReadIf<T>>& reader,
                      std::size_t depth) { connect(name, writer, core_, reader, core_, depth); };
  connect_core("load", controller_.load_out, dma_.load_in, kPacketDepth);
  const auto connect_unit = [&](const std::string& unit, Unit index, LinkIn<UnitOrder>& order_in,
                                LinkOut<UnitDone>& done_out, std::size_t depth) {
    connect_core(unit + "_order", *controller_.order_out[index], order_in, depth);
    connect_core(unit + "_done", done_out, *controller_.done_in[index], depth);
  };
  connect_unit("denser", kDenserUnit, denser_engine_.order_in, denser_engine_.done_out, 1);
  connect_unit("sparser", kSparserUnit, sparser_engine_.order_in, sparser_engine_.done_out, 1);
  connect_unit("normaliser", kNormaliserUnit, normaliser_.order_in, normaliser_.done_out, 2);
  connect_core("stored", dma_.stored_out, controller_.stored_in, kPacketDepth);
  connect_core("weights", *dma_.packet_out[kWeightBuffer], weight_buffer_.packet_in, kPacketDepth);
  connect_core("inputs", *dma_.packet_out[kInputBuffer], input_buffer_.packet_in, kPacketDepth);
  connect_core("weights_freed", weight_buffer_.freed_out, *dma_.freed_in[kWeightBuffer],
               kFreedDepth);
  connect_core("inputs_freed", input_buffer_.freed_out, *dma_.freed_in[kInputBuffer], kFreedDepth);
  connect_core("outputs_freed", dma_.stores_freed_out, output_buffer_.freed_in, kFreedDepth);
  connect_core("weight_packets", weight_buffer_.packet_out, *crossbar_.packet_in[kWeightsIn],
               kPacketDepth);
  connect_core("input_packets", input_buffer_.packet_out, *crossbar_.packet_in[kInputsIn],
               kPacketDepth);
  connect_core("denser_packets", *crossbar_.packet_out[kDenserOut], denser_decoder_.packet_in,
               kPacketDepth);
  connect_core("sparser_packets", *crossbar_.packet_out[kSparserOut], sparser_decoder_.packet_in,
               kPacketDepth);
  connect_core("denser_delivery", denser_decoder_.delivery_out,
               *controller_.delivery_in[kDenserReceiver], kDeliveryDepth);
  connect_core("sparser_delivery", sparser_decoder_.delivery_out,
               *controller_.delivery_in[kSparserReceiver], kDeliveryDepth);
  connect_core("encoder_packets", *crossbar_.packet_out[kEncoderOut], encoder_.packet_in,
               kPacketDepth);
  connect_core("encoded", encoder_.packet_out, *crossbar_.packet_in[kEncodedIn], kPacketDepth);
  connect_core("encoder_delivery", encoder_.delivery_out,
               *controller_.delivery_in[kEncoderReceiver], kDeliveryDepth);
  const std::size_t row_depth = config_.normaliser.row_queue_depth;
  connect_core("denser_rows", denser_engine_.row_out, normaliser_.denser_in, row_depth);
  connect_core("sparser_rows", sparser_engine_.row_out, normaliser_.sparser_in, row_depth);
  connect_core("results", normaliser_.packet_out, *crossbar_.packet_in[kResultsIn], kPacketDepth);
  connect_core("result_packets", *crossbar_.packet_out[kResultsOut], output_buffer_.packet_in,
               kPacketDepth);
  bind_linear(connect_core, connect_unit);
  connect_core("stores", output_buffer_.packet_out, dma_.store_in, kPacketDepth);
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    connect(fmt::format("dram{}_requests", c), *dma_.request_out[c], core_,
            channels_[c]->request_in, memory_, config_.dma.channel_queue_depth);
    connect(fmt::format("dram{}_responses", c), channels_[c]->response_out, memory_,
            *dma_.response_in[c], core_, config_.dma.channel_queue_depth);
  }
}

/// The array for linear layers, its drain, and the layer norm.
template <typename Connect, typename ConnectUnit>
void VitcodMachine::bind_linear(Connect connect, ConnectUnit connect_unit) {
  const std::size_t blocks = config_.gemm_engine.accumulator_files;
  connect_unit("gemm", kGemmUnit, gemm_engine_.order_in, gemm_engine_.done_out, 1);
  // Beside the block that drains: one that waits, and one whose accumulators are not free yet.
  connect_unit("gemm_drain", kGemmDrainUnit, gemm_drain_.order_in, gemm_drain_.done_out,
               blocks + 2);
  connect("finished_blocks", gemm_engine_.block_out, gemm_drain_.block_in, blocks);
  connect("accumulators_freed", gemm_drain_.freed_out, gemm_engine_.freed_in, blocks);
  connect("gemm_input_packets", *crossbar_.packet_out[kLinearInputsOut], linear_inputs_.packet_in,
          kPacketDepth);
  connect("gemm_weight_packets", *crossbar_.packet_out[kLinearWeightsOut],
          linear_weights_.packet_in, kPacketDepth);
  connect("gemm_input_delivery", linear_inputs_.delivery_out,
          *controller_.delivery_in[kLinearInputsReceiver], kDeliveryDepth);
  connect("gemm_weight_delivery", linear_weights_.delivery_out,
          *controller_.delivery_in[kLinearWeightsReceiver], kDeliveryDepth);
  connect("gemm_results", gemm_drain_.packet_out, *crossbar_.packet_in[kLinearIn], kPacketDepth);
  connect("norm_packets", *crossbar_.packet_out[kNormOut], layer_norm_.packet_in, kPacketDepth);
  connect("normalised", layer_norm_.packet_out, *crossbar_.packet_in[kNormalisedIn], kPacketDepth);
  connect("norm_delivery", layer_norm_.delivery_out, *controller_.delivery_in[kNormReceiver],
          kDeliveryDepth);
}

void VitcodMachine::run() {
  scheduler_.run();
  check_conservation(totals());
  check_floor(totals());
}

std::uint64_t VitcodMachine::attention_macs() const {
  return denser_engine_.macs_done() + sparser_engine_.macs_done();
}

std::uint64_t VitcodMachine::decoder_macs() const {
  return denser_decoder_.macs_done() + sparser_decoder_.macs_done();
}

std::uint64_t VitcodMachine::required_macs() const {
  std::uint64_t macs = 0;
  for (const AttentionLayer& layer : layers_.attention) {
    std::uint64_t products = 0;
    for (const PolarizedHead& head : layer.map->heads) {
      products += config_.controller.two_engines
                      ? std::uint64_t{head.num_denser} * layer.num_queries + head.sparser.nnz()
                      : head.nnz();
    }
    macs += products * (layer.query_features + layer.value_features);
  }
  for (const LinearLayer& layer : layers_.linear) macs += layer.macs();
  return macs;
}

DramActivity VitcodMachine::dram_activity() const {
  DramActivity sum;
  for (const auto& channel : channels_) sum += channel->activity_counts(dram_clocks());
  return sum;
}

RunTotals VitcodMachine::totals() const {
  RunTotals totals;
  totals.macs_done = attention_macs() + gemm_engine_.macs_done();
  totals.macs_asked = required_macs();
  totals.multipliers = std::uint64_t{config_.mac_lines.lines} * config_.mac_lines.macs_per_line;
  totals.cycles = total_cycles();
  const DramActivity dram = dram_activity();
  const std::uint64_t burst = config_.dram.organization.burst_bytes();
  totals.dram_bytes_read = dram.bytes_read;
  totals.dram_bytes_written = dram.bytes_written;
  totals.burst_bytes_read = dma_.bursts_read() * burst;
  totals.burst_bytes_written = dma_.bursts_written() * burst;
  totals.dram_clocks = dram_clocks();
  totals.dram_bytes_per_clock = double(burst) * config_.dram.organization.channels /
                                double(config_.dram.commands.burst_clocks);
  for (std::size_t i = 0; i < kNumTensorRoles; ++i) {
    const auto role = static_cast<TensorRole>(i);
    totals.bytes_loaded += dma_.bytes(role, TransferReason::kFirstLoad);
    totals.bytes_loaded += dma_.bytes(role, TransferReason::kReload);
    totals.bytes_stored += dma_.bytes(role, TransferReason::kWriteBack);
  }
  for (const AttentionLayer& layer : layers_.attention) {
    totals.bytes_to_store += trace_.tensor(layer.output).bytes();
  }
  for (const EncodeLayer& layer : layers_.encodings) {
    totals.bytes_to_store += trace_.tensor(layer.output).bytes();
  }
  for (const LinearLayer& layer : layers_.linear) {
    totals.bytes_to_store += trace_.tensor(layer.output).bytes();
  }
  for (const NormLayer& layer : layers_.norms) {
    totals.bytes_to_store += trace_.tensor(layer.output).bytes();
  }
  totals.buffers_written = weight_buffer_.bytes_written() + input_buffer_.bytes_written();
  totals.output_buffer_written = output_buffer_.bytes_written();
  totals.output_buffer_read = output_buffer_.bytes_read();
  return totals;
}

}  // namespace vitcod
