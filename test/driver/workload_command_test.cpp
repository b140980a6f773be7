// SPDX-License-Identifier: Apache-2.0
// Workloads of a user's own on the command line: a model and masks in files, settings, trace
// folders.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "sim/base/npy.hpp"
#include "test/driver/command_line.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::workload_command_test {
namespace {

using Catch::Contains;
namespace fs = std::filesystem;

const std::string kConfigs = source_dir() + "/configs/";

std::string set(const std::string& pointer_and_value) {
  return " --set " + quoted(pointer_and_value);
}

/// Exit status 2 and one line on stderr, which it returns.
std::string refusal(const std::string& arguments) {
  const Outcome outcome = run_program(arguments);
  CAPTURE(arguments, outcome.err);
  CHECK(outcome.status == 2);
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  return outcome.err;
}

Json info_of(const std::string& arguments, const std::string& before = "") {
  const Outcome outcome = run_program("workload info --json " + arguments, before);
  CAPTURE(arguments, outcome.err);
  REQUIRE(outcome.status == 0);
  return Json::parse(outcome.out);
}

/// Six layers, four heads, a class token and 7 x 7 patches, with the keys that attention needs.
Json own_model() {
  Json group = {{"name", "layers"},   {"num_blocks", 6}, {"heads", 4},     {"query_grid", {7, 7}},
                {"key_grid", {7, 7}}, {"key_dim", 32},   {"value_dim", 32}};
  return {{"name", "own"}, {"prefix_tokens", 1}, {"groups", Json::array({group})}};
}

constexpr std::size_t kTokens = 50;
constexpr std::size_t kHeads = 24;

/// 1 = kept: the diagonal, and the class token's row and column. 148 entries a head.
std::vector<std::uint8_t> own_kept() {
  std::vector<std::uint8_t> kept(kHeads * kTokens * kTokens, 0);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const std::size_t query = i / kTokens % kTokens, key = i % kTokens;
    kept[i] = query == 0 || key == 0 || query == key ? 1 : 0;
  }
  return kept;
}

/// A folder with own.json, kept.npy, workload.json and run.json.
class OwnModel {
 public:
  OwnModel() {
    write_npy(folder_ / "kept.npy", own_kept(), {6, 4, kTokens, kTokens});
    write_file_atomically(folder_ / "own.json", own_model().dump());
    const Json workload = {
        {"model", "own.json"},
        {"scope", "attention"},
        {"maps", {{"kind", "masks"}, {"files", {"kept.npy"}}, {"polarity", "kept"}}},
        {"polarization", {{"theta_d_fraction", 0.5}}}};
    write_file_atomically(folder_ / "workload.json", workload.dump());
    const Json run = {{"machine", kConfigs + "machines/vitcod.json"},
                      {"workload", "workload.json"}};
    write_file_atomically(folder_ / "run.json", run.dump());
  }

  std::string path(const std::string& name) const { return quoted((folder_ / name).string()); }
  const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_;
};

}  // namespace

TEST_CASE("a model and masks of one's own run with values") {
  const OwnModel own;
  const Json info = info_of(own.path("workload.json"));
  CHECK(info["totals"]["nnz"] == kHeads * 148);
  CHECK(info["totals"]["denser_columns"] == kHeads);  // the class token's
  const Outcome outcome = run_program("run " + own.path("run.json") + " --out " + own.path("out"));
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  const Json result = read_json_file(own.folder() / "out/result.json");
  CHECK(result["values"]["mismatches"] == 0);
  CHECK(result["workload"]["name"] == "own");
  CHECK(result["config"].dump().find(own.folder().path().string()) == std::string::npos);
}

