// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <nlohmann/json.hpp>

#include "hw_models/accelerators/machine.hpp"

namespace vitcod::test {

enum class ScriptedReason { kIdle, kBusy, kBlocked };

/// A machine that is nothing but three accounts and that of the layers, to be told anything: a
/// block in another, and a channel of DRAM. 500 MHz.
class ScriptedMachine final : public Machine {
 public:
  using Account = CycleBreakdown<ScriptedReason, 3>;

  explicit ScriptedMachine(std::uint64_t dram_clock_khz) : dram_clock_khz_(dram_clock_khz) {}

  void run() override {}
  void listen(CycleListener& listener) override { stats_.listen(listener); }
  void listen_to_layers(CycleListener& listener) override { layers.listen(listener); }
  std::uint64_t dram_clock_khz() const override { return dram_clock_khz_; }
  std::uint64_t clock_khz() const override { return 500'000; }
  Cycle total_cycles() const override { return engine.total(); }
  std::uint64_t num_wakeups() const override { return 0; }
  void write_report(Json& result) const override { stats_.write(result["blocks"]); }
  void write_values(Json&) override {}

 private:
  using Names = std::array<std::string_view, 3>;
  static constexpr Names kNames = {"idle", "busy", "blocked"};

  const std::uint64_t dram_clock_khz_;
  StatGroup run_{"run"};
  StatGroup layer_{run_, "layer"};
  StatGroup stats_{"blocks"};
  StatGroup engine_{stats_, "engine"};
  StatGroup unit_{engine_, "unit"};
  StatGroup dram_{stats_, "dram0"};

 public:
  Account layers{layer_, Names{"a \"1\"", "b", "c"}};
  Account engine{engine_, kNames};
  Account unit{unit_, kNames};
  Account dram{dram_, kNames, "dram_clocks"};
};

}  // namespace vitcod::test
