// SPDX-License-Identifier: Apache-2.0
// What a host can be like: names that are too long, links in a circle, folders that are gone,
// outputs that cannot be written, little memory.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/files.hpp"
#include "sim/base/folders.hpp"
#include "sim/base/json.hpp"
#include "test/driver/command_line.hpp"
#include "test/driver/sweep/sweep_bench.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::robustness_test {
namespace {

using Catch::Contains;

const std::string kConfig = quoted(source_dir() + "/configs/vitcod.json");
const std::string kRun = "run " + kConfig + " --set '/workload/layers=[3]' --no-values";

void check_one_line(const Outcome& outcome, int status, const std::string& part) {
  INFO(outcome.err);
  CHECK(outcome.status == status);
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK(outcome.err.substr(0, 12) == "vitcod-sim: ");
  CHECK_THAT(outcome.err, Contains(part));
  const std::string line = outcome.err.substr(0, outcome.err.find('\n'));
  CHECK(std::none_of(line.begin(), line.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }));
}

void check_refused(const std::string& arguments, const std::string& part,
                   const std::string& before = "") {
  INFO(arguments);
  const Outcome outcome = run_program(arguments, before);
  check_one_line(outcome, 2, part);
  CHECK(outcome.out.empty());
}

std::string set(const std::string& pointer_and_value) {
  return " --set " + quoted(pointer_and_value);
}

}  // namespace

TEST_CASE("a file name that is too long is refused wherever it stands") {
  const std::string name(300, 'x');
  check_refused("run " + name, "File name too long");
  for (const char* place :
       {"/workload=", "/machine=", "/machine/dram/preset=", "/machine/preset="}) {
    check_refused("run " + kConfig + set(place + name), "File name too long");
  }
  check_refused("run " + kConfig + set("/workload/model=" + name), "no model named");
  check_refused("run " + kConfig + " --out " + name, "File name too long");
  check_refused("workload info " + name, "File name too long");
  check_refused("sweep " + name + " --out o", "File name too long");
  check_refused("golden check " + name, "File name too long");
  check_refused("dram " + name + " --preset ddr4-2400", "File name too long");
  check_refused("dram /dev/null --preset " + name, "expected the path of a file or one of");
  check_refused("golden diff " + name + " " + name, "File name too long");
}

TEST_CASE("links that lead to each other are refused") {
  const TempFolder folder;
  std::filesystem::create_symlink("b", folder / "a");
  std::filesystem::create_symlink("a", folder / "b");
  const std::string loop = (folder / "a").string();
  check_refused("run " + quoted(loop), "Too many levels of symbolic links");
  check_refused("run " + kConfig + set("/workload=" + loop), "Too many levels of symbolic links");
  check_refused("run " + kConfig + set("/machine/dram/preset=" + loop), "Too many levels");
  check_refused("run " + kConfig + " --out " + quoted(loop), "cannot create the folder");
}

TEST_CASE("a working folder that was removed is no crash") {
  const TempFolder folder;
  const std::string gone = quoted((folder / "gone").string());
  const std::string before = "mkdir " + gone + " && cd " + gone + " && rmdir " + gone + " &&";
  check_refused("run here.json", "No such file", before);
  check_refused("sweep here.json --out o", "No such file", before);
  check_refused("run " + kConfig + " --out o", "cannot create the folder", before);
  check_refused(
      "sweep " + quoted(source_dir() + "/configs/sweeps/lines-bandwidth.json") + " --out o",
      "working folder", before);
  CHECK(run_program(kRun, before).status == 0);
}

TEST_CASE("a configs folder of the environment adds to the shipped one") {
  const TempFolder folder;
  const std::string before = "VITCOD_CONFIG_DIR=" + quoted(folder.path().string());
  CHECK(run_program(kRun, before).status == 0);
  write_file_atomically(folder / "trace", "R 0\n");
  const std::string trace = quoted((folder / "trace").string());
  CHECK(run_program("dram " + trace + " --preset ddr4-2400", before).status == 0);
  check_refused("dram " + trace + " --preset nothing", "ddr4-2400", before);
  std::filesystem::create_directory(folder / "dram");
  std::filesystem::copy_file(source_dir() + "/configs/dram/ddr4-2400.json",
                             folder / "dram/mine.json");
  CHECK(run_program("dram " + trace + " --preset mine", before).status == 0);
  check_refused("run " + kConfig + set("/workload/model=x"), "VITCOD_CONFIG_DIR is not a folder",
                "VITCOD_CONFIG_DIR=" + quoted((folder / "none").string()));
}

TEST_CASE("what is printed and cannot be written is one line and exit status 5") {
  const TempFolder folder;
  write_file_atomically(folder / "trace", "R 0\n");
  const std::vector<std::string> commands = {
      "schema run",
      "schema",
      kRun,
      "--help",
      "workload info " + quoted(source_dir() + "/configs/workloads/deit-tiny.json"),
      "workload info " + quoted(source_dir() + "/configs/workloads/deit-tiny.json") + " --json",
      "dram " + quoted((folder / "trace").string()) + " --preset ddr4-2400 --json",
      "sweep " + quoted(source_dir() + "/configs/sweeps/lines-bandwidth.json") + " --dry-run"};
  for (const std::string& command : commands) {
    INFO(command);
    check_one_line(run_program(command + " >/dev/full"), 5,
                   "standard output: cannot write: No space left on device");
    check_one_line(run_program(command + " >&-"), 5,
                   "standard output: cannot write: Bad file descriptor");
  }
  check_one_line(run_program("--version >/dev/full"), 5, "standard output: cannot write: ");
}