TEST_CASE("a mask of the wrong polarity is warned of, and nothing else is printed differently") {
  const OwnModel own;
  const std::string pruned = set("/workload/maps/polarity=pruned");
  const Outcome outcome = run_program("workload info --json " + own.path("workload.json") + pruned);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("vitcod-sim: warning: ") &&
                              Contains("kept.npy: 94.1 % of the entries are kept") &&
                              Contains("set maps/polarity to \"kept\""));
  CHECK(Json::parse(outcome.out)["totals"]["nnz"] == kHeads * (2500 - 148));
}

TEST_CASE("info draws each map into a folder, and refuses what is none") {
  const OwnModel own;
  const std::string info = "workload info " + own.path("workload.json");
  const Outcome plain = run_program(info);
  const Outcome outcome = run_program(info + " --svg " + own.path("pictures"));
  CHECK(outcome.status == 0);
  CHECK(outcome.out == plain.out);
  std::size_t drawings = 0;
  for (const auto& entry : fs::directory_iterator(own.folder() / "pictures")) {
    CHECK_THAT(read_file(entry.path()), Contains("<svg ") && Contains("head 3: 148 of 2500"));
    ++drawings;
  }
  CHECK(drawings == 6);
  CHECK(fs::exists(own.folder() / "pictures/map05-layer5.svg"));
  CHECK_THAT(refusal(info + " --svg " + own.path("own.json")), Contains("own.json"));
  CHECK_THAT(refusal(info + " --svg"), Contains("--svg"));
}

TEST_CASE("settings reach into a specification, their file names from the working folder") {
  const OwnModel own;
  const std::string spec = own.path("workload.json");
  CHECK(info_of(spec + set("/workload/layers=[2]"))["layers"].size() == 1);
  // Below another folder, where the file's own names would not be found.
  fs::create_directory(own.folder() / "below");
  write_npy(own.folder() / "below" / "all.npy", std::vector<std::uint8_t>(own_kept().size(), 0),
            {6, 4, kTokens, kTokens});
  Json model = own_model();
  model["name"] = "other";
  write_file_atomically(own.folder() / "below" / "other.json", model.dump());
  const std::string from_below = "cd " + own.path("below") + " && ";
  for (const char* maps :
       {R"(/workload/maps={"kind":"masks","files":["all.npy"]})",
        R"(/workload/maps/files=["all.npy"])", "/workload/maps/files/0=all.npy"}) {
    CAPTURE(maps);
    const Json info = info_of(spec + set("/workload/model=other.json") + set(maps) +
                                  set("/workload/maps/polarity=pruned"),
                              from_below);
    CHECK(info["name"] == "other");
    CHECK(info["totals"]["nnz"] == kHeads * 2500);
  }
  CHECK_THAT(refusal("workload info " + spec + set("/workload/model=none.json")),
             Contains(fs::current_path().string() + "/none.json: cannot read"));
  CHECK_THAT(refusal("workload info " + spec + set("/workload/maps/nonsense=1")),
             Contains("workload.json: /workload/maps/nonsense: unknown key"));
  CHECK_THAT(refusal("workload info " + spec + set("/machine/clock_khz=1")),
             Contains("expected a pointer below /workload"));
  CHECK_THAT(
      refusal("workload make " + spec + " --out " + own.path("t") + set("/workload/scope=whole")),
      Contains("/workload/scope: expected one of [\"attention\", \"model\"], found \"whole\""));
  CHECK(!fs::exists(own.folder() / "t"));
}

TEST_CASE("a specification on a preset finds the preset's files, and settings may name presets") {
  const OwnModel own;
  fs::create_directory(own.folder() / "below");
  write_file_atomically(own.folder() / "below/mine.json",
                        R"({"preset": "../workload.json", "layers": [2, 3]})");
  CHECK(info_of(own.path("below/mine.json"))["totals"]["nnz"] == 2 * 4 * 148);
  write_file_atomically(own.folder() / "below/base.json", own_model().dump());
  write_file_atomically(own.folder() / "below/taller.json",
                        R"({"preset": "base.json", "name": "taller"})");
  const std::string from_below = "cd " + own.path("below") + " && ";
  CHECK(info_of(own.path("workload.json") + set("/workload/model=taller.json"),
                from_below)["name"] == "taller");
  write_file_atomically(own.folder() / "below/dense.json", R"({"kind": "dense"})");
  for (const char* maps :
       {R"(/workload/maps={"preset":"dense.json"})", R"(/workload/maps={"kind":"dense"})"}) {
    CAPTURE(maps);
    CHECK(info_of(own.path("workload.json") + set(maps), from_below)["totals"]["nnz"] ==
          kHeads * 2500);
  }
}

