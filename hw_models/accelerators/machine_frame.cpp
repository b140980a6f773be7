// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/machine_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/accelerators/frame_program.hpp"
#include "hw_models/accelerators/tensor_bytes.hpp"
#include "hw_models/accelerators/trace_values.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kFreedDepth = 2;

/// Throws ConfigError if the memory is smaller than what lies in it.
void require_room(const DramOrganization& organization, std::uint64_t bytes) {
  const std::uint64_t capacity = organization.capacity_bytes();
  if (bytes <= capacity) return;
  throw ConfigError("/dram/organization",
                    fmt::format("a memory of {} bytes; tensors and tables of the workload take {}",
                                capacity, bytes));
}

Silicon silicon_of(const AttentionKind& kind, const ClockAccount& clock) {
  try {
    return {clock.with_gates(kind.bill()), kind.frame().area};
  } catch (const ConfigError& error) {
    throw error.under("area");
  }
}

LayerList cut_layers(const AttentionKind& kind) {
  LayerList layers = find_layers(kind.trace());
  kind.cut_maps(layers);
  return layers;
}

}  // namespace

MachineFrame::MachineFrame(std::unique_ptr<const AttentionKind> kind, bool with_values,
                           const RunMode& mode)
    : kind_(std::move(kind)),
      config_(kind_->frame()),
      trace_(kind_->trace()),
      scheduler_("scheduler", mode),
      core_(scheduler_, "core", config_.clock_khz),
      memory_(scheduler_, "memory", config_.dram.clock_khz),
      address_map_(config_.dram),
      layers_(cut_layers(*kind_)),
      limits_(kind_->limits(layers_)),
      layout_(trace_),
      program_(make_program(*kind_, layers_, limits_, layout_)),
      source_(source_for_two(trace_, with_values)),
      contents_(with_values ? std::make_unique<DramContents>() : nullptr),
      controller_(
          "controller", core_, program_,
          Controller::Neighbours{kNumReceivers + num_hub_units(config_), kNumUnits},
          config_.dma.packet_bytes, [this](RegionId region) { lose_contents(region); }, stats_),
      layer_phases_(controller_, trace_.layers.size(), [this] { return controller_.layer(); }),
      dma_("dma", core_, config_.dma,
           {config_.weight_buffer.staging_bytes, config_.input_buffer.staging_bytes}, address_map_,
           config_.dram.organization.channels, contents_.get(), stats_, kind_->row_fetches()),
      weight_buffer_("weight_buffer", core_, config_.weight_buffer, stats_),
      input_buffer_("input_buffer", core_, config_.input_buffer, stats_),
      output_buffer_("output_buffer", core_, config_.output_buffer, stats_),
      crossbar_("crossbar", core_, config_.crossbar, kind_->crossbar_ways(), kNumOutputs, stats_),
      attention_(kind_->make_blocks(core_, with_values, stats_)),
      linear_inputs_("gemm_inputs", core_, config_.gemm_engine, gemm_values(), stats_),
      linear_weights_("gemm_weights", core_, config_.gemm_engine, gemm_values(), stats_),
      gemm_engine_("gemm_engine", core_, config_.gemm_engine, config_.mac_lines, gemm_values(),
                   stats_),
      gemm_drain_("gemm_drain", core_, config_.gemm_engine, gemm_values(), stats_),
      layer_norm_("layer_norm", core_, config_.layer_norm, stats_),
      hub_units_(core_, config_, attention_->index_contents(), stats_),
      clock_account_(config_.energy.clock, config_.clock_gating, stats_),
      silicon_(silicon_of(*kind_, clock_account_)),
      energy_(config_.energy, stats_, &silicon_),
      wiring_(core_) {
  require_room(config_.dram.organization, layout_.end());
  for (std::uint32_t channel = 0; channel < config_.dram.organization.channels; ++channel) {
    if (channel % config_.dram.commands.channels_per_bus == 0) command_buses_.emplace_back();
    channels_.push_back(std::make_unique<DramChannel>(fmt::format("dram{}", channel).c_str(),
                                                      memory_, config_.dram, command_buses_.back(),
                                                      stats_));
  }
  if (source_) fill_dram();
  bind_links();
}

void MachineFrame::lose_contents(RegionId region) {
  attention_->lose_contents(region);
  gemm_contents_.free(region);
}

