// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/simulation.hpp"

#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "hw_models/accelerators/make_machine.hpp"
#include "sim/kernel/sim_context.hpp"
#include "workloads/attention_work.hpp"

namespace vitcod {
namespace {

Json config_json(const Json& machine, const Trace& trace) {
  Json config = roomy_object();
  config["machine"] = machine;
  config["workload"] = Json::parse(trace.provenance);
  return config;
}

Json workload_json(const Trace& trace) {
  const AttentionWork work = attention_work(trace);
  Json json;
  json["name"] = trace.name;
  json["layers"] = trace.layers.size();
  json["nnz"] = work.nnz;
  json["macs"] = work.macs;
  json["dense_macs"] = work.dense_macs;
  return json;
}

Json result_json(const Json& document, const Trace& trace, Machine& machine) {
  Json json = roomy_object();
  json["schema"] = kResultSchema;
  json["config"] = config_json(document, trace);
  json["config_sha256"] = sha256_hex(json["config"].dump());
  json["workload"] = workload_json(trace);
  json["cycles"]["total"] = machine.total_cycles();
  json["time_us"] = double(machine.total_cycles()) / (double(machine.clock_khz()) * 1e3) * 1e6;
  machine.write_report(json);
  machine.write_values(json["values"]);
  return json;
}

}  // namespace

Json simulate_on(const MachineMaker& make, const Json& document, const Trace& trace,
                 HostCost* cost) {
  const std::clock_t start = std::clock();
  const SimContext context;
  const std::unique_ptr<Machine> machine = make();
  machine->run();
  if (cost != nullptr) {
    cost->cpu_seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    cost->cycles = machine->total_cycles();
    cost->num_wakeups = machine->num_wakeups();
  }
  return result_json(document, trace, *machine);
}

Json simulate(const RunConfig& run, const SimulationOptions& options, HostCost* cost) {
  const auto make = [&] {
    auto machine = make_machine(run.settings, run.trace, options.with_values, options.mode);
    if (options.before_run) options.before_run(*machine);
    return machine;
  };
  return simulate_on(make, run.machine, run.trace, cost);
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
