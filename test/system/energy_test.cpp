// SPDX-License-Identifier: Apache-2.0
// Accesses to the buffers on chip, and their energy, against hand counts.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/system/hand_made.hpp"
#include "test/system/result_checks.hpp"
#include "test/system/runs.hpp"

namespace vitcod {
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
  CHECK(mac_pj == Approx(2 * 1024 * 16 * 0.3));
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
  CHECK(test::energy_fault(test::default_result({})) == "");
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
  const RunConfig run = test::default_run({"/machine/energy/events/2/counter=/denser/macs"});
  CHECK_THROWS_WITH(simulate(run, {}),
                    "/energy/events/2/counter: found \"/denser/macs\", expected a counter of a "
                    "block, as a JSON pointer below /blocks");
}

}  // namespace vitcod
