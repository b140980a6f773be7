// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/simulation.hpp"

#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "hw_models/accelerators/make_machine.hpp"
#include "sim/kernel/sim_context.hpp"
#include "workloads/attention_work.hpp"

namespace vitcod {
namespace {

std::string text_of_config(const std::string& machine, const Trace& trace) {
  return fmt::format(R"({{"machine":{},"workload":{}}})", machine,
                     Json::parse(trace.provenance).dump());
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

Json result_json(const std::string& config, const Trace& trace, Machine& machine) {
  Json json = roomy_object();
  json["schema"] = kResultSchema;
  json["config"] = nullptr;
  json["config_sha256"] = sha256_hex(config);
  json["workload"] = workload_json(trace);
  json["cycles"]["total"] = machine.total_cycles();
  json["time_us"] = double(machine.total_cycles()) / (double(machine.clock_khz()) * 1e3) * 1e6;
  machine.write_report(json);
  machine.write_values(json["values"]);
  return json;
}

SimulatedRun simulate_config(const RunConfig& run, const SimulationOptions& options) {
  const auto make = [&] {
    auto machine = make_machine(run.settings, run.trace, options.with_values, options.mode);
    if (options.before_run) options.before_run(*machine);
    return machine;
  };
  return simulate_on(make, run.machine_text, run.trace);
}

}  // namespace

SimulatedRun simulate_on(const MachineMaker& make, const std::string& machine_text,
                         const Trace& trace) {
  SimulatedRun run;
  const std::clock_t start = std::clock();
  const SimContext context;
  const std::unique_ptr<Machine> machine = make();
  machine->run();
  run.cost.cpu_seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  run.cost.cycles = machine->total_cycles();
  run.cost.num_wakeups = machine->num_wakeups();
  run.config = text_of_config(machine_text, trace);
  run.result = result_json(run.config, trace, *machine);
  return run;
}

Json whole_result(SimulatedRun run) {
  run.result["config"] = Json::parse(run.config);
  return std::move(run.result);
}

Json simulate(const RunConfig& run, const SimulationOptions& options) {
  return whole_result(simulate_config(run, options));
}

SimulatedRun simulate_named(const std::string& name, const RunConfig& run,
                            const SimulationOptions& options) {
  try {
    return simulate_config(run, options);
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
