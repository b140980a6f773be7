// SPDX-License-Identifier: Apache-2.0
// The parts of a result document that a machine writes, and the check of its values.
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "hw_models/accelerators/machine_frame.hpp"
#include "hw_models/accelerators/reference_trace.hpp"
#include "hw_models/accelerators/report.hpp"
#include "hw_models/accelerators/silicon_report.hpp"
#include "hw_models/accelerators/tensor_bytes.hpp"

namespace vitcod {
namespace {

Json layers_json(const Trace& trace, const LayerList& layers, const LayerPhases& phases,
                 const std::vector<Cycle>& predicted) {
  Json json = Json::array();
  for (std::size_t i = 0; i < trace.layers.size(); ++i) {
    Json entry;
    entry["name"] = trace.layers[i].name;
    entry["cycles"] = phases.total(i);
    entry["predicted_cycles"] = i < predicted.size() ? predicted[i] : 0;
    phases.write(i, entry["by_phase"]);
    std::uint64_t nnz = 0;
    for (const AttentionLayer& layer : layers.attention) {
      if (layer.layer != i) continue;
      nnz += layer.map->nnz();
      if (layer.cut_map == nullptr) continue;
      for (const PolarizedHead& head : layer.cut_map->heads) {
        entry["denser_columns"].push_back(head.num_denser);
      }
    }
    entry["nnz"] = nnz;
    json.push_back(std::move(entry));
  }
  return json;
}

Json traffic_json(const Dma& dma) {
  Json json;
  for (std::size_t role = 0; role < kNumTensorRoles; ++role) {
    Json& entry = json[std::string(kTensorRoleNames[role])];
    for (std::size_t reason = 0; reason < kNumTransferReasons; ++reason) {
      entry[std::string(kTransferReasonNames[reason])] =
          dma.bytes(static_cast<TensorRole>(role), static_cast<TransferReason>(reason));
    }
  }
  return json;
}

}  // namespace

/// Multiply-accumulates by unit, and what share of the multipliers' cycles they are.
void MachineFrame::write_macs(Json& result) const {
  const double attention = double(attention_->macs_done());
  const double linear = double(gemm_engine_.macs_done());
  Json& macs = result["macs"];
  macs["attention"] = attention_->macs_done();
  macs["linear"] = gemm_engine_.macs_done();
  if (gemm_engine_.shifts_done() > 0) macs["shift"] = gemm_engine_.shifts_done();
  if (gemm_engine_.additions_done() > 0) macs["addition"] = gemm_engine_.additions_done();
  const double cycles = double(total_cycles());
  const double of_lines = double(config_.mac_lines.lines) * double(config_.mac_lines.macs_per_line);
  double done = attention + linear;
  double multipliers = of_lines;
  for (const std::vector<MacCount>& counts : {attention_->other_macs(), hub_units_.macs()}) {
    for (const MacCount& count : counts) {
      macs[std::string(count.unit)] = count.done;
      done += double(count.done);
      multipliers += double(count.multipliers);
    }
  }
  // A machine that drops tokens on its own may do less than the workload keeps.
  const double kept = std::min(attention, result["workload"]["macs"].get<double>());
  Json& utilization = result["utilization"];
  utilization["useful"] = ratio(kept + linear, cycles * of_lines);
  utilization["done"] = ratio(attention + linear, cycles * of_lines);
  utilization["multipliers"] = ratio(done, cycles * multipliers);
}

LineCycles MachineFrame::line_cycles() const {
  LineCycles sums;
  attention_->add_line_cycles(sums);
  const std::uint64_t lines = config_.mac_lines.lines;
  sums.add(*gemm_engine_.account(), lines);
  sums.move("busy", "no_work",
            gemm_engine_.step_cycles() * lines - gemm_engine_.busy_line_cycles());
  return sums;
}

LineActivity MachineFrame::line_activity() const {
  const LineCycles sums = line_cycles();
  LineActivity lines;
  lines.all = config_.mac_lines.lines * total_cycles();
  lines.idle = lines.all - sums.total();
  // Of the array for linear layers: lines beyond a block's columns, and all while it waits.
  for (const char* reason : {"no_work", "wait_drain", "wait_weights"}) {
    lines.waiting += sums.of(reason);
  }
  for (const std::string& reason : attention_->still_reasons()) lines.waiting += sums.of(reason);
  return lines;
}

void MachineFrame::write_report(Json& result) const {
  const DramActivity activity = dram_activity();
  controller_.account()->write(result["cycles"]["by_phase"]);
  result["layers"] = layers_json(trace_, layers_, layer_phases_, program_.predicted_cycles);
  write_macs(result);
  line_cycles().write(config_.mac_lines.lines * total_cycles(), result["line_cycles"]);
  stats_.write(result["blocks"]);
  write_dram(config_.dram, activity, dram_clocks(), seconds_of(total_cycles(), clock_khz()),
             result["dram"]);
  result["traffic"] = traffic_json(dma_);
  write_energy(config_.dram, activity, energy_, config_.energy.source, result["energy_pj"]);
  const RunLength run{total_cycles(), seconds_of(total_cycles(), clock_khz()), line_activity()};
  write_silicon(silicon_, energy_, clock_account_, run, result);
}

void MachineFrame::write_values(Json& values) {
  values["checked"] = source_.has_value();
  if (!source_) return;
  OperandImage image(*source_);
  reference_trace(trace_, kind_->formats(), image);
  ValueCheck check;
  const auto compare = [&](TensorId output) {
    if (trace_.tensor(output).bits == 16) {
      const std::vector<std::int8_t> bytes = tensor_values(output);
      std::vector<std::int16_t> stored(bytes.size() / 2);
      std::memcpy(stored.data(), bytes.data(), bytes.size());
      check.compare(stored, image.stream(output));
    } else if (trace_.tensor(output).bits == 1) {
      check.compare(unpacked_codes(tensor_values(output)), image.operand(output));
    } else {
      check.compare(tensor_values(output), image.operand(output));
    }
  };
  for (const EncodeLayer& layer : layers_.encodings) compare(layer.output);
  for (const AttentionLayer& layer : layers_.attention) {
    compare(layer.output);
    if (layer.kept) compare(*layer.kept);
  }
  for (const LinearLayer& layer : layers_.linear) {
    if (!layer.is_first_part) compare(layer.output);
  }
  for (const LinearAttentionLayer& layer : layers_.linear_attention) {
    compare(layer.inner);
    if (layer.sums) compare(*layer.sums);
    compare(layer.output);
  }
  for (const NormLayer& layer : layers_.norms) compare(layer.output);
  for (const Operation* operation : layers_.streams) {
    for (const TensorId output : operation->outputs) compare(output);
  }
  check.write(values);
}

}  // namespace vitcod
