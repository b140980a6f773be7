// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/base/files.hpp"
#include "sim/base/npy.hpp"
#include "test/driver/command_line.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::bad_input_test {
namespace {

const std::string kConfig = quoted(source_dir() + "/configs/vitcod.json");

std::string set(const std::string& pointer_and_value) {
  return " --set " + quoted(pointer_and_value);
}

/// One line on stderr that holds each of `parts`, nothing on stdout, exit status 2.
void check_refused(const std::string& arguments, const std::vector<std::string>& parts) {
  const Outcome outcome = run_program(arguments);
  INFO(arguments);
  INFO(outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK(outcome.err.substr(0, 12) == "vitcod-sim: ");
  for (const std::string& part : parts) CHECK_THAT(outcome.err, Catch::Contains(part));
}

void check_config_refused(const std::string& pointer_and_value,
                          const std::vector<std::string>& parts) {
  check_refused("run " + kConfig + set(pointer_and_value), parts);
}

/// A run of DeiT-Tiny on maps from `file`.
std::string run_with_maps(const TempFolder& folder, const std::string& kind,
                          const std::string& file, const std::string& more = "") {
  const std::string config =
      R"({"machine": ")" + source_dir() +
      R"(/configs/machines/vitcod.json", "workload": {"model": "deit-tiny", "scope": "attention",
          "maps": {"kind": ")" +
      kind + R"(", "files": [")" + file + R"("])" + more + R"(}}})";
  write_file_atomically(folder / "run.json", config);
  return "run " + quoted((folder / "run.json").string());
}

constexpr std::size_t kEntries = 12UL * 3 * 197 * 197;
const std::vector<std::size_t> kShape = {12, 3, 197, 197};

}  // namespace

TEST_CASE("a wrong command line is one line and exit status 2") {
  check_refused("", {"subcommand"});
  check_refused("run", {"config"});
  check_refused("walk", {"found \"walk\", expected one of run, workload, ",
                         "golden (see vitcod-sim --help)"});
  check_refused("golden chek", {"found \"chek\", expected one of check, update, diff"});
  check_refused("workload", {"subcommand"});
  check_refused("run " + kConfig + " --bogus", {"--bogus"});
  check_refused("run nowhere.json", {"nowhere.json", "No such file"});
  check_refused("run " + kConfig + " --set machine", {"--set machine", "/json/pointer=value"});
  check_config_refused("/engine/lines=3", {"/machine or /workload"});
  check_config_refused("/machine/nothing/lines=3", {"there is no /machine/nothing"});
}

TEST_CASE("a wrong value in a configuration names file, pointer, what was found and expected") {
  check_config_refused("/machine/mac_lines/linez=1",
                       {"vitcod.json", "/machine/mac_lines/linez: unknown key", "\"lines\""});
  check_config_refused("/machine/mac_lines/lines=-1", {"/machine/mac_lines/lines", "-1"});
  check_config_refused("/machine/mac_lines/lines=0", {"/machine/mac_lines/lines", "0"});
  check_config_refused("/machine/mac_lines/lines=2.5", {"expected an integer, found 2.5"});
  check_config_refused("/machine/mac_lines/lines=many", {"expected an integer", "many"});
  check_config_refused("/machine/controller/two_engines=1", {"/machine/controller/two_engines"});
  check_config_refused("/machine/dram/preset=nothing.json", {"nothing.json", "No such file"});
  check_config_refused("/machine=nothing.json", {"nothing.json", "No such file"});
  check_config_refused("/machine=7", {"/machine", "found number"});
  check_config_refused("/workload/model=vit-giant", {"/workload/model", "vit-giant"});
  check_config_refused("/workload/maps/sparsity=1.5", {"/workload/maps/sparsity", "1.5"});
  check_config_refused("/workload/maps/kind=magic", {"/workload/maps/kind", "magic", "generated"});
}

TEST_CASE("a missing key, a duplicate key and broken JSON are told apart") {
  const TempFolder folder;
  const auto refused = [&](const std::string& text, const std::vector<std::string>& parts) {
    write_file_atomically(folder / "run.json", text);
    check_refused("run " + quoted((folder / "run.json").string()), parts);
  };
  refused("{}", {"run.json", "/machine: required key is missing"});
  refused(R"({"machine": {}, "machine": {}})", {"run.json", "/machine", "twice"});
  refused(R"({"machine": )", {"run.json", "byte"});
  refused("[]", {"run.json", "expected an object"});
  refused(R"({"machine": {}, "workload": {}})", {"run.json", "/machine", "missing"});
  refused(R"({"machine": {}, "workload": {}, "speed": 1})", {"/speed: unknown key"});
}

