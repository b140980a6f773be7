// SPDX-License-Identifier: Apache-2.0
// Presets within presets, for each part of a run, and settings that reach into them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/driver/run_config.hpp"
#include "test/driver/command_line.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::run_presets_test {
namespace {

using Catch::Contains;

const std::string kConfigs = source_dir() + "/configs/";

Json config(const std::string& name) { return read_json_file(kConfigs + name); }

class RunBench {
 public:
  void write(const std::string& name, const Json& json) const {
    write_file_atomically(folder_ / name, json.dump());
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  RunDocument resolve(const Json& run, const std::vector<std::string>& overrides = {}) const {
    std::vector<Setting> settings;
    settings.reserve(overrides.size());
    for (const std::string& text : overrides) settings.push_back(parse_setting(text));
    return resolve_run(run, folder_.path(), "run.json", settings);
  }
  std::string refusal(const Json& run, const std::vector<std::string>& overrides = {}) const {
    try {
      resolve(run, overrides);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

 private:
  TempFolder folder_;
};

/// A machine of a few lines, as an architect writes it.
Json wide_machine() {
  return {{"preset", kConfigs + "machines/vitcod.json"},
          {"mac_lines", {{"lines", 128}}},
          {"dram",
           {{"preset", kConfigs + "dram/lpddr5-6400.json"}, {"organization", {{"channels", 4}}}}}};
}

const std::string kWorkload = kConfigs + "workloads/deit-tiny.json";

}  // namespace

TEST_CASE("a machine with a preset takes another preset for a part of it") {
  const RunBench bench;
  bench.write("machine.json", wide_machine());
  const RunDocument run = bench.resolve({{"machine", "machine.json"}, {"workload", kWorkload}});
  Json dram = config("dram/lpddr5-6400.json");
  dram["organization"]["channels"] = 4;
  CHECK(run.machine["dram"] == dram);
  CHECK(run.machine["mac_lines"]["lines"] == 128);
  CHECK(run.machine["mac_lines"]["macs_per_line"] ==
        config("machines/vitcod.json")["mac_lines"]["macs_per_line"]);
  CHECK(run.machine["energy"] == config("energy/28nm.json"));
}

TEST_CASE("settings reach into presets within presets, before and after files are read") {
  const RunBench bench;
  bench.write("machine.json", wide_machine());
  bench.write("mine.json", {{"preset", "machine.json"}, {"clock_khz", 400000}});
  const Json run = {{"machine", "mine.json"}, {"workload", kWorkload}};
  const RunDocument set =
      bench.resolve(run, {"/machine/dram/preset=" + kConfigs + "dram/hbm2-2000-pc.json",
                          "/machine/dram/organization/channels=2", "/machine/mac_lines/lines=16"});
  Json dram = config("dram/hbm2-2000-pc.json");
  dram["organization"]["channels"] = 2;
  CHECK(set.machine["dram"] == dram);
  CHECK(set.machine["mac_lines"]["lines"] == 16);
  CHECK(set.machine["clock_khz"] == 400000);
  // A value may be an object with a preset too.
  const RunDocument object =
      bench.resolve(run, {"/machine/dram={\"preset\": \"" + kConfigs + "dram/ddr4-3200.json\"}"});
  CHECK(object.machine["dram"] == config("dram/ddr4-3200.json"));
  CHECK_THAT(bench.refusal(run, {"/machine/nothing/preset=x.json"}),
             Contains("--set /machine/nothing/preset=x.json: there is no /machine/nothing"));
}

TEST_CASE("a workload, and the model in it, may stand on presets") {
  const RunBench bench;
  bench.write("model.json", {{"preset", kConfigs + "models/deit-tiny.json"}, {"name", "mine"}});
  bench.write("workload.json", {{"preset", kWorkload},
                                {"model", {{"preset", "model.json"}, {"classes", 10}}},
                                {"layers", {1}}});
  const RunDocument run =
      bench.resolve({{"machine", wide_machine()},
                     {"workload", {{"preset", "workload.json"}, {"maps", {{"sparsity", 0.5}}}}}},
                    {"/workload/maps/seed=7"});
  Json model = config("models/deit-tiny.json");
  model["name"] = "mine";
  model["classes"] = 10;
  CHECK(run.workload["model"] == model);
  CHECK(run.workload["maps"] ==
        parse_json(R"({"kind": "generated", "sparsity": 0.5, "seed": 7})", "text"));
  CHECK(read_workload(run).layers.size() == 1);
}

TEST_CASE("a run may stand on a run: its parts are merged over, and files count from each") {
  const RunBench bench;
  bench.write("base.json", {{"preset", kConfigs + "vitcod.json"},
                            {"machine", {{"mac_lines", {{"lines", 32}}}}}});
  const RunDocument run = bench.resolve({{"preset", "base.json"},
                                         {"machine", {{"clock_khz", 250000}}},
                                         {"workload", {{"layers", {2}}}}});
  CHECK(run.machine["mac_lines"]["lines"] == 32);
  CHECK(run.machine["clock_khz"] == 250000);
  CHECK(run.machine["dram"]["organization"]["channels"] ==
        config("machines/vitcod.json")["dram"]["organization"]["channels"]);
  Json workload = config("workloads/deit-tiny.json");
  workload["layers"] = {2};
  CHECK(run.workload == workload);
  bench.write("machine.json", wide_machine());
  const RunDocument other = bench.resolve({{"preset", "base.json"}, {"machine", "machine.json"}});
  CHECK(other.machine["mac_lines"]["lines"] == 128);
}

TEST_CASE("runs and parts that name each other in a circle are refused with the chain of files") {
  const RunBench bench;
  bench.write("loopa.json", {{"preset", "loopb.json"}, {"clock_khz", 1}});
  bench.write("loopb.json", {{"preset", "loopa.json"}});
  const std::string chain = bench.path("loopa.json") + " -> " + bench.path("loopb.json") + " -> " +
                            bench.path("loopa.json");
  const Json machine = {{"preset", "loopa.json"}};
  CHECK_THAT(bench.refusal({{"machine", machine}, {"workload", kWorkload}}), Contains(chain));
  CHECK_THAT(bench.refusal({{"machine", wide_machine()}, {"workload", machine}}), Contains(chain));
  bench.write("run.json", {{"preset", "run.json"}});
  CHECK_THAT(bench.refusal({{"preset", "run.json"}}),
             Contains(bench.path("run.json") + " -> " + bench.path("run.json")));
  // The first file names itself as a part.
  bench.write("self.json", {{"preset", "self.json"}});
  const Outcome outcome = run_program("run " + quoted(kConfigs + "vitcod.json") + " --set " +
                                      quoted("/machine=" + bench.path("self.json")));
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Contains(bench.path("self.json") + " -> "));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

TEST_CASE("a chain of 64 presets is followed, a longer one and more than 1000 are refused") {
  const RunBench bench;
  bench.write("0.json", {{"clock_khz", 7}});
  for (int i = 1; i <= 64; ++i) {
    bench.write(std::to_string(i) + ".json", {{"preset", std::to_string(i - 1) + ".json"}});
  }
  const auto run_on = [](const Json& machine) {
    return Json{{"machine", machine}, {"workload", kWorkload}};
  };
  CHECK(bench.resolve(run_on({{"preset", "63.json"}})).machine["clock_khz"] == 7);
  CHECK_THAT(bench.refusal(run_on({{"preset", "64.json"}})),
             Contains("0.json: more than 64 presets within each other"));
  // Each of two objects names the next file, which has two objects again.
  for (int i = 1; i <= 10; ++i) {
    const Json next = {{"preset", std::to_string(i - 1) + ".json"}};
    bench.write(std::to_string(i) + ".json", {{"a", next}, {"b", next}});
  }
  CHECK_THAT(bench.refusal(run_on({{"preset", "10.json"}})),
             Contains("more than 1000 presets in one document"));
}

TEST_CASE("a run takes no further keys than its parts, and a trace folder none at all") {
  const RunBench bench;
  CHECK(bench.refusal({{"machine", "m.json"}, {"workload", kWorkload}, {"speed", 1}}) ==
        "run.json: /speed: unknown key; expected one of [\"machine\", \"workload\", \"preset\"]");
  bench.write("base.json", {{"machine", wide_machine()}, {"workload", "."}});
  CHECK_THAT(
      bench.refusal({{"preset", "base.json"}, {"workload", {{"layers", {0}}}}}),
      Contains("run.json: /workload: a trace folder, ") && Contains(", takes no further keys"));
}

TEST_CASE("a model by name, and a specification on its own, may stand on presets") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "models");
  const auto write = [&](const char* name, const Json& json) {
    write_file_atomically(folder / name, json.dump());
  };
  write("models/mine.json", {{"preset", kConfigs + "models/deit-tiny.json"}, {"name", "my own"}});
  write("workload.json", {{"preset", kWorkload}, {"model", "mine"}, {"layers", {0}}});
  const Outcome outcome =
      run_program("workload info " + quoted((folder / "workload.json").string()),
                  "VITCOD_CONFIG_DIR=" + quoted(folder.path().string()));
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("my own"));
}

}  // namespace vitcod::test::run_presets_test
