// SPDX-License-Identifier: Apache-2.0
// `vitcod-sim run` as a user meets it: what it leaves in the output folder, and what only the
// machine can refuse.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "test/driver/command_line.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::run_command_test {
namespace {

const std::string kRun = "run " + quoted(source_dir() + "/configs/vitcod.json");
const std::string kOneLayer = " --set '/workload/layers=[3]'";

std::string to(const std::filesystem::path& folder) { return " --out " + quoted(folder.string()); }

std::set<std::string> files_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

/// Exit status 2 and the one line, without "vitcod-sim: ".
std::string refusal(const std::string& overrides) {
  const Outcome outcome = run_program(kRun + overrides);
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  return outcome.err;
}

std::string with(const std::string& pointer_and_value) {
  return " --set " + quoted("/machine/" + pointer_and_value);
}

}  // namespace

TEST_CASE("a run leaves result.json and a summary, and nothing else") {
  const TempFolder folder;
  const Outcome outcome = run_program(kRun + kOneLayer + to(folder / "new/below"));
  CHECK(outcome.status == 0);
  CHECK(files_in(folder / "new/below") == std::set<std::string>{"result.json"});
  const Json result = read_json_file(folder / "new/below/result.json");
  CHECK(result["values"]["mismatches"] == 0);
  const std::string cycles = std::to_string(result["cycles"]["total"].get<std::uint64_t>());
  CHECK_THAT(outcome.out, Catch::Contains(cycles + " cycles"));
  CHECK(std::count(outcome.out.begin(), outcome.out.end(), '\n') <= 50);
}

TEST_CASE("the program tells its version") {
  const Outcome outcome = run_program("--version");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Catch::Matches("vitcod-sim [0-9]+[.][0-9]+[.][0-9]+\n"));
}

TEST_CASE("a run with --stepped gives the same bytes, --no-values the same outside of the values") {
  const TempFolder folder;
  CHECK(run_program(kRun + kOneLayer + to(folder / "events")).status == 0);
  CHECK(run_program(kRun + kOneLayer + to(folder / "stepped") + " --stepped").status == 0);
  CHECK(run_program(kRun + kOneLayer + to(folder / "cycles") + " --no-values").status == 0);
  CHECK(read_file(folder / "stepped/result.json") == read_file(folder / "events/result.json"));
  Json events = read_json_file(folder / "events/result.json");
  Json cycles = read_json_file(folder / "cycles/result.json");
  events.erase("values");
  cycles.erase("values");
  CHECK(cycles == events);
}

TEST_CASE("a run that is killed or refused leaves no result, not an earlier one either") {
  const TempFolder folder;
  const auto leave_earlier = [&] { write_file_atomically(folder / "result.json", "earlier"); };
  leave_earlier();
  CHECK(run_program(kRun + with("mac_lines/lines=0") + to(folder.path())).status == 2);
  CHECK(files_in(folder.path()).empty());
  leave_earlier();
  // 180 million MACs on 16 multipliers, cycle by cycle: more than it is given time for.
  const std::string long_run = " --stepped --set " + quoted(R"(/workload/maps={"kind":"dense"})") +
                               with("mac_lines/lines=2");
  CHECK(run_program(kRun + long_run + to(folder.path()), "timeout -s KILL 0.4").status != 0);
  CHECK(files_in(folder.path()).empty());
}

TEST_CASE("a result that does not fit the disk is one line, and no half of it stays") {
  const TempFolder folder;
  // Files of at most one block of 512 bytes; a write beyond fails instead of ending the program.
  const Outcome outcome =
      run_program(kRun + kOneLayer + to(folder.path()), "trap '' XFSZ; ulimit -f 1;");
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Catch::Contains("result.json: cannot write"));
  CHECK(files_in(folder.path()).empty());
}

TEST_CASE("machines that contradict themselves are refused with both sides named") {
  CHECK_THAT(refusal(with("clock_khz=99999989")),
             Catch::Contains("/machine/clock_khz: 99999989 has too large a common multiple with "
                             "the DRAM's 1200000"));
  CHECK_THAT(refusal(with("denser_engine/score_unit/operand_fraction_bits=4")),
             Catch::Contains("/machine/sparser_engine: score_unit/operand_fraction_bits must be "
                             "that of the denser_engine"));
  CHECK_THAT(refusal(with("weight_buffer/staging_bytes=255")),
             Catch::Contains("/machine/weight_buffer: staging_bytes must hold at least one packet "
                             "(dma/packet_bytes)"));
}

TEST_CASE("what only the machine finds names the run config, the place and both numbers") {
  const std::string config = "vitcod-sim: " + source_dir() + "/configs/vitcod.json: ";
  // Two engines with 16 partial rows of 4 x 64 + 4 bytes, and 8192 bytes of staging.
  CHECK(refusal(with("output_buffer/capacity_bytes=16512")) ==
        config +
            "/machine/output_buffer/capacity_bytes: 16512 leaves nothing for scores: staging "
            "and partial rows take 16512\n");
  // A row of Q takes a bank of 2048 bytes, and so do the denser and the sparser columns of a key
  // tile. One bank and a bit are left beside 5376 bytes of staging.
  CHECK(
      refusal(with("input_buffer/capacity_bytes=9471")) ==
      config +
          "layer0: the input_buffer is too small: one row of one head, in 64 tiles of keys, needs "
          "6144 bytes there, 2048 are available\n");
  // A row of output has 64 bytes, a packet too.
  CHECK(refusal(with("dma/packet_bytes=64") + with("output_buffer/staging_bytes=63"))
            .find("/machine/output_buffer: staging_bytes must hold at least one packet") !=
        std::string::npos);
}