/// Lays the tensors and tables out as the program expects them; what operations produce is not
/// there yet.
void MachineFrame::fill_dram() {
  std::vector<bool> produced(trace_.tensors.size(), false);
  for (const Operation& operation : trace_.operations) {
    for (TensorId output : operation.outputs) produced[static_cast<std::size_t>(output)] = true;
  }
  for (std::size_t i = 0; i < trace_.tensors.size(); ++i) {
    const TensorId tensor{static_cast<std::uint32_t>(i)};
    std::function<DramContents::Bytes()> contents;
    if (!produced[i]) {
      contents = [this, tensor] {
        return tensor_bytes(trace_.tensor(tensor), layout_, *source_, tensor);
      };
    }
    contents_->add_area(layout_.address(tensor), layout_.bytes(tensor), std::move(contents));
  }
  for (const Table& table : program_.tables) {
    contents_->add_area(table.address, table.bytes, table.contents);
  }
}

std::vector<std::int8_t> MachineFrame::tensor_values(TensorId tensor) {
  const DramContents::Bytes bytes = contents_->read(layout_.address(tensor), layout_.bytes(tensor));
  std::vector<std::int8_t> values(bytes.begin(), bytes.end());
  if (!layout_.is_by_token(tensor)) return values;
  const auto& shape = trace_.tensor(tensor).shape;
  return swap_outer(values, shape[1], shape[0], shape[2]);
}

void MachineFrame::bind_links() {
  Wiring& wiring = wiring_;
  wiring.connect("load", controller_.load_out, dma_.load_in, kPacketDepth);
  wiring.connect("stored", dma_.stored_out, controller_.stored_in, kPacketDepth);
  wiring.connect("weights", *dma_.packet_out[kWeightBuffer], weight_buffer_.packet_in,
                 kPacketDepth);
  wiring.connect("inputs", *dma_.packet_out[kInputBuffer], input_buffer_.packet_in, kPacketDepth);
  wiring.connect("weights_freed", weight_buffer_.freed_out, *dma_.freed_in[kWeightBuffer],
                 kFreedDepth);
  wiring.connect("inputs_freed", input_buffer_.freed_out, *dma_.freed_in[kInputBuffer],
                 kFreedDepth);
  wiring.connect("outputs_freed", dma_.stores_freed_out, output_buffer_.freed_in, kFreedDepth);
  wiring.connect("weight_packets", weight_buffer_.packet_out, *crossbar_.packet_in[kWeightsIn],
                 kSlowPacketDepth);
  wiring.connect("input_packets", input_buffer_.packet_out, *crossbar_.packet_in[kInputsIn],
                 kSlowPacketDepth);
  attention_->bind(wiring, crossbar_, controller_);
  if (kind_->row_fetches() > 0) attention_->bind_fetches(wiring, dma_);
  wiring.connect("result_packets", *crossbar_.packet_out[kResultsOut], output_buffer_.packet_in,
                 kSlowPacketDepth);
  bind_linear();
  hub_units_.bind(wiring, crossbar_, controller_, kNumReceivers);
  wiring.connect("stores", output_buffer_.packet_out, dma_.store_in, kPacketDepth);
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    wiring.connect(fmt::format("dram{}_requests", c), *dma_.request_out[c], core_,
                   channels_[c]->request_in, memory_, config_.dma.channel_queue_depth);
    wiring.connect(fmt::format("dram{}_responses", c), channels_[c]->response_out, memory_,
                   *dma_.response_in[c], core_, config_.dma.channel_queue_depth);
  }
}

/// The array for linear layers, its drain, and the layer norm.
void MachineFrame::bind_linear() {
  Wiring& wiring = wiring_;
  const std::size_t blocks = config_.gemm_engine.accumulator_files;
  wiring.connect_unit("gemm", controller_, kGemmUnit, gemm_engine_.order_in, gemm_engine_.done_out,
                      1);
  // Beside the block that drains: one that waits, and one whose accumulators are not free yet.
  wiring.connect_unit("gemm_drain", controller_, kGemmDrainUnit, gemm_drain_.order_in,
                      gemm_drain_.done_out, blocks + 2);
  wiring.connect("finished_blocks", gemm_engine_.block_out, gemm_drain_.block_in, blocks);
  wiring.connect("accumulators_freed", gemm_drain_.freed_out, gemm_engine_.freed_in, blocks);
  wiring.connect("gemm_input_packets", *crossbar_.packet_out[kLinearInputsOut],
                 linear_inputs_.packet_in, kPacketDepth);
  wiring.connect("gemm_weight_packets", *crossbar_.packet_out[kLinearWeightsOut],
                 linear_weights_.packet_in, kPacketDepth);
  wiring.connect("gemm_input_delivery", linear_inputs_.delivery_out,
                 *controller_.delivery_in[kLinearInputsReceiver], kDeliveryDepth);
  wiring.connect("gemm_weight_delivery", linear_weights_.delivery_out,
                 *controller_.delivery_in[kLinearWeightsReceiver], kDeliveryDepth);
  wiring.connect("gemm_results", gemm_drain_.packet_out, *crossbar_.packet_in[kLinearIn],
                 kPacketDepth);
  wiring.connect("norm_packets", *crossbar_.packet_out[kNormOut], layer_norm_.packet_in,
                 kSlowPacketDepth);
  wiring.connect("normalised", layer_norm_.packet_out, *crossbar_.packet_in[kNormalisedIn],
                 kPacketDepth);
  wiring.connect("norm_delivery", layer_norm_.delivery_out, *controller_.delivery_in[kNormReceiver],
                 kDeliveryDepth);
}

