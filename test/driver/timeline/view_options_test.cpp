// SPDX-License-Identifier: Apache-2.0
// `run --timeline --vcd --window` as a user meets them: what they leave, and what is refused when.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "test/driver/command_line.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::view_options_test {
namespace {

const std::string kConfig = source_dir() + "/configs/vitcod.json";
const std::string kRun = "run " + quoted(kConfig) + " --no-values --set '/workload/layers=[3]'";
// 180 million MACs on 16 multipliers: what is refused only after the run would not be refused soon.
const std::string kLongRun =
    kRun + " '/workload/maps={\"kind\":\"dense\"}'" + " /machine/mac_lines/lines=2 --stepped";

std::string option(const std::string& name, const std::filesystem::path& file) {
  return " --" + name + " " + quoted(file.string());
}

std::set<std::string> files_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

/// The one line of a run that is refused before it would take seconds.
std::string refusal(const std::string& options) {
  const Outcome outcome = run_program(kLongRun + options, "timeout -s KILL 20");
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  return outcome.err;
}

}  // namespace

TEST_CASE("a run leaves its timeline and its waveform, the same bytes with --stepped") {
  const TempFolder folder;
  const std::string views = option("timeline", folder / "t.json") + option("vcd", folder / "w.vcd");
  const Outcome outcome = run_program(kRun + option("out", folder / "plain"));
  REQUIRE(outcome.status == 0);
  const Outcome shown = run_program(kRun + option("out", folder / "shown") + views);
  REQUIRE(shown.status == 0);
  CHECK_THAT(shown.out, Catch::EndsWith("written: " + (folder / "shown/result.json").string() +
                                        "\nwritten: " + (folder / "t.json").string() +
                                        "\nwritten: " + (folder / "w.vcd").string() + "\n"));
  CHECK(read_file(folder / "shown/result.json") == read_file(folder / "plain/result.json"));
  CHECK(files_in(folder.path()) == std::set<std::string>{"plain", "shown", "t.json", "w.vcd"});
  CHECK(read_json_file(folder / "t.json")["traceEvents"].size() > 1000);
  const std::string timeline = read_file(folder / "t.json");
  const std::string vcd = read_file(folder / "w.vcd");
  REQUIRE(run_program(kRun + views + " --stepped").status == 0);
  CHECK((read_file(folder / "t.json") == timeline));
  CHECK((read_file(folder / "w.vcd") == vcd));
  REQUIRE(run_program(kRun + views + " --window 100:110").status == 0);
  CHECK(read_json_file(folder / "t.json")["otherData"]["cycles"] == "100:110");
  CHECK_THAT(read_file(folder / "w.vcd"), Catch::Contains("$comment cycles 100 to 110 of "));
}

TEST_CASE("a timeline goes to a device or a pipe as well") {
  const TempFolder folder;
  CHECK(run_program(kRun + " --timeline /dev/null --vcd /dev/null").status == 0);
  const std::string pipe = quoted((folder / "pipe").string());
  const std::string reader = "mkfifo " + pipe + " && cat " + pipe + " > " +
                             quoted((folder / "read").string()) + " &\n while ! test -p " + pipe +
                             "; do sleep 0.05; done\n";
  REQUIRE(run_program(kRun + option("timeline", folder / "pipe") + " && wait", reader).status == 0);
  CHECK(read_json_file(folder / "read")["traceEvents"].size() > 1000);
}

TEST_CASE("a window that is none is refused before the run") {
  const TempFolder folder;
  const std::string timeline = option("timeline", folder / "t.json");
  CHECK(refusal(timeline + " --window 5:5") ==
        "vitcod-sim: --window: found \"5:5\", expected FROM:TO, two cycles of which FROM is below "
        "TO\n");
  CHECK(refusal(" --window 5:6") == "vitcod-sim: --window: needs --timeline or --vcd\n");
  CHECK(files_in(folder.path()).empty());
}

TEST_CASE("a window behind the run is refused once its end is known, with the result kept") {
  const TempFolder folder;
  const Outcome outcome =
      run_program(kRun + option("out", folder.path()) + option("vcd", folder / "w.vcd") +
                  " --window 99999999:100000000");
  CHECK(outcome.status == 2);
  CHECK(outcome.err == "vitcod-sim: --window: the run ended before cycle 99999999\n");
  CHECK(files_in(folder.path()) == std::set<std::string>{"result.json"});
}

TEST_CASE("a file that cannot be written, or has another use, is refused before the run") {
  const TempFolder folder;
  const std::string none = (folder / "none/t.json").string();
  for (const char* name : {"timeline", "vcd"}) {
    CHECK(refusal(option(name, none)) ==
          "vitcod-sim: " + none + ": cannot write: No such file or directory\n");
    CHECK(refusal(option(name, folder.path())) ==
          "vitcod-sim: " + folder.path().string() + ": cannot write: Is a directory\n");
    CHECK_THAT(refusal(option(name, kConfig)),
               Catch::EndsWith("vitcod.json: is the file of the run config too\n"));
  }
  CHECK(refusal(option("timeline", folder / "a") + option("vcd", folder / "b/../a")) ==
        "vitcod-sim: --vcd " + (folder / "b/../a").string() + ": is the file of --timeline too\n");
  CHECK(refusal(option("out", folder.path()) + option("vcd", folder / "result.json")) ==
        "vitcod-sim: --vcd " + (folder / "result.json").string() +
            ": is the file of the result too\n");
  CHECK(files_in(folder.path()).empty());
}

TEST_CASE("a run that is killed or refused leaves no timeline, not an earlier one either") {
  const TempFolder folder;
  const std::string views = option("timeline", folder / "t.json") + option("vcd", folder / "w.vcd");
  for (const char* const ends : {" --set /machine/mac_lines/lines=0", ""}) {
    write_file_atomically(folder / "t.json", "earlier");
    write_file_atomically(folder / "w.vcd", "earlier");
    CHECK(run_program(kLongRun + views + ends, "timeout -s KILL 0.6").status != 0);
    CHECK(files_in(folder.path()).empty());
  }
}

TEST_CASE("a timeline that does not fit the disk is one line, and no half of it stays") {
  const TempFolder folder;
  // Files of at most 64 KB; a write beyond fails instead of ending the program.
  const std::string small_files = "trap '' XFSZ; ulimit -f 128;";
  for (const char* name : {"timeline", "vcd"}) {
    const Outcome outcome = run_program(kRun + option(name, folder / "view"), small_files);
    CHECK(outcome.status == 2);
    CHECK(outcome.err ==
          "vitcod-sim: " + (folder / "view").string() + ": cannot write: File too large\n");
    CHECK(files_in(folder.path()).empty());
  }
  CHECK_THAT(run_program(kRun + " --vcd /dev/full").err,
             Catch::Contains("/dev/full: cannot write: No space left on device"));
}

}  // namespace vitcod::test::view_options_test
