// SPDX-License-Identifier: Apache-2.0
// Timeline and waveform of a run show each cycle of each block once, under the reason under which
// the result counts it, and are the same bytes however the run is executed.
#include <catch2/catch.hpp>
#include <iostream>

#include "sim/driver/simulation.hpp"
#include "sim/driver/timeline/timeline_file.hpp"
#include "sim/driver/timeline/vcd_file.hpp"
#include "test/support/temp_folder.hpp"
#include "test/system/random_machines.hpp"
#include "test/system/random_sanger.hpp"
#include "test/system/random_spatten.hpp"
#include "test/system/random_tokens.hpp"
#include "test/system/runs.hpp"
#include "test/system/view_parsers.hpp"

namespace vitcod::test::run_views_test {
namespace {

struct Shown {
  Json result;
  std::string timeline;
  std::string vcd;
};

Shown show(const RunConfig& run, const RunMode& mode, const CycleWindow& window = {}) {
  const TempFolder folder;
  // So few that most runs set changes aside.
  CycleRecorder recorder(window, folder / "file", 5000);
  SimulationOptions options;
  options.with_values = false;
  options.mode = mode;
  options.before_run = [&](Machine& machine) { recorder.listen_to(machine); };
  Shown shown;
  shown.result = simulate(run, options);
  recorder.finish(shown.result["blocks"]);
  const auto written = [&](auto write) {
    AtomicFile file(folder / "file");
    write(recorder, file);
    file.commit();
    return read_file(folder / "file");
  };
  shown.timeline = written(write_timeline);
  shown.vcd = written(write_vcd);
  return shown;
}

void expect_true_views(const RunConfig& run) {
  const Shown shown = show(run, {});
  const ReadView wave = read_vcd(shown.vcd, shown.result);
  CHECK(wave.fault == "");
  CHECK(wave.cycles == cycles_of(shown.result, true));
  const ReadView timeline = read_timeline(shown.timeline);
  CHECK(timeline.fault == "");
  CHECK(timeline.cycles == cycles_of(shown.result, false));
  SimulationOptions plain;
  plain.with_values = false;
  CHECK((simulate(run, plain).dump() == shown.result.dump()));
  for (const bool stepped : {false, true}) {
    RunMode mode;
    mode.stepped = stepped;
    mode.reversed = true;
    const Shown other = show(run, mode);
    // In brackets: a difference would print both files.
    CHECK((other.timeline == shown.timeline));
    CHECK((other.vcd == shown.vcd));
  }
}

void expect_true_over(const char* test, std::uint64_t first, std::uint64_t count, std::size_t least,
                      RunConfig (*run_of)(std::uint64_t seed)) {
  const auto seeds = random_seeds(test, first, count);
  std::size_t num_run = 0;
  for (const std::uint64_t seed : seeds) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    try {
      expect_true_views(run_of(seed));
      ++num_run;
    } catch (const InputError&) {
      // The machine contradicts itself or is too small for the workload.
    }
  }
  std::cout << test << ": " << num_run << " of " << seeds.size() << " run\n";
  if (seeds.size() > 1) CHECK(num_run >= least);
}

}  // namespace

TEST_CASE("timeline and waveform of random ViTCoD machines add up to the result, in every mode") {
  expect_true_over("views", 21001, 16, 8,
                   [](std::uint64_t seed) { return random_run(seed).config(); });
}

TEST_CASE("timeline and waveform of runs that drop tokens, whole models too, add up") {
  expect_true_over("views of kept tokens", 21101, 16, 6,
                   [](std::uint64_t seed) { return random_token_run(seed).config(); });
}

TEST_CASE("timeline and waveform of random dense machines add up to the result, in every mode") {
  expect_true_over("views of dense machines", 21201, 12, 6, [](std::uint64_t seed) {
    const RandomRun run = random_run(seed);
    return run.config_with(dense_machine_with(run.machine));
  });
}

TEST_CASE("timeline and waveform of random Sanger machines add up to the result, in every mode") {
  expect_true_over("views of Sanger machines", 21301, 16, 6,
                   [](std::uint64_t seed) { return random_sanger_run(seed).config(); });
}

TEST_CASE("timeline and waveform of random SpAtten machines add up to the result, in every mode") {
  expect_true_over("views of SpAtten machines", 21401, 16, 6,
                   [](std::uint64_t seed) { return random_spatten_run(seed).config(); });
  expect_true_over("views of SpAtten machines with whole models", 21501, 10, 3,
                   [](std::uint64_t seed) { return random_spatten_model_run(seed).config(); });
}

TEST_CASE("windows that follow each other show each cycle of the run once") {
  const RunConfig run = default_run({"/workload/layers=[3]"});
  const Shown whole = show(run, {});
  const Cycle end = whole.result["cycles"]["total"];
  CyclesByBlock wave;
  CyclesByBlock timeline;
  const std::vector<Cycle> cuts = {0, 1, 2, 3, 500, 501, end - 1, end + 7};
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    const Shown part = show(run, {}, {cuts[i], cuts[i + 1]});
    for (auto [view, sum] : {std::pair(read_vcd(part.vcd, part.result), &wave),
                             std::pair(read_timeline(part.timeline), &timeline)}) {
      CHECK(view.fault == "");
      for (const auto& [block, cycles] : view.cycles) {
        for (const auto& [reason, num] : cycles) (*sum)[block][reason] += num;
      }
    }
  }
  CHECK(wave == cycles_of(whole.result, true));
  CHECK(timeline == cycles_of(whole.result, false));
}

}  // namespace vitcod::test::run_views_test