void MachineFrame::listen_to_layers(CycleListener& listener) {
  if (!layer_passes_) {
    layer_passes_.emplace(controller_, trace_.layers, [this] { return controller_.layer(); });
  }
  layer_passes_->listen(listener);
}

void MachineFrame::run() {
  scheduler_.run();
  check_conservation(totals());
  check_floor(totals());
  Json blocks;
  stats_.write(blocks);
  const WayFloors floors(blocks, total_cycles());
  require_frame_ways(config_, floors);
  kind_->require_ways(floors);
}

std::uint64_t MachineFrame::required_macs() const {
  std::uint64_t macs = 0;
  for (const AttentionLayer& layer : layers_.attention) macs += kind_->required_macs(layer);
  for (const LinearLayer& layer : layers_.linear) {
    if (layer.product.primitive == Primitive::kMultiply) macs += layer.macs();
  }
  for (const LinearAttentionLayer& layer : layers_.linear_attention) {
    if (!layer.adds()) macs += layer.macs();
  }
  return macs;
}

std::uint64_t MachineFrame::required_additions() const {
  std::uint64_t additions = 0;
  for (const LinearAttentionLayer& layer : layers_.linear_attention) {
    if (layer.adds()) additions += layer.macs();
  }
  return additions;
}

std::uint64_t MachineFrame::required_shifts() const {
  std::uint64_t shifts = 0;
  for (const LinearLayer& layer : layers_.linear) {
    if (layer.product.primitive == Primitive::kShift) shifts += layer.macs();
  }
  return shifts;
}

DramActivity MachineFrame::dram_activity() const {
  DramActivity sum;
  for (const auto& channel : channels_) sum += channel->activity_counts(dram_clocks());
  return sum;
}

std::uint64_t MachineFrame::bytes_to_store() const {
  std::uint64_t bytes = 0;
  const auto add = [&](const auto& layers) {
    for (const auto& layer : layers) bytes += trace_.tensor(layer.output).bytes();
  };
  add(layers_.attention);
  for (const AttentionLayer& layer : layers_.attention) {
    if (layer.kept) bytes += trace_.tensor(*layer.kept).bytes();
  }
  add(layers_.encodings);
  add(layers_.norms);
  for (const LinearLayer& layer : layers_.linear) {
    bytes += layer.bytes_of(std::uint64_t{layer.product.m} * layer.product.n);
  }
  for (const LinearAttentionLayer& layer : layers_.linear_attention) {
    bytes += trace_.tensor(layer.output).bytes() + trace_.tensor(layer.inner).bytes();
    if (layer.sums) bytes += trace_.tensor(*layer.sums).bytes();
  }
  for (const Operation* operation : layers_.streams) {
    for (const TensorId output : operation->outputs) bytes += trace_.tensor(output).bytes();
  }
  return bytes;
}

RunTotals MachineFrame::totals() const {
  RunTotals totals;
  totals.macs_done = attention_->macs_done() + gemm_engine_.macs_done();
  totals.macs_asked = required_macs();
  totals.lines = config_.mac_lines.lines;
  totals.line_cycles = line_cycles().total();
  totals.shifts_done = gemm_engine_.shifts_done();
  totals.shifts_asked = required_shifts();
  totals.shifters =
      std::uint64_t{config_.mac_lines.lines} * config_.mac_lines.shift_lanes_per_line.value_or(0);
  totals.additions_done = gemm_engine_.additions_done();
  totals.additions_asked = required_additions();
  totals.adders =
      std::uint64_t{config_.mac_lines.lines} * config_.mac_lines.add_lanes_per_line.value_or(0);
  totals.multipliers = std::uint64_t{config_.mac_lines.lines} * config_.mac_lines.macs_per_line;
  totals.sums_carried_out = gemm_engine_.carried_bytes_written();
  totals.sums_carried_in = gemm_engine_.carried_bytes_read();
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
  totals.bytes_loaded -= dma_.bytes_fetched();
  totals.bytes_to_store = bytes_to_store();
  totals.buffers_written = weight_buffer_.bytes_written() + input_buffer_.bytes_written();
  totals.output_buffer_written = output_buffer_.bytes_written();
  totals.output_buffer_read = output_buffer_.bytes_read();
  return totals;
}

}  // namespace vitcod
