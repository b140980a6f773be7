// SPDX-License-Identifier: Apache-2.0
// A listener hears when each cycle of each block passed, and hears the same in every run mode.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "hw_models/accelerators/make_machine.hpp"
#include "sim/kernel/sim_context.hpp"
#include "test/system/random_machines.hpp"

namespace vitcod::cycle_passes_test {
namespace {

/// What one account was told: passes of one reason that follow each other are one.
class Timeline {
 public:
  void add(std::string_view reason, Cycle from, Cycle to) {
    if (fault_.empty() && from != until_) fault_ = fmt::format("{} follows {}", from, until_);
    if (fault_.empty() && to <= from) fault_ = fmt::format("no cycle from {} to {}", from, to);
    until_ = to;
    totals_[std::string(reason)] += to - from;
    if (reason == reason_) return;
    reason_ = reason;
    text_ += fmt::format("{}@{} ", reason, from);
  }
  const std::string& text() const { return text_; }
  const std::string& fault() const { return fault_; }
  Cycle until() const { return until_; }
  const std::map<std::string, Cycle>& totals() const { return totals_; }

 private:
  std::string text_;
  std::string fault_;
  std::string reason_;
  Cycle until_ = 0;
  std::map<std::string, Cycle> totals_;
};

class Recorder final : public CycleListener {
 public:
  void on_pass(const CycleAccount& account, std::size_t reason, Cycle from, Cycle to) override {
    timelines[account.path()].add(account.reasons()[reason], from, to);
  }
  std::map<std::string, Timeline> timelines;
};

struct Heard {
  std::map<std::string, Timeline> timelines;
  Json report;
};

Heard listen_to(const RunConfig& run, const RunMode& mode) {
  Recorder recorder;
  const SimContext context;
  const auto machine = make_machine(run.settings, run.trace, false, mode);
  machine->listen(recorder);
  machine->run();
  Heard heard{recorder.timelines, {}};
  heard.report["workload"]["macs"] = 0;
  machine->write_report(heard.report);
  return heard;
}

/// Each account of the report was heard from its first cycle to its last, reason by reason.
void check_complete(const Heard& heard) {
  const Json& blocks = heard.report["blocks"];
  std::size_t num_accounts = 0;
  const std::function<void(const Json&, const std::string&)> walk = [&](const Json& node,
                                                                        const std::string& at) {
    for (const auto& [key, value] : node.items()) {
      if (key == "cycles" || key == "dram_clocks") {
        ++num_accounts;
      } else if (value.is_object() && key != "commands") {
        walk(value, fmt::format("{}/{}", at, key));
      }
    }
  };
  walk(blocks, "");
  CHECK(heard.timelines.size() == num_accounts);
  for (const auto& [path, timeline] : heard.timelines) {
    INFO(path);
    CHECK(timeline.fault() == "");
    Cycle total = 0;
    for (const auto& [reason, cycles] : blocks[Json::json_pointer(path)].items()) {
      const auto found = timeline.totals().find(reason);
      CHECK((found == timeline.totals().end() ? 0 : found->second) == cycles);
      total += cycles.get<Cycle>();
    }
    CHECK(timeline.until() == total);
  }
}

void check_same_in_all_modes(const test::RandomRun& run) {
  const RunConfig config = run.config();
  const Heard event_driven = listen_to(config, {});
  check_complete(event_driven);
  for (const bool stepped : {false, true}) {
    for (const bool reversed : {false, true}) {
      RunMode mode;
      mode.stepped = stepped;
      mode.reversed = reversed;
      const Heard other = listen_to(config, mode);
      for (const auto& [path, timeline] : event_driven.timelines) {
        INFO(path << (stepped ? ", stepped" : "") << (reversed ? ", reversed" : ""));
        CHECK(other.timelines.at(path).fault() == "");
        CHECK(other.timelines.at(path).text() == timeline.text());
      }
    }
  }
}

}  // namespace

TEST_CASE("listeners hear when each cycle of each block passed, the same in every mode") {
  std::size_t num_run = 0;
  for (const std::uint64_t seed : test::random_seeds("passes", 1, 40)) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    try {
      check_same_in_all_modes(test::random_run(seed));
      ++num_run;
    } catch (const InputError&) {
      // The machine contradicts itself or is too small for the workload.
    }
  }
  std::cout << "passes: " << num_run << " machine and workload pairs run\n";
  CHECK(num_run > 0);
}

}  // namespace vitcod::cycle_passes_test