TEST_CASE("of a trace folder the seed of the values can be set, and nothing else") {
  const OwnModel own;
  const std::string make =
      "workload make " + own.path("workload.json") + " --out " + own.path("trace");
  REQUIRE(run_program(make + set("/workload/layers=[1]")).status == 0);
  const auto with_trace = [&](const std::string& more) {
    return "run " + own.path("run.json") + set("/workload=" + (own.folder() / "trace").string()) +
           more;
  };
  const auto hash_of = [&](const std::string& more) {
    REQUIRE(run_program(with_trace(more) + " --out " + own.path("out")).status == 0);
    const Json result = read_json_file(own.folder() / "out/result.json");
    CHECK(result["values"]["mismatches"] == 0);
    return result["config_sha256"].dump() + result["values"]["output_sha256"].dump();
  };
  const std::string zero = hash_of("");
  CHECK(hash_of(set("/workload/value_seed=0")) == zero);
  const std::string seven = hash_of(set("/workload/value_seed=7"));
  CHECK(seven.substr(0, 66) != zero.substr(0, 66));
  CHECK(seven.substr(66) != zero.substr(66));
  for (const char* pointer :
       {"/workload/maps/sparsity", "/workload/nonsense/x", "/workload/layers"}) {
    CHECK_THAT(refusal(with_trace(set(std::string(pointer) + "=1"))),
               Contains(std::string("--set ") + pointer + "=1: the workload is a trace folder"));
  }
  for (const char* value : {"-1", "1.5", "x"}) {
    CHECK_THAT(refusal(with_trace(set(std::string("/workload/value_seed=") + value))),
               Contains("expected an integer of at least 0"));
  }
  CHECK_THAT(refusal("workload info " + own.path("trace") + set("/workload/layers=[1]")),
             Contains("trace is a trace folder, whose maps are made already"));
}

TEST_CASE("a trace that does not say what it was made from runs") {
  const OwnModel own;
  REQUIRE(run_program("workload make " + own.path("workload.json") + " --out " + own.path("trace"))
              .status == 0);
  Json trace = read_json_file(own.folder() / "trace/trace.json");
  trace.erase("provenance");
  write_file_atomically(own.folder() / "trace/trace.json", trace.dump());
  CHECK(run_program("run " + own.path("run.json") +
                    set("/workload=" + (own.folder() / "trace").string()) + " --no-values")
            .status == 0);
}

#ifndef __SANITIZE_ADDRESS__  // whose own memory is many times that of the program
TEST_CASE("the maps of long sequences are made in a small part of what they hold") {
  // Three heads of 4,097 tokens: 50 million entries, a twentieth of them kept.
  const OwnModel own;
  Json model = own_model();
  model["groups"][0]["num_blocks"] = 1;
  model["groups"][0]["heads"] = 3;
  model["groups"][0]["query_grid"] = model["groups"][0]["key_grid"] = {64, 64};
  write_file_atomically(own.folder() / "own.json", model.dump());
  const std::string maps = R"(/workload/maps={"kind":"generated","sparsity":0.95,"seed":1})";
  // 48 MiB of data: as bytes, the three maps alone would not fit.
  const Outcome outcome =
      run_program("workload info " + own.path("workload.json") + set(maps), "ulimit -d 49152; ");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("sparsity 95.00%"));
}
#endif

}  // namespace vitcod::test::workload_command_test
