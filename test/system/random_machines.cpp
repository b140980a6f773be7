// SPDX-License-Identifier: Apache-2.0
#include "test/system/random_machines.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>

#include "sim/base/config_reader.hpp"
#include "test/support/source_tree.hpp"
#include "test/system/random_workloads.hpp"
#include "test/system/runs.hpp"

namespace vitcod::test {
namespace {

constexpr std::uint32_t kMostMacsPerCycle = 96 * 16;

void draw_lines(Random& random, std::uint64_t work, Json& machine) {
  constexpr std::uint64_t kCycles = 20'000;
  const std::uint64_t least = std::min<std::uint64_t>(work / kCycles + 1, kMostMacsPerCycle);
  std::uint32_t lines = 1;
  std::uint32_t macs = 1;
  do {
    lines = one_in(random, 4) ? uniform(random, 1, 4) : uniform(random, 1, 96);
    macs = log_uniform(random, 1, 16);
  } while (std::uint64_t{lines} * macs < least);
  machine["mac_lines"]["lines"] = lines;
  machine["mac_lines"]["macs_per_line"] = macs;
  machine["mac_lines"]["pipeline_cycles"] = uniform(random, 0, 9);
  machine["mac_lines"]["reconfigure_cycles"] = one_in(random, 3) ? 0 : uniform(random, 1, 20);
}

void draw_controller(Random& random, Json& machine) {
  Json& controller = machine["controller"];
  controller["two_engines"] = !one_in(random, 5) && machine["mac_lines"]["lines"] >= 2;
  controller["dynamic_split"] = !one_in(random, 4);
  controller["query_forwarding"] = !one_in(random, 3);
  controller["prefetch_units"] = uniform(random, 0, 3);
  controller["mask_denser_block"] = !one_in(random, 4);
}

void draw_normaliser(Random& random, Json& machine) {
  Json& normaliser = machine["normaliser"];
  normaliser["features_per_cycle"] = log_uniform(random, 1, 80);
  normaliser["merge_rows_per_cycle"] = log_uniform(random, 1, 16);
  normaliser["rows_buffered"] = log_uniform(random, 2, 40);
  normaliser["row_queue_depth"] = log_uniform(random, 1, 8);
  normaliser.erase("carried_bytes_per_cycle");  // key_tiles_test.cpp has machines that cut keys
}

/// Buffers that the workload fits, or nearly: staging for a few packets, and capacity for units.
void draw_buffers(Random& random, Json& machine) {
  const std::uint32_t packet = machine["dma"]["packet_bytes"];
  const std::uint32_t rows = machine["normaliser"]["rows_buffered"];
  const std::uint32_t partial_rows = 2 * rows * (4 * kMostFeatures + 4);
  for (const char* name : {"weight_buffer", "input_buffer", "output_buffer"}) {
    Json& buffer = machine[name];
    const std::uint32_t staging = packet * log_uniform(random, 1, 8) + uniform(random, 0, 100);
    buffer["staging_bytes"] = one_in(random, 100) ? packet - 1 : staging;
    buffer["port_bytes_per_cycle"] = log_uniform(random, 4, 300);
    buffer["capacity_bytes"] = staging;
    buffer["bank_bytes"] = log_uniform(random, 1, 200);
  }
  const auto add = [&](const char* name, std::uint32_t bytes) {
    machine[name]["capacity_bytes"] = machine[name]["capacity_bytes"].get<std::uint32_t>() + bytes;
  };
  add("input_buffer", log_uniform(random, 600, 40'000));
  add("output_buffer", partial_rows + log_uniform(random, 150, 20'000));
  machine["crossbar"]["port_bytes_per_cycle"] = log_uniform(random, 4, 300);
}

void draw_dma(Random& random, Json& machine) {
  const Json& memory = machine["dram"]["organization"];
  const std::uint32_t burst = memory["burst_length"].get<std::uint32_t>() *
                              memory["bus_width_bits"].get<std::uint32_t>() / 8;
  Json& dma = machine["dma"];
  dma["packet_bytes"] = burst * log_uniform(random, 1, 16);
  if (one_in(random, 100)) dma["packet_bytes"] = burst + 1;
  dma["read_packets"] = log_uniform(random, 1, 32);
  dma["write_packets"] = log_uniform(random, 1, 16);
  dma["channel_queue_depth"] = log_uniform(random, 1, 8);
}

void draw_engine(Random& random, std::uint32_t fraction_bits, Json& engine) {
  for (const char* name : {"qv_buffer", "ks_buffer"}) {
    engine[name]["banks"] = log_uniform(random, 1, 20);
    engine[name]["ports_per_bank"] = uniform(random, 1, 3);
    engine[name]["bytes_per_access"] = log_uniform(random, 4, 64);
    engine[name]["ways"] = log_uniform(random, 1, 16);
    engine[name]["network_cycles"] = uniform(random, 0, 3);
  }
  Json& scores = engine["score_buffer"];
  scores["banks"] = log_uniform(random, 1, 20);
  scores["ports_per_bank"] = uniform(random, 1, 3);
  scores["bytes_per_access"] = log_uniform(random, 8, 32);
  scores["ways"] = log_uniform(random, 1, 20);
  scores["network_cycles"] = uniform(random, 0, 3);
  scores["table_rows"] = log_uniform(random, 4, 2000);
  scores["table_banks"] = log_uniform(random, 1, 20);
  scores["table_ports"] = uniform(random, 1, 4);
  engine["score_unit"]["scores_per_cycle"] = log_uniform(random, 1, 40);
  engine["score_unit"]["latency_cycles"] = uniform(random, 1, 12);
  engine["score_unit"]["operand_fraction_bits"] = fraction_bits;
}

void draw_engines(Random& random, Json& machine) {
  const std::uint32_t fraction_bits = uniform(random, 0, 7);
  draw_engine(random, fraction_bits, machine["denser_engine"]);
  draw_engine(random, fraction_bits, machine["sparser_engine"]);
  Json& engine = machine["sparser_engine"];
  engine["index_buffer"]["capacity_bytes"] = log_uniform(random, 150, 20'000);
  engine["index_buffer"]["reads_per_cycle"] = uniform(random, 1, 5);
  engine["spmm_controller"]["column_order"] = pick(random, {"natural", "longest_first"});
  engine["spmm_controller"]["max_segment_rows"] = one_in(random, 3) ? 0 : uniform(random, 1, 20);
  Json& forwarding = machine["query_forwarding"];
  forwarding["requests_per_cycle"] = log_uniform(random, 1, 10);
  random.uniform_below(3);  // of a number that is no more: the other draws stay what they were
  forwarding["latency_cycles"] = uniform(random, 0, 4);
  Json& decoder = machine["decoder"];
  decoder["lines"] = log_uniform(random, 1, 16);
  decoder["macs_per_line"] = log_uniform(random, 1, 8);
  decoder["latency_cycles"] = uniform(random, 1, 12);
  decoder["write_bytes_per_cycle"] = log_uniform(random, 2, 128);
  const std::uint32_t weight_fraction_bits = uniform(random, 0, 7);
  decoder["fraction_bits"] = weight_fraction_bits;
  Json& encoder = machine["encoder"];
  encoder["lines"] = log_uniform(random, 1, 16);
  encoder["macs_per_line"] = log_uniform(random, 1, 8);
  encoder["latency_cycles"] = uniform(random, 1, 12);
  encoder["read_bytes_per_cycle"] = log_uniform(random, 2, 128);
  encoder["fraction_bits"] = weight_fraction_bits;
}

void draw_memory(Random& random, Json& memory) {
  memory["organization"]["channels"] = pick(random, {1, 2, 4, 8});
  if (one_in(random, 4)) memory["clock_khz"] = uniform(random, 300'000, 1'700'000);
  Json& controller = memory["controller"];
  const std::uint32_t writes = uniform(random, 2, 32);
  controller["read_queue_depth"] = log_uniform(random, 1, 32);
  controller["write_queue_depth"] = writes;
  controller["write_high_watermark"] = uniform(random, 2, writes);
  controller["write_low_watermark"] =
      uniform(random, 0, controller["write_high_watermark"].get<std::uint32_t>() - 1);
  controller["age_bound_clocks"] = log_uniform(random, 50, 5000);
  controller["page_policy"] = pick(random, {"open", "closed", "timeout"});
  controller["response_clocks"] = uniform(random, 0, 10);
  controller["response_depth"] = log_uniform(random, 1, 32);
  memory["address_map"] = pick(random, {"interleaved", "row_linear"});
}

/// As a rule a weight buffer that holds a chunk of W for all lines with its constants, also of
/// twice as many lines or MACs, and more.
void draw_linear(Random& random, Json& machine) {
  constexpr std::uint32_t kConstantBytes = 8;
  Json& gemm = machine["gemm_engine"];
  gemm["accumulator_rows"] = log_uniform(random, 1, 50);
  gemm["accumulator_files"] = uniform(random, 1, 2);
  gemm["weight_bytes_per_cycle"] = log_uniform(random, 2, 300);
  gemm["input_bytes_per_cycle"] = log_uniform(random, 1, 20);
  gemm["write_bytes_per_cycle"] = log_uniform(random, 4, 300);
  gemm["drain_lanes"] = log_uniform(random, 1, 40);
  gemm["drain_latency_cycles"] = uniform(random, 1, 9);
  Json& norm = machine["layer_norm"];
  norm["lanes"] = log_uniform(random, 1, 100);
  norm["read_bytes_per_cycle"] = log_uniform(random, 2, 200);
  norm["max_features"] = one_in(random, 20) ? 8 : uniform(random, 70, 300);
  norm["root_cycles"] = uniform(random, 1, 20);
  norm["latency_cycles"] = uniform(random, 1, 12);
  Json& buffer = machine["weight_buffer"];
  const std::uint32_t lines = machine["mac_lines"]["lines"];
  const std::uint32_t macs = machine["mac_lines"]["macs_per_line"];
  const std::uint32_t chunk =
      2 * lines * (macs + kConstantBytes) + 2 * buffer["bank_bytes"].get<std::uint32_t>();
  buffer["capacity_bytes"] = buffer["capacity_bytes"].get<std::uint32_t>() +
                             (one_in(random, 20) ? 0 : chunk + log_uniform(random, 1, 20'000));
}

/// Units of token selection; now and then one is too small.
void draw_token_units(Random& random, Json& machine) {
  Json& selector = machine["token_selector"];
  selector["macs"] = log_uniform(random, 1, 100);
  selector["read_bytes_per_cycle"] = log_uniform(random, 1, 100);
  selector["entries_per_cycle"] = log_uniform(random, 1, 16);
  selector["max_tokens"] = one_in(random, 20) ? 5 : uniform(random, 60, 300);
  selector["max_query_bytes"] = one_in(random, 20) ? 8 : uniform(random, 64, 300);
  selector["divide_cycles"] = uniform(random, 1, 20);
  selector["pass_latency_cycles"] = uniform(random, 1, 6);
  selector["latency_cycles"] = uniform(random, 1, 12);
  Json& gather = machine["token_gather"];
  gather["read_bytes_per_cycle"] = log_uniform(random, 1, 100);
  gather["write_bytes_per_cycle"] = log_uniform(random, 1, 100);
  gather["max_tokens"] = one_in(random, 20) ? 4 : uniform(random, 40, 300);
  gather["max_features"] = uniform(random, 70, 300);
  gather["new_bytes"] = one_in(random, 20) ? 4 : uniform(random, 20, 600);
  gather["latency_cycles"] = uniform(random, 1, 12);
}

/// The units behind the hub; now and then one is absent, or too small.
void draw_hub(Random& random, Json& machine) {
  machine["stream_hub"]["port_bytes_per_cycle"] = log_uniform(random, 4, 200);
  draw_token_units(random, machine);
  Json& lifting = machine["lifting"];
  lifting["lanes"] = log_uniform(random, 1, 20);
  lifting["read_bytes_per_cycle"] = log_uniform(random, 1, 100);
  lifting["write_bytes_per_cycle"] = log_uniform(random, 1, 100);
  lifting["max_patch_bytes"] = one_in(random, 20) ? 16 : uniform(random, 432, 800);
  lifting["latency_cycles"] = uniform(random, 1, 12);
  Json& filter = machine["index_filter"];
  filter["entries_per_cycle"] = log_uniform(random, 1, 16);
  filter["read_bytes_per_cycle"] = log_uniform(random, 1, 100);
  filter["max_tokens"] = one_in(random, 20) ? 8 : uniform(random, 40, 300);
  filter["latency_cycles"] = uniform(random, 1, 12);
  Json& pool = machine["average_pool"];
  pool["lanes"] = log_uniform(random, 1, 64);
  pool["read_bytes_per_cycle"] = log_uniform(random, 1, 100);
  pool["max_features"] = uniform(random, 70, 300);
  pool["max_tokens"] = uniform(random, 60, 300);
  pool["latency_cycles"] = uniform(random, 1, 12);
  if (one_in(random, 20)) machine.erase(pick(random, {"index_filter", "average_pool"}));
}

/// In half of the machines ways reach all lines, which hold two K rows; in the others drawn for
/// each.
void draw_reach(Random& random, Json& machine) {
  const bool reaches_all = one_in(random, 2);
  for (const char* engine : {"denser_engine", "sparser_engine"}) {
    for (const char* buffer : {"qv_buffer", "ks_buffer", "score_buffer"}) {
      const std::uint32_t groups = one_in(random, 3) ? 1 : log_uniform(random, 2, 16);
      machine[engine][buffer]["line_groups"] = reaches_all ? 1 : groups;
    }
  }
  const std::uint32_t groups = one_in(random, 3) ? 1 : log_uniform(random, 2, 16);
  machine["query_forwarding"]["line_groups"] = reaches_all ? 1 : groups;
  const std::uint32_t key_registers = uniform(random, 1, 2);
  machine["mac_lines"]["key_registers"] = reaches_all ? 2 : key_registers;
}

/// Two thirds of the machines can carry sums of linear layers.
void draw_carried_sums(Random& random, Json& machine) {
  const bool carries = !one_in(random, 3);
  const std::uint32_t bytes = log_uniform(random, 1, 600);
  Json& gemm = machine["gemm_engine"];
  gemm.erase("carried_bytes_per_cycle");
  if (carries) gemm["carried_bytes_per_cycle"] = bytes;
}

}  // namespace

std::uint32_t log_uniform(Random& random, std::uint32_t least, std::uint32_t most) {
  const double low = std::log(double(least));
  const double high = std::log(double(most) + 1.0);
  const double drawn = std::exp(low + random.uniform_real() * (high - low));
  return std::clamp(static_cast<std::uint32_t>(drawn), least, most);
}

Json machine_document(const std::string& dram) {
  static std::map<std::string, Json> documents;
  Json& document = documents[dram];
  if (document.is_null()) {
    const RunConfig run = load_run_config(std::string(source_dir()) + "/configs/vitcod.json",
                                          {"/machine/dram/preset=../dram/" + dram + ".json"});
    document = machine_of(run);
  }
  return document;
}

Json random_machine(Random& random, std::uint64_t work) {
  Json machine = machine_document(pick(random, {"ddr4-2400", "ddr4-2400", "ddr4-2400", "ddr4-3200",
                                                "hbm2-2000-pc", "lpddr4-3200", "lpddr5-6400"}));
  machine["clock_khz"] = pick(random, {500'000, 500'000, 1'000'000, 333'333, 250'000, 1'200'000,
                                       1'700'000, 700'001, 123'457});
  draw_lines(random, work, machine);
  draw_controller(random, machine);
  draw_normaliser(random, machine);
  draw_memory(random, machine["dram"]);
  draw_dma(random, machine);
  draw_buffers(random, machine);
  draw_engines(random, machine);
  draw_linear(random, machine);
  draw_hub(random, machine);
  draw_reach(random, machine);
  draw_carried_sums(random, machine);
  return machine;
}

Json dense_machine_with(const Json& vitcod) {
  Json machine = vitcod;
  machine["kind"] = "dense";
  machine["controller"] = {{"prefetch_units", vitcod["controller"]["prefetch_units"]}};
  machine["row_writer"] = {{"latency_cycles", vitcod["decoder"]["latency_cycles"]},
                           {"write_bytes_per_cycle", vitcod["decoder"]["write_bytes_per_cycle"]}};
  for (const char* block :
       {"sparser_engine", "query_forwarding", "decoder", "encoder", "index_filter"}) {
    machine.erase(block);
  }
  return machine;
}

RunConfig RandomRun::config_with(const Json& other_machine) const {
  RunConfig run;
  set_machine(run, other_machine);
  run.trace = trace;
  return run;
}

RandomRun random_run(std::uint64_t seed) {
  RandomRun run;
  run.seed = seed;
  Random workload_random(seed, "workload");
  run.trace = random_workload(workload_random);
  Random machine_random(seed, "machine");
  run.machine = random_machine(machine_random, dense_macs(run.trace));
  return run;
}

std::vector<std::uint64_t> random_seeds(const char* test, std::uint64_t first,
                                        std::uint64_t count) {
  std::vector<std::uint64_t> seeds;
  if (const char* chosen = std::getenv("VITCOD_RANDOM_SEED")) {
    seeds.push_back(std::strtoull(chosen, nullptr, 10));
  } else {
    for (std::uint64_t i = 0; i < count; ++i) seeds.push_back(first + i);
  }
  std::cout << test << ": seeds " << seeds.front() << " to " << seeds.back()
            << " (one alone: VITCOD_RANDOM_SEED)\n";
  return seeds;
}

}  // namespace vitcod::test
