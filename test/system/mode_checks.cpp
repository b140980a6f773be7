// SPDX-License-Identifier: Apache-2.0
#include "test/system/mode_checks.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/driver/simulation.hpp"
#include "test/system/result_checks.hpp"

namespace vitcod::test {
namespace {

/// The result without what is outside of the comparison with a run that computes no values.
Json without_values(Json result) {
  result.erase("values");
  return result;
}

struct NamedMode {
  const char* name;
  RunMode mode;
};

std::vector<NamedMode> other_modes() {
  std::vector<NamedMode> modes(4);
  modes[0] = {"stepped", {}};
  modes[0].mode.stepped = true;
  modes[1] = {"reversed", {}};
  modes[1].mode.reversed = true;
  modes[2] = {"stepped, reversed", {}};
  modes[2].mode.stepped = modes[2].mode.reversed = true;
  modes[3] = {"SystemC time exact at each edge", {}};
  modes[3].mode.quantum_edges = 0;
  return modes;
}

}  // namespace

void expect_same_in_all_modes(const RunConfig& config) {
  const Json result = simulate(config, {});
  CHECK(result["values"]["mismatches"] == 0);
  CHECK(accounts_fault(result) == "");
  CHECK(energy_fault(result) == "");
  for (const NamedMode& other : other_modes()) {
    INFO(other.name);
    SimulationOptions options;
    options.mode = other.mode;
    const Json other_result = simulate(config, options);
    // A difference prints as a JSON patch, not as two documents.
    const std::string patch =
        other_result.dump() == result.dump() ? "" : Json::diff(result, other_result).dump(1);
    CHECK(patch == "");
  }
  SimulationOptions cycles_only;
  cycles_only.with_values = false;
  const Json no_values = simulate(config, cycles_only);
  CHECK(no_values["values"] == Json({{"checked", false}}));
  CHECK(without_values(no_values).dump() == without_values(result).dump());
}

}  // namespace vitcod::test
