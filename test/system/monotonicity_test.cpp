// SPDX-License-Identifier: Apache-2.0
// More hardware does not cost cycles: each knob of random machines is doubled alone (or halved).
// There are exceptions, all of three kinds, and each is bounded here.
//
// 1. The plan changes. The planner (hw_models/compiler) takes the cuts of all layers with which it
//    predicts the program to end first. The prediction leaves out stalls within phases and what the
//    rest of the machine does to DRAM, so that of two nearly equal cuts it may take the slower one.
// 2. The plan is the same and requests meet in other cycles. Queues that serve the oldest first
//    serve in another order then (Graham's anomaly of list scheduling: lines that are done earlier
//    take other segments), and the DRAM sees other things: whether a row is still open, on which
//    side of a turn of the data bus or of a refresh a burst falls. More channels spread a stretch
//    over more rows, each of which must be opened; with few packets in flight and rows closed early
//    that costs more than the bandwidth gains. With room for Q beside K their packets alternate
//    (dma), and if rows are closed early each finds its row closed.
// 3. More lines may lay a denser block out in more stripes, with fewer columns beside each other,
//    so that Q rows are read more often; with few and narrow banks the reads bound the phase.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>

#include "sim/base/errors.hpp"
#include "sim/driver/simulation.hpp"
#include "test/system/random_machines.hpp"

