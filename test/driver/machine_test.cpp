// SPDX-License-Identifier: Apache-2.0
// The driver runs any machine by the interface: here one that neither it nor hw_models knows.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/driver/simulation.hpp"
#include "sim/driver/summary.hpp"
#include "test/driver/schema/schema_validator.hpp"
#include "test/driver/tiny_machine.hpp"

namespace vitcod::test::machine_test {
namespace {

constexpr std::uint32_t kBursts = 40;

Json tiny_result(const RunMode& mode, bool with_values = true, std::int8_t fault = 0) {
  const Json document = tiny_document();
  const auto config = read_config<TinyConfig>(document);
  const Trace trace = tiny_trace(kBursts);
  const auto make = [&] { return make_tiny_machine(config, trace, with_values, mode, fault); };
  return whole_result(simulate_on(make, document.dump(), trace));
}

}  // namespace

TEST_CASE("a machine of another kind has the same result in every mode, with values and without") {
  const Json result = tiny_result({});
  for (const bool stepped : {false, true}) {
    for (const bool reversed : {false, true}) {
      RunMode mode;
      mode.stepped = stepped;
      mode.reversed = reversed;
      CHECK(tiny_result(mode).dump() == result.dump());
    }
  }
  Json no_values = tiny_result({}, false);
  CHECK(no_values["values"] == Json({{"checked", false}}));
  no_values["values"] = result["values"];
  CHECK(no_values.dump() == result.dump());
}

TEST_CASE("the result of a machine of another kind has the common form and can be summed up") {
  for (const bool with_values : {false, true}) {
    const Json result = tiny_result({}, with_values);
    CHECK(validator_of("result").errors(result).empty());
    CHECK(result["config"]["machine"] == tiny_document());
    // Each burst is read from the buffer in 2 cycles and takes 64 / 16 more.
    CHECK(result["cycles"]["by_phase"]["computing"] == kBursts * (2 + 4));
    CHECK(result["layers"][0]["predicted_cycles"] == kBursts * (2 + 4));
    CHECK(result["blocks"]["engine"]["buffer"]["cycles"]["busy"] == kBursts * 2);
    CHECK(result["macs"]["attention"] == kBursts * 64);
    CHECK(result["dram"]["bytes_read"] == kBursts * 64);
    CHECK(result["dram"]["bytes_written"] == 64);
    CHECK(result["time_us"].get<double>() ==
          Approx(result["cycles"]["total"].get<double>() / 500).epsilon(1e-12));
    CHECK(result["energy_pj"]["engine"]["macs"] == 0.5 * kBursts * 64);
    CHECK(result["energy_pj"]["engine"]["buffer"]["bytes_read"] == 2.0 * kBursts * 64);
    // DDR4-2400, one channel of 8 bytes. The buffer has no capacity.
    CHECK(result["dram"]["peak_gbps"] == 19.2);
    CHECK_THAT(summary(result, "tiny"),
               Catch::Contains("machine tiny: 500 MHz, 0 KB of SRAM, DRAM 19.2 GB/s") &&
                   Catch::Contains("workload squares: 1 layer, "));
  }
}

TEST_CASE("columns of the summary's traffic stay apart, however long the numbers are") {
  Json result = tiny_result({});
  const std::uint64_t bytes = 1234567890123;
  result["traffic"]["weights"] = {{"first_load", bytes}, {"reload", bytes}, {"write_back", bytes}};
  CHECK_THAT(summary(result, "tiny"),
             Catch::Contains("weights        1234567890123 1234567890123 1234567890123\n"));
}

TEST_CASE("wrong values of a machine of another kind are counted, and end the run") {
  const Json sound = tiny_result({});
  CHECK(sound["values"]["mismatches"] == 0);
  CHECK_NOTHROW(require_matching_values(sound));
  const Json faulty = tiny_result({}, true, 1);
  CHECK(faulty["values"]["mismatches"] == kBursts);
  CHECK_THROWS_WITH(require_matching_values(faulty),
                    std::to_string(kBursts) + " output values differ from the reference");
}

}  // namespace vitcod::test::machine_test
