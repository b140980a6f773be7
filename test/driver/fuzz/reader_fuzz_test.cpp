// SPDX-License-Identifier: Apache-2.0
// Each reader on inputs that were changed at random: it takes them or refuses them with an
// InputError, soon and in little memory. Nothing is simulated. 1,000 inputs a reader; for more:
//
//   VITCOD_FUZZ_NUM=10000 VITCOD_FUZZ_SEED=7 build/release/test/vitcod_test_driver "[fuzz]"
//
// An input depends on seed, reader and number alone, so what is reported can be made again.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>

#include "hw_models/bill_of_materials/area_config.hpp"
#include "hw_models/dram/dram_config.hpp"
#include "hw_models/dram/dram_trace.hpp"
#include "hw_models/energy/energy_config.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/npy.hpp"
#include "sim/base/presets.hpp"
#include "sim/baseline/baseline_file.hpp"
#include "sim/driver/golden/golden_cases.hpp"
#include "sim/driver/golden/result_diff.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/driver/sweep/sweep_config.hpp"
#include "test/driver/command_line.hpp"
#include "test/driver/fuzz/mutation.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"
#include "workloads/model_shape.hpp"
#include "workloads/workload.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod::test::reader_fuzz_test {
namespace {

const std::string kConfigs = source_dir() + "/configs/";

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

long peak_megabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

#ifdef __SANITIZE_ADDRESS__
const std::string kLimits = "timeout 10";  // the sanitizer takes all address space
#else
const std::string kLimits = "ulimit -v 1048576; timeout 10";
#endif

/// Reads a text. Throws InputError for what is wrong with it.
using Reader = std::function<void(const std::string&)>;
/// Makes a changed text.
using Mutation = std::function<std::string(Random&)>;

void fuzz(const std::string& name, const Mutation& mutation, const Reader& reader) {
  constexpr double kMaxSeconds = 10;
  constexpr long kMaxMegabytes = 1024;
  const std::uint64_t num = from_environment("VITCOD_FUZZ_NUM", 1000);
  const std::uint64_t seed = from_environment("VITCOD_FUZZ_SEED", 1);
  std::uint64_t num_refused = 0;
  for (std::uint64_t i = 0; i < num; ++i) {
    Random random(seed, name + "/" + std::to_string(i));
    const std::string text = mutation(random);
    INFO(name << ", input " << i << " of seed " << seed << ":\n" << text.substr(0, 4000));
    const auto start = std::chrono::steady_clock::now();
    try {
      reader(text);
    } catch (const InputError& error) {
      ++num_refused;
      CHECK(!std::string(error.what()).empty());
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    REQUIRE(taken.count() < kMaxSeconds);
  }
  CHECK(num_refused > num / 10);
  CHECK(peak_megabytes() < kMaxMegabytes);
}

/// Half of the inputs are changed as documents, half as texts.
void fuzz_json(const std::string& name, const Json& good, const Reader& reader) {
  const std::string text = good.dump(1);
  const auto mutation = [&](Random& random) {
    return random.uniform_below(2) == 0 ? mutate_json(random, good).dump()
                                        : mutate_text(random, text);
  };
  REQUIRE_NOTHROW(reader(text));
  fuzz(name, mutation, reader);
}

template <typename Config>
Reader reader_of() {
  return [](const std::string& text) { read_config<Config>(parse_json(text, "text")); };
}

Json config(const std::string& file) { return read_json_file(kConfigs + file); }

void read_run_text(const std::string& text) {
  const RunDocument document =
      resolve_run(parse_json(text, "text"), kConfigs + "machines", "run", {});
  RunConfig run;
  read_machine(document, run);
  if (!document.workload.is_null()) read_config<WorkloadSpec>(document.workload);
}

/// Two heads of 4 x 4 entries.
Json small_workload() {
  return Json::parse(R"({"scope": "attention", "maps": {"kind": "dense"},
    "polarization": {"theta_d": 2}, "model": {
    "name": "small", "source": "test", "prefix_tokens": 0, "image_size": 1, "stem": [],
    "activation": "none", "classes": 1, "groups": [{"name": "block", "num_blocks": 1, "heads": 2,
      "query_grid": [2, 2], "key_grid": [2, 2], "key_dim": 8, "value_dim": 8,
      "auto_encoder_heads": 0, "width_in": 1, "width_out": 1, "mlp_hidden": 1,
      "residual": true}]}})");
}

/// A class token and 2 x 2 patches of 2 x 2 pixels, all the way to 3 classes.
Json small_whole_workload() {
  return Json::parse(R"({"scope": "model", "maps": {"kind": "dense"},
    "polarization": {"theta_d": 2}, "model": {
    "name": "small", "prefix_tokens": 1, "image_size": 4,
    "stem": [{"in_channels": 3, "out_channels": 6, "kernel": 2, "stride": 2}],
    "activation": "gelu", "classes": 3, "groups": [{"name": "block", "num_blocks": 1, "heads": 2,
      "query_grid": [2, 2], "key_grid": [2, 2], "key_dim": 4, "value_dim": 4,
      "auto_encoder_heads": 1, "width_in": 6, "width_out": 6, "mlp_hidden": 8,
      "residual": true}]}})");
}

}  // namespace