namespace vitcod::monotonicity_test {
namespace {

/// A change of the machine that gives it more of one thing.
struct Knob {
  const char* name;
  std::vector<const char*> pointers;  ///< numbers to double
  double same_plan;                   ///< most that it may cost, as a share of the cycles
  double other_plan;                  ///< the same where layers are cut otherwise
  std::uint64_t most = 1U << 20U;     ///< end of the number's range
  bool less_is_more = false;          ///< numbers to halve
};

constexpr double kNever = 0.0;  ///< the knob does not enter into the plan

const std::vector<Knob>& knobs() {
  static const std::vector<Knob> list = {
      {"MAC lines", {"/mac_lines/lines"}, 0.25, 0.25},
      {"MACs of a line", {"/mac_lines/macs_per_line"}, 0.12, 0.25},
      {"input buffer", {"/input_buffer/capacity_bytes"}, 0.10, 0.25},
      {"output buffer", {"/output_buffer/capacity_bytes"}, 0.03, 0.25},
      {"index buffer", {"/sparser_engine/index_buffer/capacity_bytes"}, 0.03, 0.25},
      {"banks",
       {"/denser_engine/qv_buffer/banks", "/denser_engine/ks_buffer/banks",
        "/sparser_engine/qv_buffer/banks", "/sparser_engine/ks_buffer/banks"},
       0.10,
       0.25,
       4096},
      {"ports of banks",
       {"/denser_engine/qv_buffer/ports_per_bank", "/denser_engine/ks_buffer/ports_per_bank",
        "/sparser_engine/qv_buffer/ports_per_bank", "/sparser_engine/ks_buffer/ports_per_bank"},
       0.10,
       0.25,
       8},
      {"ways to the lines",
       {"/denser_engine/qv_buffer/ways", "/denser_engine/ks_buffer/ways",
        "/sparser_engine/qv_buffer/ways", "/sparser_engine/ks_buffer/ways"},
       0.10,
       0.25,
       4096},
      {"ports of S",
       {"/denser_engine/score_buffer/banks", "/sparser_engine/score_buffer/banks",
        "/denser_engine/score_buffer/ways", "/sparser_engine/score_buffer/ways",
        "/denser_engine/score_buffer/table_banks", "/sparser_engine/score_buffer/table_banks"},
       0.10,
       0.25,
       4096},
      {"K rows of a line", {"/mac_lines/key_registers"}, 0.06, kNever, 2},
      {"reach of the ways",
       {"/denser_engine/qv_buffer/line_groups", "/denser_engine/ks_buffer/line_groups",
        "/denser_engine/score_buffer/line_groups", "/sparser_engine/qv_buffer/line_groups",
        "/sparser_engine/ks_buffer/line_groups", "/sparser_engine/score_buffer/line_groups",
        "/query_forwarding/line_groups"},
       0.10,
       0.25,
       1,
       true},
      {"forwarding width", {"/query_forwarding/requests_per_cycle"}, 0.03, 0.25},
      {"index look-ups", {"/sparser_engine/index_buffer/reads_per_cycle"}, 0.12, 0.25},
      {"buffer ports",
       {"/weight_buffer/port_bytes_per_cycle", "/input_buffer/port_bytes_per_cycle",
        "/output_buffer/port_bytes_per_cycle"},
       0.10,
       0.25},
      {"crossbar", {"/crossbar/port_bytes_per_cycle"}, 0.10, 0.25},
      {"score rate",
       {"/denser_engine/score_unit/scores_per_cycle",
        "/sparser_engine/score_unit/scores_per_cycle"},
       0.06,
       0.25},
      {"normaliser rate",
       {"/normaliser/features_per_cycle", "/normaliser/merge_rows_per_cycle"},
       0.10,
       0.25},
      {"row queues", {"/normaliser/row_queue_depth"}, 0.06, kNever},
      {"decoder lines", {"/decoder/lines"}, 0.06, 0.25},
      {"decoder width", {"/decoder/write_bytes_per_cycle"}, 0.10, 0.25},
      {"packets in flight", {"/dma/read_packets", "/dma/write_packets"}, 0.12, 0.25},
      {"DRAM channels", {"/dram/organization/channels"}, 0.25, 0.25},
      {"DRAM clock", {"/dram/clock_khz"}, 0.06, 0.25, 1U << 27U},
      {"core clock", {"/clock_khz"}, 0.12, 0.25, 1U << 27U},
  };
  return list;
}

struct Run {
  double cost = 0;  ///< cycles; with another core clock time, in cycles of the first machine
  Json plan;        ///< what differs if layers are cut otherwise
};

Run run_on(const test::RandomRun& random, const Json& machine) {
  SimulationOptions options;
  options.with_values = false;
  const Json result = simulate(random.config_with(machine), options);
  const double clocks =
      random.machine["clock_khz"].get<double>() / machine["clock_khz"].get<double>();
  return {result["cycles"]["total"].get<double>() * clocks,
          {result["traffic"], result["blocks"]["controller"]["units"],
           result["blocks"]["gemm_engine"]["kernels"]}};
}

Json with_more(const Json& machine, const Knob& knob) {
  Json more = machine;
  for (const char* pointer : knob.pointers) {
    Json& number = more[Json::json_pointer(pointer)];
    const auto value = number.get<std::uint64_t>();
    number = knob.less_is_more ? std::max<std::uint64_t>(value / 2, knob.most)
                               : std::min(2 * value, knob.most);
  }
  return more;
}

/// Cycles that any run may lose by chance: a refresh and a row cycle on its critical path.
double chance_cycles(const Json& machine) {
  constexpr double kRowCycle = 100;
  const auto dram = read_config<DramConfig>(machine["dram"]);
  const double clocks = dram.refresh.all_bank_clocks + kRowCycle;
  return clocks * machine["clock_khz"].get<double>() / machine["dram"]["clock_khz"].get<double>();
}

struct Tally {
  std::size_t num_runs = 0;
  std::size_t num_faster = 0;
  std::size_t num_slower = 0;
  double before = 0;
  double after = 0;
  double worst = 1;
  std::uint64_t worst_seed = 0;
};

/// What the compiler may give of the fastest plan's time for a plan that moves fewer bytes.
constexpr double kGivenForBytes = 0.02;

void try_knob(const Knob& knob, const test::RandomRun& random, const Run& before, Tally& tally) {
  const Run after = run_on(random, with_more(random.machine, knob));
  const bool same_plan = after.plan == before.plan;
  const double tolerance = same_plan ? knob.same_plan : knob.other_plan;
  INFO("VITCOD_RANDOM_SEED=" << random.seed << ", more of " << knob.name << ", "
                             << (same_plan ? "same plan" : "another plan"));
  if (!same_plan) CHECK(knob.other_plan != kNever);
  CHECK(after.cost <= before.cost * (1 + tolerance) + chance_cycles(random.machine));
  ++tally.num_runs;
  tally.num_faster += after.cost < before.cost ? 1 : 0;
  tally.num_slower += after.cost > before.cost * (same_plan ? 1 : 1 + kGivenForBytes) ? 1 : 0;
  tally.before += before.cost;
  tally.after += after.cost;
  if (after.cost > before.cost * tally.worst) {
    tally.worst = after.cost / before.cost;
    tally.worst_seed = random.seed;
  }
}

/// The same with ways that reach all lines, and two K rows a line.
test::RandomRun wide(test::RandomRun random) {
  for (const Knob& knob : knobs()) {
    if (!knob.less_is_more) continue;
    for (const char* pointer : knob.pointers) {
      random.machine[Json::json_pointer(pointer)] = knob.most;
    }
  }
  random.machine["mac_lines"]["key_registers"] = 2;
  return random;
}

/// Machines whose ways reach some lines alone are in the tallies of the knobs that are about that.
bool is_of_reach(const Knob& knob) { return knob.less_is_more || knob.most == 2; }

}  // namespace

TEST_CASE("more of one thing seldom costs cycles, never many, and helps on the whole") {
  const auto seeds = test::random_seeds("monotonicity", 3001, 200);
  std::vector<Tally> tallies(knobs().size());
  for (const std::uint64_t seed : seeds) {
    const test::RandomRun random = test::random_run(seed);
    const test::RandomRun all = wide(random);
    Run before, before_all;
    try {
      before = run_on(random, random.machine);
      before_all = run_on(all, all.machine);
    } catch (const InputError&) {
      continue;
    }
    for (std::size_t k = 0; k < knobs().size(); ++k) {
      const bool of_reach = is_of_reach(knobs()[k]);
      try_knob(knobs()[k], of_reach ? random : all, of_reach ? before : before_all, tallies[k]);
    }
  }
  for (std::size_t k = 0; k < knobs().size(); ++k) {
    const Tally& tally = tallies[k];
    INFO(knobs()[k].name);
    std::cout << fmt::format(
        "  {:18} {:4} runs: {:4} faster, {:3} slower, at most {:.3f} (seed {})\n", knobs()[k].name,
        tally.num_runs, tally.num_faster, tally.num_slower, tally.worst, tally.worst_seed);
    if (seeds.size() == 1) continue;
    CHECK(tally.after <= tally.before);
    CHECK(tally.num_slower * 5 <= tally.num_runs);
  }
}

}  // namespace vitcod::monotonicity_test
