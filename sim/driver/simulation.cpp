// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/simulation.hpp"

#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "hw_models/accelerators/reference_model.hpp"
#include "hw_models/accelerators/vitcod_machine.hpp"
#include "sim/kernel/sim_context.hpp"
#include "workloads/values.hpp"

namespace vitcod {
namespace {

double ratio(double numerator, double denominator) {
  return denominator == 0 ? 0.0 : numerator / denominator;
}

Json config_json(const RunConfig& run) {
  Json config;
  config["machine"] = run.machine;
  config["workload"] = Json::parse(run.trace.provenance);
  return config;
}

Json workload_json(const RunConfig& run, const VitcodMachine& machine) {
  std::uint64_t nnz = 0;
  std::uint64_t macs = 0;
  std::uint64_t dense_macs = 0;
  for (const AttentionLayer& layer : machine.layers().attention) {
    const std::uint64_t features = layer.query_features + layer.value_features;
    nnz += layer.map->nnz();
    macs += layer.map->nnz() * features;
    dense_macs += std::uint64_t{layer.num_heads} * layer.num_queries * layer.num_keys * features;
  }
  Json json;
  json["name"] = run.trace.name;
  json["layers"] = run.trace.layers.size();
  json["nnz"] = nnz;
  json["macs"] = macs;
  json["dense_macs"] = dense_macs;
  return json;
}

Json cycles_json(const VitcodMachine& machine) {
  Json json;
  json["total"] = machine.total_cycles();
  machine.phases().write(json["by_phase"]);
  return json;
}

Json layers_json(const RunConfig& run, const VitcodMachine& machine) {
  Json json = Json::array();
  const std::vector<Cycle> cycles = machine.layer_cycles();
  for (std::size_t i = 0; i < cycles.size(); ++i) {
    Json entry;
    entry["name"] = run.trace.layers[i].name;
    entry["cycles"] = cycles[i];
    std::uint64_t nnz = 0;
    for (const AttentionLayer& layer : machine.layers().attention) {
      if (layer.layer == i) nnz += layer.map->nnz();
    }
    entry["nnz"] = nnz;
    json.push_back(std::move(entry));
  }
  return json;
}

Json dram_json(const VitcodMachine& machine, double seconds) {
  const DramActivity activity = machine.dram_activity();
  Json json;
  json["clocks"] = machine.dram_clocks();
  json["bytes_read"] = activity.bytes_read;
  json["bytes_written"] = activity.bytes_written;
  for (std::size_t c = 0; c < kNumDramCommands; ++c) {
    json["commands"][std::string(kDramCommandNames[c])] = activity.commands[c];
  }
  const std::uint64_t bursts = activity.row_hits + activity.row_misses + activity.row_conflicts;
  json["row_hit_rate"] = ratio(double(activity.row_hits), double(bursts));
  json["bandwidth_gbps"] =
      ratio(double(activity.bytes_read + activity.bytes_written) * 1e-9, seconds);
  return json;
}

Json traffic_json(const VitcodMachine& machine) {
  Json json;
  for (std::size_t role = 0; role < kNumTensorRoles; ++role) {
    Json& entry = json[std::string(kTensorRoleNames[role])];
    for (std::size_t reason = 0; reason < kNumTransferReasons; ++reason) {
      entry[std::string(kTransferReasonNames[reason])] =
          machine.dma().bytes(static_cast<TensorRole>(role), static_cast<TransferReason>(reason));
    }
  }
  return json;
}

Json energy_json(const RunConfig& run, const VitcodMachine& machine) {
  const DramEnergy energy = dram_energy(run.settings.dram, machine.dram_activity());
  Json json;
  json["dram"]["activate"] = energy.activate_pj;
  json["dram"]["read"] = energy.read_pj;
  json["dram"]["write"] = energy.write_pj;
  json["dram"]["refresh"] = energy.refresh_pj;
  json["dram"]["background"] = energy.background_pj;
  json["dram"]["source"] = run.settings.dram.source;
  machine.energy().write(json);
  json["total"] = energy.total_pj() + machine.energy().total_pj();
  json["source"] = run.settings.energy.source;
  return json;
}

/// Compares the tensors that the machine wrote with the reference, element by element.
class ValueCheck {
 public:
  explicit ValueCheck(OperandImage& image) : image_(image) {}

