// SPDX-License-Identifier: Apache-2.0
#include "sim/base/stats.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace vitcod::stats_test {
namespace {
enum class Activity { kIdle, kBusy, kBlocked };
constexpr std::array<std::string_view, 3> kNames = {"idle", "busy", "blocked"};

class Log final : public CycleListener {
 public:
  void on_pass(const CycleAccount& account, std::size_t reason, Cycle from, Cycle to) override {
    text += account.path() + " " + std::string(account.reasons()[reason]) + " " +
            std::to_string(from) + "-" + std::to_string(to) + "; ";
  }
  std::string text;
};
}  // namespace

TEST_CASE("a tree of groups writes its statistics in order of declaration, then its children") {
  StatGroup root("machine");
  Counter tasks(root, "tasks", "dot products accepted");
  StatGroup child(root, "sddmm");
  Counter last(root, "last", "declared after the child");
  Counter beats(child, "beats", "beats sent");
  StatGroup empty(child, "empty");
  ++tasks;
  tasks += 4;
  beats += 7;
  Json out = "overwritten";
  root.write(out);
  CHECK(out.dump() == R"({"tasks":5,"last":0,"sddmm":{"beats":7,"empty":{}}})");
}

TEST_CASE("a counter of a maximum only rises") {
  StatGroup root("root");
  Counter peak(root, "peak", "largest occupancy");
  peak.raise_to(3);
  peak.raise_to(2);
  CHECK(peak.value() == 3);
}

TEST_CASE("cycles are counted under the standing reason, or under a named one") {
  StatGroup root("root");
  CycleBreakdown<Activity, 3> cycles(root, kNames);
  CHECK(cycles.standing_name() == "idle");
  cycles.pass(0, 10);
  cycles.standing(Activity::kBlocked);
  CHECK(cycles.standing_name() == "blocked");
  cycles.pass(10, 15);
  cycles.pass(Activity::kBusy, 15, 18);
  cycles.pass(18, 19);
  CHECK(cycles.cycles(Activity::kIdle) == 10);
  CHECK(cycles.cycles(Activity::kBusy) == 3);
  CHECK(cycles.cycles(Activity::kBlocked) == 6);
  CHECK(cycles.total() == 19);
  Json out;
  root.write(out);
  CHECK(out.dump() == R"({"cycles":{"idle":10,"busy":3,"blocked":6}})");
}

TEST_CASE("listeners of a group are told each pass below it, with account, reason and time") {
  StatGroup root("machine");
  StatGroup engine(root, "engine");
  StatGroup buffer(engine, "a/b");
  CycleBreakdown<Activity, 3> engine_cycles(engine, kNames);
  CycleBreakdown<Activity, 3> buffer_cycles(buffer, kNames, "dram_clocks");
  Log all;
  Log one;
  engine_cycles.pass(0, 2);  // nobody listens yet
  root.listen(all);
  buffer_cycles.listen(one);
  engine_cycles.pass(2, 5);
  engine_cycles.pass(5, 5);  // no cycle
  buffer_cycles.pass(Activity::kBlocked, 0, 7);
  CHECK(all.text == "/engine/cycles idle 2-5; /engine/a~1b/dram_clocks blocked 0-7; ");
  CHECK(one.text == "/engine/a~1b/dram_clocks blocked 0-7; ");
  CHECK(engine_cycles.total() == 5);
}

TEST_CASE("blocks of the DRAM clock write their cycles under another key") {
  StatGroup root("root");
  const CycleBreakdown<Activity, 3> cycles(root, kNames, "dram_clocks");
  Json out;
  root.write(out);
  CHECK(out.contains("dram_clocks"));
}

TEST_CASE("two statistics of one name are a model error, not a lost number") {
  StatGroup root("root");
  const Counter a(root, "tasks", "the first");
  Json out;
  SECTION("two counters") {
    const Counter b(root, "tasks", "the second");
    CHECK_THROWS_AS(root.write(out), ModelError);
  }
  SECTION("a counter and a child") {
    const StatGroup b(root, "tasks");
    CHECK_THROWS_AS(root.write(out), ModelError);
  }
}

}  // namespace vitcod::stats_test
