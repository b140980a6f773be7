// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/layer_passes.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "test/support/sim_bench.hpp"

namespace vitcod::test::layer_passes_test {
namespace {

class Log final : public CycleListener {
 public:
  void on_pass(const CycleAccount& account, std::size_t reason, Cycle from, Cycle to) override {
    CHECK(account.path() == "/layer/cycles");
    CHECK(from == until);
    until = to;
    if (account.reasons()[reason] == last) return;
    last = account.reasons()[reason];
    text += last + "@" + std::to_string(from) + " ";
  }
  Cycle until = 0;
  std::string last;
  std::string text;
};

}  // namespace

TEST_CASE("each cycle of the leading block passes under the layer that it worked on") {
  // Layer 0 in cycles 0 to 4, of which 0 and 1 idle; then layer 2; 12 cycles.
  const std::vector<Layer> layers = {{"first"}, {"second"}, {"third"}};
  for (const RunMode& mode : all_run_modes()) {
    SimBench bench(mode);
    ScriptedBlock leader("leader", bench);
    std::size_t layer = 0;
    LayerPasses passes(leader, layers, [&layer] { return layer; });
    Log log;
    passes.listen(log);
    leader.script = [&](Cycle now) -> Cycle {
      if (now == 5) layer = 2;
      leader.cycles.standing(now >= 2 ? TestActivity::kBusy : TestActivity::kIdle);
      if (now == 11) bench.scheduler.stop();
      return now < 2 ? 2 : (now < 5 ? 5 : (now < 11 ? 11 : kOnLink));
    };
    bench.run();
    CHECK(log.text == "first@0 third@5 ");
    CHECK(log.until == 12);
  }
}

}  // namespace vitcod::test::layer_passes_test