  void compare(TensorId tensor, const std::vector<std::int8_t>& expected) {
    const std::vector<std::int8_t>& output = image_.output(tensor);
    for (std::size_t i = 0; i < output.size(); ++i) {
      mismatches_ += output[i] != expected[i] ? 1 : 0;
    }
    bytes_.append(reinterpret_cast<const char*>(output.data()), output.size());
  }
  void write(Json& json) const {
    json["mismatches"] = mismatches_;
    json["output_sha256"] = sha256_hex(bytes_);
  }

 private:
  OperandImage& image_;
  std::uint64_t mismatches_ = 0;
  std::string bytes_;
};

Json values_json(const RunConfig& run, VitcodMachine& machine) {
  Json json;
  json["checked"] = machine.image() != nullptr;
  if (machine.image() == nullptr) return json;
  OperandImage& image = *machine.image();
  const ValueFormats formats{
      run.settings.sparser_engine.score_unit.operand_fraction_bits,
      run.settings.decoder.fraction_bits,
      run.settings.controller.two_engines && !run.settings.controller.mask_denser_block};
  ValueCheck check(image);
  for (const EncodeLayer& layer : machine.layers().encode) {
    check.compare(layer.output,
                  reference_encoding(layer, run.settings.encoder.fraction_bits, image));
  }
  for (const AttentionLayer& layer : machine.layers().attention) {
    check.compare(layer.output, reference_attention(layer, formats, image));
  }
  check.write(json);
  return json;
}

Json result_json(const RunConfig& run, VitcodMachine& machine) {
  const double seconds =
      ratio(double(machine.total_cycles()), double(run.settings.clock_khz) * 1e3);
  const double mac_slots = double(machine.total_cycles()) * double(run.settings.mac_lines.lines) *
                           double(run.settings.mac_lines.macs_per_line);
  Json json;
  json["schema"] = "vitcod-result/1";
  json["config"] = config_json(run);
  json["config_sha256"] = sha256_hex(json["config"].dump());
  json["workload"] = workload_json(run, machine);
  json["cycles"] = cycles_json(machine);
  json["time_us"] = seconds * 1e6;
  json["utilization"]["macs"] = ratio(double(machine.attention_macs()), mac_slots);
  json["layers"] = layers_json(run, machine);
  json["macs"]["attention"] = machine.attention_macs();
  json["macs"]["decoder"] = machine.decoder_macs();
  json["macs"]["encoder"] = machine.encoder_macs();
  machine.statistics().write(json["blocks"]);
  json["dram"] = dram_json(machine, seconds);
  json["traffic"] = traffic_json(machine);
  json["energy_pj"] = energy_json(run, machine);
  json["values"] = values_json(run, machine);
  return json;
}

}  // namespace

Json simulate(const RunConfig& run, const SimulationOptions& options, HostCost* cost) {
  std::optional<OperandSource> source;
  if (options.with_values) {
    source = OperandSource{[&run](TensorId tensor) { return operand_values(run.trace, tensor); },
                           [&run](TensorId tensor) { return bias_values(run.trace, tensor); }};
  }
  const std::clock_t start = std::clock();
  const SimContext context;
  VitcodMachine machine(run.settings, run.trace, source, options.mode);
  machine.run();
  if (cost != nullptr) {
    cost->cpu_seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    cost->cycles = machine.total_cycles();
    cost->num_wakeups = machine.num_wakeups();
  }
  return result_json(run, machine);
}

Json simulate_named(const std::string& name, const RunConfig& run, const SimulationOptions& options,
                    HostCost* cost) {
  try {
    return simulate(run, options, cost);
  } catch (const ConfigError& error) {
    throw InputError(name + ": " + error.under("machine").what());
  } catch (const InputError& error) {
    throw InputError(name + ": " + error.what());
  }
}

void require_matching_values(const Json& result) {
  const auto mismatches = result["values"].value("mismatches", std::uint64_t{0});
  if (mismatches != 0) {
    throw ModelError(fmt::format("{} output values differ from the reference", mismatches));
  }
}

}  // namespace vitcod