TEST_CASE("a machine without a kind, or of one that there is not, is refused with the kinds") {
  check_config_refused(
      "/machine/kind=abacus",
      {"/machine/kind",
       "expected one of [\"vitcod\", \"dense\", \"sanger\", \"spatten\"], found \"abacus\""});
  check_config_refused(
      "/machine/kind=1",
      {"/machine/kind", "[\"vitcod\", \"dense\", \"sanger\", \"spatten\"], found 1"});
  const TempFolder folder;
  write_file_atomically(folder / "run.json",
                        R"({"machine": {"clock_khz": 500000}, "workload": {}})");
  check_refused("run " + quoted((folder / "run.json").string()),
                {"/machine/kind: required key is missing"});
}

TEST_CASE("a machine that contradicts itself or the workload is refused") {
  check_config_refused("/machine/mac_lines/lines=1", {"two engines need at least 2 lines"});
  check_config_refused("/machine/input_buffer/staging_bytes=1000000", {"capacity_bytes"});
  check_config_refused("/machine/dma/packet_bytes=1000", {"packet_bytes", "burst"});
  check_config_refused("/machine/input_buffer/capacity_bytes=9000",
                       {"layer0", "input_buffer", "in 64 tiles of keys, needs 6144"});
  check_config_refused("/machine/output_buffer/capacity_bytes=16384", {"output_buffer"});
  check_config_refused("/machine/dram/organization/channels=3", {"channels"});
}

TEST_CASE("a memory that is smaller than what lies in it is refused, one that holds it is not") {
  // 4 channels of 16 banks with rows of 8192 bytes: 524288 bytes with one row a bank. V and the
  // output of 12 layers with 3 heads, 197 tokens and 64 features alone are 907776 bytes. With Q and
  // K in whole pages of 4096 bytes they are at most 1966080, indices and weights take less than as
  // much again, and scores and weights of the softmax, which have places too, at most four bytes
  // for each of 24 x 3 x 197 x 197 entries: less than 16 MB, and 32 rows a bank are 16 MiB.
  check_config_refused("/machine/dram/organization/rows=1",
                       {"vitcod.json: /machine/dram/organization: a memory of 524288 bytes; "
                        "tensors and tables of the workload take"});
  const Outcome fits =
      run_program("run " + kConfig + " --no-values" + set("/machine/dram/organization/rows=32"));
  INFO(fits.err);
  CHECK(fits.status == 0);
}

TEST_CASE("a broken map file is refused with its name and what is wrong") {
  const TempFolder folder;
  const std::string file = (folder / "mask.npy").string();
  const auto refused = [&](const std::vector<std::string>& parts) {
    std::vector<std::string> all = {"mask.npy"};
    all.insert(all.end(), parts.begin(), parts.end());
    check_refused(run_with_maps(folder, "masks", file), all);
  };
  refused({"No such file"});
  write_npy(file, std::vector<float>(kEntries, 0.5F), kShape);
  refused({"key 0 is 0.5", "expected 0 or 1"});
  write_npy_bools(file, std::vector<std::uint8_t>(3UL * 197 * 197), {1, 3, 197, 197});
  refused({"(12, 3, 197, 197)", "(1, 3, 197, 197)"});
  write_npy_bools(file, std::vector<std::uint8_t>(kEntries), kShape);
  const std::string good = read_file(file);
  write_file_atomically(file, good.substr(0, good.size() - 5));
  refused({"truncated"});
  write_file_atomically(file, "no array");
  refused({});
  std::string big_endian = good;
  big_endian.replace(big_endian.find("|b1"), 3, ">f4");
  write_file_atomically(file, big_endian);
  refused({">f4"});
}

TEST_CASE("an attention map with a NaN, or with rows that do not sum to one, is refused") {
  const TempFolder folder;
  const std::string file = (folder / "map.npy").string();
  std::vector<float> map(kEntries, 1.0F / 197.0F);
  const auto refused = [&](const std::vector<std::string>& parts) {
    write_npy(file, map, kShape);
    check_refused(run_with_maps(folder, "attention", file, R"(, "theta_p": 0.2)"), parts);
  };
  map[5] = std::numeric_limits<float>::quiet_NaN();
  refused({"map.npy", "nan"});
  map[5] = 0.5F;
  refused({"map.npy", "sum"});
  map[5] = -1.0F / 197.0F;
  refused({"map.npy"});
}

TEST_CASE("an output folder that cannot be written is refused before the run") {
  const TempFolder folder;
  write_file_atomically(folder / "file", "in the way");
  check_refused("run " + kConfig + " --out " + quoted((folder / "file").string()), {"file"});
  check_refused("run " + kConfig + " --out " + quoted((folder / "file/below").string()), {"file"});
}

TEST_CASE("a refused run leaves nothing in the output folder") {
  const TempFolder folder;
  const std::string out = (folder / "out").string();
  check_refused("run " + kConfig + set("/machine/mac_lines/lines=0") + " --out " + quoted(out),
                {"lines"});
  REQUIRE(!std::filesystem::exists(folder / "out/result.json"));
}

}  // namespace vitcod::test::bad_input_test