TEST_CASE(
    "a result is whole although what the run prints is lost, and a closed stdout is no file") {
  const TempFolder folder;
  const std::string out = " --out " + quoted((folder / "out").string());
  CHECK(run_program(kRun + out + " >&-").status == 5);
  CHECK(read_json_file(folder / "out/result.json")["schema"] == "vitcod-result/1");
  CHECK(run_program(kRun + out + " 2>&- <&-").status == 0);
  CHECK(read_json_file(folder / "out/result.json")["schema"] == "vitcod-result/1");
}

TEST_CASE("an error counts, whether or not its line can be written") {
  CHECK(run_program("run nowhere.json 2>/dev/full").status == 2);
  CHECK(run_program("run nowhere.json 2>&-").status == 2);
}

TEST_CASE("an empty text for an option is refused before anything runs") {
  check_refused("run " + kConfig + " --out ''", "--out: expected a text, found an empty one");
  check_refused("run ''", "config: expected a text, found an empty one");
  check_refused("sweep x.json --out ''", "--out: expected a text");
  check_refused("sweep x.json --out o --cache ''", "--cache: expected a text");
  check_refused("workload make x.json --out ''", "--out: expected a text");
  check_refused("golden check ''", "dir: expected a text");
  check_refused("dram x --preset ''", "--preset: expected a text");
}

TEST_CASE("control characters and bytes that are no text are shown as escapes") {
  check_refused("run " + kConfig + set(R"(/workload/maps={"kind":"dense","a\nb":1})"), "a\\nb");
  check_refused("run \"$(printf 'no\\033[31m\\nfile')\"", "no\\x1b[31m\\nfile: cannot read");
  check_refused("run \"$(printf 'no\\377')\"", "no\\xff: cannot read");
  check_refused("run " + kConfig + " --set \"/workload/model=$(printf 'a\\377')\"",
                "expected UTF-8");
  check_refused("run " + kConfig + " --set \"/machine/$(printf '\\377')=1\"", "expected UTF-8");
  const TempFolder folder;
  write_file_atomically(folder / "run.json", "{\"machine\": {}, \"work\\u001b[2Jload\": 1}");
  check_refused("run " + quoted((folder / "run.json").string()), "unknown key");
}

TEST_CASE("a response too late for a stepped run is refused in every mode") {
  for (const char* mode : {"", " --stepped"}) {
    check_refused("run " + kConfig + set("/machine/dram/controller/response_clocks=2500000") + mode,
                  "/response_clocks: 2500000 is out of range [0, 65536]");
  }
}

TEST_CASE("a byte 0 does not end the name of a file") {
  const std::string behind = ": cannot read: the name goes on behind a byte 0";
  check_refused("run " + kConfig + set(R"(/workload="workloads/deit-tiny.json\u0000b")"),
                "deit-tiny.json\\x00b" + behind);
  check_refused("run " + kConfig + set(R"(/machine/dram/preset="../dram/ddr4-2400.json\u0000")"),
                "ddr4-2400.json\\x00" + behind);
}

TEST_CASE("a byte 0 in a key or a text does not end the message") {
  check_refused("run " + kConfig + set(R"(/workload/maps={"kind":"dense","a\u0000b":1})"),
                "/workload/maps/a\\x00b: unknown key");
  check_refused("run " + kConfig + set(R"(/workload/model="deit-tiny\u0000b")"),
                "no model named \"deit-tiny\\x00b\"");
}

TEST_CASE("the value of a setting is read as a file is: a key that stands twice is refused") {
  check_refused("run " + kConfig + set(R"(/workload/maps={"kind":"dense","kind":"masks"})"),
                "/kind: key stands twice");
  check_refused(
      "run " + kConfig + set("/machine/clock_khz=" + std::string(300, '[') + std::string(300, ']')),
      "nested deeper");
}

TEST_CASE("a setting behind the end of a list is refused at once") {
  check_refused(
      "run " + kConfig + set("/workload/layers=[1]") + set("/workload/layers/4000000000=2"),
      "/workload/layers has 1 elements");
  check_refused("run " + kConfig + set("/workload/layers=[1]") +
                    set("/workload/layers/99999999999999999999999=2"),
                "/workload/layers has 1 elements");
  check_refused("run " + kConfig + set("/workload/layers=[1]") + set("/workload/layers/x=2"),
                "not a place in the configuration");
}

TEST_CASE("a run that fails leaves no result of an earlier one") {
  const TempFolder folder;
  write_file_atomically(folder / "result.json", "earlier");
  const std::string out = " --out " + quoted(folder.path().string());
  check_refused("run " + kConfig + set("/machine/mac_lines/lines=0") + out, "lines");
  CHECK_FALSE(file_exists(folder / "result.json"));
}

TEST_CASE("in a sweep, what the host refuses of a point is a row") {
  const SweepBench bench(R"("axes": [{"name": "w", "pointer": "/workload", "values": [")" +
                         std::string(300, 'x') + R"(", "none.json"]}])");
  const Outcome outcome = bench.run("out");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK_THAT(bench.table("out"), Contains("File name too long"));
}

TEST_CASE("a limit on the size of files is a full disk, to a sweep too") {
  const SweepBench bench(
      R"("axes": [{"name": "l", "pointer": "/machine/mac_lines/lines", "values": [16, 32]}])");
  const Outcome outcome = bench.run("out", "", "ulimit -f 4;");
  check_one_line(outcome, 2, "cannot write");
}

}  // namespace vitcod::test::robustness_test
