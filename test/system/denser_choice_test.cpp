// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/driver/simulation.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::denser_choice_test {
namespace {

Json result_with(const std::string& polarization, const std::vector<std::string>& further = {},
                 const RunMode& mode = {}) {
  std::vector<std::string> settings{"/workload/layers=[2,11]",
                                    "/workload/polarization=" + polarization};
  settings.insert(settings.end(), further.begin(), further.end());
  SimulationOptions options;
  options.mode = mode;
  return simulate(load_run_config(test::source_dir() + "/configs/vitcod.json", settings), options);
}

const std::string kAuto = R"({"theta_d": "auto"})";

}  // namespace

TEST_CASE("a machine whose compiler cuts the maps has the values of one whose trace does") {
  const Json cut = result_with(R"({"theta_d": 50})");
  const Json chosen = result_with(kAuto);
  CHECK(chosen["values"]["mismatches"] == 0);
  CHECK(chosen["values"]["output_sha256"] == cut["values"]["output_sha256"]);
  CHECK_FALSE(cut["layers"][0].contains("denser_columns"));
  for (const Json& layer : chosen["layers"]) CHECK(layer["denser_columns"].size() == 3);
  // Layer 2's head 0 has broad bands of columns, its other heads the class token's (map generator).
  CHECK(chosen["layers"][0]["denser_columns"][0] > 10);
  CHECK(chosen["layers"][0]["denser_columns"][1] <= 2);
}

TEST_CASE("the choice is predicted to be no slower than any share of the rows that it was among") {
  const auto predicted = [](const Json& result) {
    return result["layers"][0]["predicted_cycles"].get<double>();
  };
  const std::vector<std::string> first{"/workload/layers=[2]"};
  const double chosen = predicted(result_with(kAuto, first));
  // The order of the columns differs from that of a map cut by its trace, and so do pieces of it.
  for (const char* share : {"0.75", "0.5", "0.25", "0.125"}) {
    CAPTURE(share);
    const std::string fixed = R"({"theta_d_fraction": )" + std::string(share) + "}";
    CHECK(chosen <= 1.01 * predicted(result_with(fixed, first)));
  }
}

TEST_CASE("a choice of denser columns has the same result in every mode") {
  Json plain = result_with(kAuto);
  RunMode stepped, reversed;
  stepped.stepped = true;
  reversed.reversed = true;
  for (const RunMode& mode : {stepped, reversed}) {
    Json other = result_with(kAuto, {}, mode);
    CHECK(other["cycles"] == plain["cycles"]);
    CHECK(other["blocks"] == plain["blocks"]);
  }
}

TEST_CASE("a choice that would change values is refused") {
  CHECK_THROWS_WITH(
      result_with(kAuto, {"/machine/controller/mask_denser_block=false"}),
      Catch::Contains("what pruned entries of denser columns weigh would depend on the choice"));
}

}  // namespace vitcod::denser_choice_test