TEST_CASE("changed run configs are read or refused", "[fuzz]") {
  Json run;
  run["machine"] = config("machines/vitcod.json");
  run["workload"] = config("workloads/deit-tiny.json");
  fuzz_json("run", run, read_run_text);
}

TEST_CASE("changed machines are read or refused", "[fuzz]") {
  const RunDocument good = resolve_run(config("vitcod.json"), kConfigs, "run", {});
  fuzz_json("machine", good.machine, [&](const std::string& text) {
    RunDocument document = good;
    document.machine = resolve_presets(parse_json(text, "text"), kConfigs);
    RunConfig run;
    read_machine(document, run);
  });
}

TEST_CASE("changed workloads are read or refused", "[fuzz]") {
  Json workload = small_workload();
  workload["layers"] = {0};
  fuzz_json("workload", workload, reader_of<WorkloadSpec>());
}

TEST_CASE("changed models are read or refused", "[fuzz]") {
  fuzz_json("model", config("models/levit-128.json"), reader_of<ModelConfig>());
}

TEST_CASE("changed memories are read or refused", "[fuzz]") {
  fuzz_json("dram", config("dram/ddr4-2400.json"), reader_of<DramConfig>());
}

TEST_CASE("changed tables of areas and energies are read or refused", "[fuzz]") {
  fuzz_json("area", config("area/28nm.json"), reader_of<AreaConfig>());
  fuzz_json("energy", config("energy/28nm.json"), reader_of<EnergyConfig>());
}

TEST_CASE("changed sweeps are read or refused", "[fuzz]") {
  const Json sweep = Json::parse(R"({
    "run": "run.json",
    "axes": [{"name": "lines", "pointer": "/machine/mac_lines/lines", "values": [16, 32]},
             {"name": "kb", "range": {"from": 1, "to": 8, "step": 1}},
             {"zip": [{"name": "a", "pointer": "/machine/a", "values": ["x", "y"]},
                      {"name": "b", "pointers": ["/machine/b"],
                       "log_range": {"from": 1, "to": 2, "count": 2}}]},
             {"name": "off", "variants": {"none": {}, "all": {"/machine/c": false}}}],
    "derived": [{"name": "bytes", "expression": "kb * 1024", "pointer": "/machine/d"}],
    "constraints": ["lines * kb < 100 || a == 'x'"],
    "sampling": {"kind": "random", "count": 3, "seed": 1},
    "objectives": [{"figure": "lines", "goal": "minimize"}],
    "front_per": ["a"], "figures": {"hits": "/dram/row_hit_rate"}, "limits": {"seconds": 2.5}})");
  fuzz_json("sweep", sweep, reader_of<SweepConfig>());
}

TEST_CASE("changed golden cases are read or refused", "[fuzz]") {
  fuzz_json("golden", read_json_file(source_dir() + "/test/golden/cases.json"),
            reader_of<GoldenCases>());
}

TEST_CASE("changed baselines are read or refused", "[fuzz]") {
  fuzz_json("baseline", read_json_file(source_dir() + "/results/baselines/published-vitcod.json"),
            reader_of<BaselineFile>());
}