TEST_CASE("a row of output longer than the staging area is refused") {
  const TempFolder folder;
  // One head with V of 160 features, packets of 64 bytes.
  Json group = {{"name", "block"},      {"num_blocks", 1},         {"heads", 1},
                {"query_grid", {1, 4}}, {"key_grid", {1, 4}},      {"key_dim", 16},
                {"value_dim", 160},     {"auto_encoder_heads", 0}, {"width_in", 1},
                {"width_out", 1},       {"mlp_hidden", 1},         {"residual", true}};
  Json model = {{"name", "long rows"}, {"source", "test"},      {"prefix_tokens", 0},
                {"image_size", 1},     {"stem", Json::array()}, {"activation", "none"},
                {"classes", 1},        {"groups", {group}}};
  Json config;
  config["machine"] = source_dir() + "/configs/machines/vitcod.json";
  config["workload"] = {{"model", model}, {"scope", "attention"}, {"maps", {{"kind", "dense"}}}};
  write_file_atomically(folder / "run.json", config.dump());
  const std::string run = "run " + quoted((folder / "run.json").string()) +
                          with("dma/packet_bytes=64") + with("output_buffer/staging_bytes=");
  CHECK(run_program(run.substr(0, run.size() - 1) + "160'").status == 0);
  const Outcome outcome = run_program(run.substr(0, run.size() - 1) + "159'");
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Catch::Contains("run.json: /machine/output_buffer/staging_bytes: 159 "
                                          "does not hold a packet of this workload's results, "
                                          "160 bytes"));
}

TEST_CASE("a folder is a workload, as a trace, and no machine") {
  const TempFolder folder;
  CHECK_THAT(refusal(" --set " + quoted("/machine=" + folder.path().string())),
             Catch::Contains("cannot read: Is a directory"));
  CHECK_THAT(refusal(" --set " + quoted("/workload=" + folder.path().string())),
             Catch::Contains("trace.json"));
}

TEST_CASE("file names in settings count from the working folder, wherever they stand") {
  const TempFolder folder;
  const std::string configs = source_dir() + "/configs";
  const std::string below = "cd " + quoted(configs + "/sweeps") + " && ";
  const auto config_of = [&](const std::string& settings) {
    const Outcome outcome =
        run_program(kRun + settings + " --no-values" + to(folder.path()), below);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return read_json_file(folder / "result.json")["config"];
  };
  const Json dram = read_json_file(configs + "/dram/ddr4-3200.json");
  for (const char* setting : {"/machine/dram/preset=../dram/ddr4-3200.json",
                              R"(/machine/dram={"preset":"../dram/ddr4-3200.json"})"}) {
    CAPTURE(setting);
    CHECK(config_of(kOneLayer + " " + quoted(setting))["machine"]["dram"]["source"] ==
          dram["source"]);
  }
  const Json small = config_of(" --set /workload=../workloads/deit-small.json" + kOneLayer);
  CHECK(small["workload"]["model"]["name"] == "deit-small");
  const Json model = config_of(kOneLayer + " /workload/model=../models/deit-base.json");
  CHECK(model["workload"]["model"]["name"] == "deit-base");
  const std::string here = std::filesystem::current_path().string() + "/none.json: cannot read";
  for (const char* pointer :
       {"/machine", "/workload", "/workload/model", "/machine/preset", "/machine/energy/preset"}) {
    CHECK_THAT(refusal(" --set " + quoted(std::string(pointer) + "=none.json")),
               Catch::Contains(here));
  }
  for (const char* empty : {"/workload=", "/machine/dram/preset=", R"(/machine={"preset":""})"}) {
    CHECK_THAT(refusal(" --set " + quoted(empty)),
               Catch::Contains(": expected a file name, found an empty text"));
  }
}

TEST_CASE("one --set takes several settings, before or behind the run config") {
  const std::string several = " --set /workload/layers=[3] /machine/mac_lines/lines=32 ";
  const std::string file = quoted(source_dir() + "/configs/vitcod.json");
  const Outcome one_by_one = run_program(kRun + kOneLayer + with("mac_lines/lines=32"));
  REQUIRE(one_by_one.status == 0);
  CHECK(run_program(kRun + several).out == one_by_one.out);
  CHECK(run_program("run" + several + file).out == one_by_one.out);
  CHECK(run_program(kRun + several + "--stepped").out == one_by_one.out);
  CHECK_THAT(refusal(several + "surplus"),
             Catch::Contains("--set surplus: expected /json/pointer"));
}

TEST_CASE("overrides apply in order, the last one wins") {
  const std::string wrong = with("mac_lines/lines=0");
  CHECK(
      run_program(kRun + kOneLayer + wrong + with("mac_lines/lines=32") + " --no-values").status ==
      0);
  CHECK_THAT(refusal(with("mac_lines/lines=32") + wrong),
             Catch::Contains("/machine/mac_lines/lines: 0 is out of range"));
}

}  // namespace vitcod::test::run_command_test
