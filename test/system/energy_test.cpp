// SPDX-License-Identifier: Apache-2.0
// Accesses to the buffers on chip, and their energy, against hand counts.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/system/hand_made.hpp"
#include "test/system/result_checks.hpp"
#include "test/system/runs.hpp"

namespace vitcod::energy_test {
namespace {

using test::HandMadeBlock;
using test::HandMadeMachine;

Json run(const HandMadeMachine& machine, const HandMadeBlock& block) {
  return simulate(test::hand_made_run(machine, block), {});
}

std::uint64_t at(const Json& result, const char* counter) {
  return result["blocks"][Json::json_pointer(counter)].get<std::uint64_t>();
}

}  // namespace

// 32 queries and keys of 16 features, all kept, in one unit.
TEST_CASE("accesses of one sparse head are those counted by hand") {
  const Json result = run({}, {32, 32, 16, 16, 0, {{0, 32}}});
  // Q, K and V are 512 bytes each; 33 column and 33 row pointers of 2 bytes, 1024 row indices.
  const std::uint64_t index = 2 * 33 + 2 * 33 + 1024;
  CHECK(at(result, "/input_buffer/bytes_written") == 3 * 512 + index);
  CHECK(at(result, "/input_buffer/bytes_read") == 3 * 512 + index);
  CHECK(at(result, "/weight_buffer/bytes_written") == 0);
  CHECK(at(result, "/output_buffer/bytes_written") == 512);
  CHECK(at(result, "/output_buffer/bytes_read") == 512);
  CHECK(at(result, "/sparser_decoder/qv_bytes") == 2 * 512);
  CHECK(at(result, "/sparser_decoder/ks_bytes") == 512);
  CHECK(at(result, "/sparser_decoder/index_bytes") == index);
  CHECK(at(result, "/denser_decoder/qv_bytes") == 0);
  // 32 columns in segments of 16 rows: a look-up and a K row each. Then a look-up a row.
  CHECK(at(result, "/sparser_engine/index_buffer/reads") == 2 * 32 + 32);
  const auto rows_read = [&result](const std::string& buffer) {
    const std::uint64_t reads = at(result, (buffer + "/reads").c_str());
    CHECK(at(result, (buffer + "/bytes_read").c_str()) == 16 * reads);
    return reads + at(result, (buffer + "/shared_reads").c_str());
  };
  CHECK(rows_read("/sparser_engine/ks_buffer") == 2 * 32);
  // A Q row a score, then a V row a score.
  CHECK(rows_read("/sparser_engine/qv_buffer") == 2 * 1024);
  CHECK(at(result, "/sparser_engine/score_unit/scores") == 1024);
  // Each score is written by itself; of 3 bytes each, 5 lie in a word: 32 of a row in 7.
  CHECK(at(result, "/sparser_engine/score_buffer/words_written") == 1024);
  CHECK(at(result, "/sparser_engine/score_buffer/table_updates") == 1024);
  CHECK(at(result, "/sparser_engine/score_buffer/words_read") == 32 * 7);
  CHECK(at(result, "/sparser_engine/mac_lines/macs") == 2 * 1024 * 16);
  CHECK(at(result, "/normaliser/partial_bytes_written") == 0);
  const double mac_pj = result["energy_pj"]["sparser_engine"]["mac_lines"]["macs"].get<double>();
  CHECK(mac_pj == Approx(2 * 1024 * 16 * 0.1287));
}

// 8 queries, 16 keys: 4 denser columns in full, and 3 entries more in each row.
TEST_CASE("accesses of a head that both engines share are those counted by hand") {
  const Json result = run({}, {8, 16, 16, 16, 0, {{4, 3}}});
  // Q goes to the denser engine, which forwards it; K and V rows go to the engine of their column.
  CHECK(at(result, "/denser_decoder/qv_bytes") == 8 * 16 + 4 * 16);
  CHECK(at(result, "/denser_decoder/ks_bytes") == 4 * 16);
  CHECK(at(result, "/sparser_decoder/qv_bytes") == 12 * 16);
  CHECK(at(result, "/sparser_decoder/ks_bytes") == 12 * 16);
  CHECK(at(result, "/denser_engine/score_unit/scores") == 8 * 4);
  CHECK(at(result, "/denser_engine/score_buffer/words_read") == 8);
  CHECK(at(result, "/sparser_engine/score_unit/scores") == 8 * 3);
  CHECK(at(result, "/sparser_engine/score_buffer/words_written") == 8 * 3);
  CHECK(at(result, "/sparser_engine/score_buffer/words_read") == 8);
  // 3 columns of one segment each, 8 rows; a forwarded Q row a score, a V row a score.
  CHECK(at(result, "/sparser_engine/index_buffer/reads") == 3 + 8);
  CHECK(at(result, "/sparser_engine/query_forwarding/hits") == 8 * 3);
  const std::uint64_t value_reads = at(result, "/sparser_engine/qv_buffer/reads") +
                                    at(result, "/sparser_engine/qv_buffer/shared_reads");
  CHECK(value_reads == 8 * 3);
  // The first half of each row waits for the second, unless both come in one cycle.
  const std::uint64_t waited = at(result, "/normaliser/partial_bytes_written");
  CHECK(waited % (4 * 16 + 4) == 0);
  CHECK(waited <= 8 * (4 * 16 + 4));
  CHECK(at(result, "/normaliser/partial_bytes_read") == waited);
}

TEST_CASE("energy is counters times table, and the total their sum with the DRAM's") {
  const Json result = test::default_result({});
  CHECK(test::energy_fault(result) == "");
  const char* other = "/machine/energy/preset=../energy/horowitz-45nm.json";
  CHECK(test::energy_fault(test::default_result({other})) == "");
}

TEST_CASE("area is the sum of its parts, power that of dynamic, leakage and clock") {
  CHECK(test::silicon_fault(test::default_result({})) == "");
  CHECK(test::silicon_fault(test::default_result(
            {"/machine/controller/two_engines=false", "/workload/layers=[0]"})) == "");
  CHECK(test::silicon_fault(test::default_result(
            {"/machine/energy/preset=../energy/horowitz-45nm.json", "/workload/layers=[0]"})) ==
        "");
}

TEST_CASE("gates of the clock take area and save power, and no cycle depends on them") {
  const std::string level = "/machine/clock_gating/level=";
  Json last;
  for (const char* name : {"none", "block", "line"}) {
    const Json result = test::default_result({"/workload/layers=[0]", level + name});
    CAPTURE(name);
    CHECK(test::silicon_fault(result) == "");
    if (!last.is_null()) {
      CHECK(result["blocks"] == last["blocks"]);
      CHECK(result["energy_pj"]["clock"] < last["energy_pj"]["clock"]);
      CHECK(result["power_mw"]["on_chip"] < last["power_mw"]["on_chip"]);
      CHECK(result["area_mm2"]["total"] >= last["area_mm2"]["total"]);
      CHECK(result["clock_gating"]["clocked"] < last["clock_gating"]["clocked"]);
    } else {
      CHECK(result["clock_gating"]["clocked"] == 1.0);
      CHECK(result["clock_gating"]["gates"] == 0.0);
    }
    last = result;
  }
  // Nothing for the encoder to do: a tenth of its registers' bits, 0.00448 pJ at 500 MHz each, of
  // its registers that a load gates and of its latches, and of each gate its enable in full.
  REQUIRE(last["blocks"]["encoder"]["cycles"]["idle"] == last["cycles"]["total"]);
  const auto bits = [&last](const char* kind, double um2) {
    return last["area_mm2"]["encoder"][kind].get<double>() * 1e6 * 0.7 / um2;
  };
  const double tree =
      bits("registers", 2.843) + bits("gated_registers", 2.948) + bits("latches", 1.706);
  CHECK(last["power_mw"]["encoder"]["clock"].get<double>() ==
        Approx(0.00448 * 0.5 * (0.1 * tree + bits("clock_gates", 6.188))));
}

TEST_CASE("a fault of area or power is found") {
  const Json result = test::default_result({"/workload/layers=[0]"});
  for (const char* pointer :
       {"/area_mm2/total", "/area_mm2/mac_lines/adders", "/energy_pj/clock", "/energy_pj/leakage",
        "/power_mw/on_chip", "/power_mw/dram", "/power_mw/crossbar/dynamic",
        "/power_mw/mac_lines/leakage", "/power_mw/mac_lines/clock"}) {
    Json wrong = result;
    Json& number = wrong[Json::json_pointer(pointer)];
    REQUIRE(number.get<double>() > 0);
    number = number.get<double>() * 1.01;
    CAPTURE(pointer);
    CHECK(test::silicon_fault(wrong) != "");
  }
}

// 32 queries and keys of 16 features, all kept: Q, K, V and the output are 512 bytes each, the
// index 1156. The input buffer's staging and the packet that crosses, 8 KB of 16 bytes, are one
// macro of 512 x 128 with two ports: 8.3 uA a MHz at 0.81 V to be read, 7.6 to be written, 142 uA
// of leakage.
TEST_CASE("energy of a tiny run is that computed by hand") {
  const HandMadeBlock block{32, 32, 16, 16, 0, {{0, 32}}};
  RunConfig run = test::hand_made_run({}, block);
  Json machine = test::machine_of(run);
  const auto packet = machine["dma"]["packet_bytes"].get<std::uint32_t>();
  machine["crossbar"]["port_bytes_per_cycle"] = 16;
  machine["input_buffer"] = {{"capacity_bytes", 8192 - packet + (1U << 20U)},
                             {"staging_bytes", 8192 - packet},
                             {"bank_bytes", 2048},
                             {"port_bytes_per_cycle", 16}};
  test::set_machine(run, machine);
  const Json result = simulate(run, {});
  CHECK(test::energy_fault(result) == "");
  CHECK(test::silicon_fault(result) == "");
  const double bytes = 3 * 512 + 1156;
  const Json& energy = result["energy_pj"];
  const auto is = [](double value) { return Approx(value).epsilon(1e-3); };
  CHECK(energy["input_buffer"]["bytes_read"].get<double>() == is(bytes * 8.3 * 0.81 / 16));
  CHECK(energy["input_buffer"]["bytes_written"].get<double>() == is(bytes * 7.6 * 0.81 / 16));
  // Two pointers of 20 bits: registers of 40 bits, which leak with their adders.
  const double registers_mm2 = 40 * 2.843e-6 / 0.7;
  const double gates_mm2 = 2 * 6.188e-6 / 0.7;  // of 32 bits each
  const double adders_mm2 = 40 * 4.13e-6 / 0.7;
  const Json& power = result["power_mw"]["input_buffer"];
  CHECK(power["leakage"].get<double>() ==
        is(2 * 0.142 * 0.81 + 7.36 * (registers_mm2 + gates_mm2 + adders_mm2)));
  // At 500 MHz; a tenth in cycles in which the buffer is idle, and the enables of two gates.
  const auto cycles = result["cycles"]["total"].get<double>();
  const auto idle = result["blocks"]["input_buffer"]["cycles"]["idle"].get<double>();
  const double clocked_bits = 40 * (1 - 0.9 * idle / cycles) + 2;
  CHECK(power["clock"].get<double>() == is(clocked_bits * 0.00448 * 0.5));
  CHECK(power["dynamic"].get<double>() ==
        is(bytes * (8.3 + 7.6) * 0.81 / 16 / (cycles * 2)));  // 2 ns a cycle
  CHECK(result["area_mm2"]["input_buffer"]["sram"].get<double>() == is(2 * 0.016 / 0.9));
}

TEST_CASE("a memory that no block has is wrong input of the energy table") {
  const RunConfig run = test::default_run({"/machine/energy/events/5/memory=/mac_lines"});
  CHECK_THROWS_WITH(simulate(run, {}),
                    "/energy/events/5/memory: found \"/mac_lines\", expected a block with a "
                    "memory, as a JSON pointer below /blocks");
}

TEST_CASE("macros that nothing can be fitted to are wrong input of the area table") {
  RunConfig run = test::default_run({});
  Json machine = test::machine_of(run);
  for (Json& macro : machine["area"]["macros"]) macro["bits"] = 128;
  test::set_machine(run, machine);
  CHECK_THROWS_WITH(simulate(run, {}),
                    "/area/macros: expected sizes that differ in words and in bits, and values of "
                    "like magnitude, to fit others");
}

TEST_CASE("a fault of the energies is found") {
  const Json result = test::default_result({});
  Json wrong = result;
  wrong["energy_pj"]["total"] = 1.0;
  CHECK(test::energy_fault(wrong) != "");
  wrong = result;
  wrong["energy_pj"]["encoder"]["macs"] = 1.0;
  CHECK(test::energy_fault(wrong) != "");
  wrong = result;
  wrong["blocks"]["denser_engine"]["score_buffer"]["words_read"] = 0;
  CHECK(test::energy_fault(wrong) != "");
}

TEST_CASE("a machine without forwarding has no energy of forwarding") {
  const Json result = test::default_result({"/machine/controller/query_forwarding=false"});
  CHECK_FALSE(result["energy_pj"]["sparser_engine"].contains("query_forwarding"));
  CHECK(test::energy_fault(result) == "");
}

TEST_CASE("an energy table that names no counter is wrong input") {
  const RunConfig run = test::default_run({"/machine/energy/events/0/counter=/denser/macs",
                                           "/machine/energy/events/0/if_present=false"});
  CHECK_THROWS_WITH(simulate(run, {}),
                    "/energy/events/0/counter: found \"/denser/macs\", expected a counter of a "
                    "block, as a JSON pointer below /blocks");
}

}  // namespace vitcod::energy_test