TEST_CASE("changed documents of traces are read or refused", "[fuzz]") {
  const TempFolder folder;
  write_trace(make_trace(small_workload(), ""), folder / "trace");
  const Json good = read_json_file(folder / "trace/trace.json");
  fuzz_json("trace", good, [&](const std::string& text) {
    write_file_atomically(folder / "trace/trace.json", text);
    read_trace(folder / "trace");
  });
}

TEST_CASE("changed documents of whole models' traces are read or refused", "[fuzz]") {
  const TempFolder folder;
  write_trace(make_trace(small_whole_workload(), ""), folder / "trace");
  const Json good = read_json_file(folder / "trace/trace.json");
  fuzz_json("whole trace", good, [&](const std::string& text) {
    write_file_atomically(folder / "trace/trace.json", text);
    read_trace(folder / "trace");
  });
}

TEST_CASE("changed whole models fit together or are refused", "[fuzz]") {
  fuzz_json("whole model", small_whole_workload()["model"], [](const std::string& text) {
    check_whole_model(read_config<ModelConfig>(parse_json(text, "text")));
  });
}

TEST_CASE("changed arrays are read or refused", "[fuzz]") {
  const TempFolder folder;
  const std::vector<std::uint32_t> values = {1, 2, 3, 4, 5, 6};
  write_npy(folder / "array.npy", values, {2, 3});
  const std::string good = read_file(folder / "array.npy");
  REQUIRE_NOTHROW(parse_npy(good, "array.npy"));
  fuzz(
      "npy", [&](Random& random) { return mutate_text(random, good); },
      [](const std::string& text) { parse_npy(text, "array.npy"); });
}

TEST_CASE("changed arrays of a trace are read or refused", "[fuzz]") {
  const TempFolder folder;
  write_trace(make_trace(small_workload(), ""), folder / "trace");
  const std::string file = (folder / "trace/map0_mask.npy").string();
  const std::string good = read_file(file);
  fuzz(
      "trace arrays", [&](Random& random) { return mutate_text(random, good); },
      [&](const std::string& text) {
        write_file_atomically(file, text);
        read_trace(folder / "trace");
      });
}

TEST_CASE("changed traces of addresses are read or refused", "[fuzz]") {
  const TempFolder folder;
  std::string good;
  for (int i = 0; i < 20; ++i) good += (i % 3 == 0 ? "W " : "R 0x") + std::to_string(64 * i) + "\n";
  fuzz(
      "dram trace", [&](Random& random) { return mutate_text(random, good); },
      [&](const std::string& text) {
        write_file_atomically(folder / "trace", text);
        read_dram_trace(folder / "trace");
      });
}

TEST_CASE("changed results are compared or refused", "[fuzz]") {
  const TempFolder folder;
  const std::string kept = source_dir() + "/test/golden/expected/default.json";
  const Json good = read_json_file(kept);
  fuzz_json("result", good, [&](const std::string& text) {
    write_file_atomically(folder / "result.json", text);
    for (const Difference& each : diff_results(kept, folder / "result.json").results) {
      CHECK(!describe(each).empty());
    }
  });
}

TEST_CASE("changed inputs end the program with exit status 0 or 2, and one line", "[fuzz]") {
  // A process each, so few of them.
  const std::uint64_t num = from_environment("VITCOD_FUZZ_NUM", 1000) / 50;
  const std::uint64_t seed = from_environment("VITCOD_FUZZ_SEED", 1);
  const TempFolder folder;
  Json run;
  run["machine"] = {{"preset", kConfigs + "machines/vitcod.json"}};
  run["workload"] = small_workload();
  const std::string file = (folder / "run.json").string();
  for (std::uint64_t i = 0; i < num; ++i) {
    Random random(seed, "program/" + std::to_string(i));
    const std::string text = mutate_text(random, run.dump());
    write_file_atomically(file, text);
    const Outcome outcome = run_program("run " + quoted(file), kLimits);
    INFO("input " << i << " of seed " << seed << ":\n" << text << "\n" << outcome.err);
    CHECK((outcome.status == 0 || outcome.status == 2));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') ==
          (outcome.status == 0 ? 0 : 1));
  }
}

}  // namespace vitcod::test::reader_fuzz_test
