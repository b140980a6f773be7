// SPDX-License-Identifier: Apache-2.0
#include "hw_models/energy/energy_account.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::test {
namespace {

/// Two blocks, one with a part of its own.
struct Blocks {
  StatGroup all{"blocks"};
  StatGroup buffer{all, "buffer"};
  Counter bytes{buffer, "bytes", "moved"};
  StatGroup engine{all, "engine"};
  StatGroup lines{engine, "lines"};
  Counter macs{lines, "macs", "done"};
};

EnergyConfig table(std::vector<EnergyEvent> events) { return {"a book", std::move(events)}; }

std::string error_of(const EnergyConfig& config) {
  const Blocks blocks;
  try {
    const EnergyAccount account(config, blocks.all);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

std::string reading_error(const Json& json) {
  try {
    read_config<EnergyConfig>(json);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

EnergyConfig shipped_table() {
  const std::filesystem::path root(VITCOD_SOURCE_DIR);
  return read_config<EnergyConfig>(
      read_json_file(root / "configs" / "energy" / "horowitz-45nm.json"));
}

}  // namespace

TEST_CASE("energy is each counter times its cost, at the counter's pointer") {
  Blocks blocks;
  const EnergyAccount account(
      table({{"/buffer/bytes", 2.5, "", {}}, {"/engine/lines/macs", 0.25, "", {}}}), blocks.all);
  blocks.bytes += 6;
  blocks.macs += 8;
  Json json;
  account.write(json);
  CHECK(json == Json({{"buffer", {{"bytes", 15.0}}}, {"engine", {{"lines", {{"macs", 2.0}}}}}}));
  CHECK(account.total_pj() == 17.0);
}

TEST_CASE("a counter that no block has, or that stands twice, is wrong") {
  const std::string expected = ", expected a counter of a block, as a JSON pointer below /blocks";
  CHECK(error_of(table({{"/buffer/bytes", 1, "", {}}, {"/buffer/bits", 1, "", {}}})) ==
        "/energy/events/1/counter: found \"/buffer/bits\"" + expected);
  for (const char* counter : {"", "/", "buffer/bytes", "/engine/lines", "/engine/lines/macs/x"}) {
    CHECK(error_of(table({{counter, 1, "", {}}})) ==
          "/energy/events/0/counter: found \"" + std::string(counter) + "\"" + expected);
  }
  CHECK(error_of(table({{"/buffer/bytes", 1, "", {}}, {"/buffer/bytes", 2, "", {}}})) ==
        "/energy/events/1/counter: found \"/buffer/bytes\", expected each counter once");
}

TEST_CASE("a counter of a block that a machine may lack costs nothing there") {
  const Blocks blocks;
  const EnergyAccount account(table({{"/decoder/macs", 1, "", true}}), blocks.all);
  CHECK(account.total_pj() == 0.0);
  CHECK(error_of(table({{"/decoder/macs", 1, "", false}})) != "no error");
}

TEST_CASE("a wrong energy table says where and what") {
  const Json event = {{"counter", "/buffer/bytes"}, {"pj", 1.5}, {"basis", "assumed"}};
  const Json good = {{"source", "a book"}, {"events", Json::array({event})}};
  CHECK(reading_error(good) == "no error");
  Json json = good;
  json["events"][0]["pj"] = -1;
  CHECK(reading_error(json).starts_with("/events/0/pj: "));
  json = good;
  json["events"][0].erase("basis");
  CHECK(reading_error(json) == "/events/0/basis: required key is missing");
  json = good;
  json.erase("source");
  CHECK(reading_error(json) == "/source: required key is missing");
  json = good;
  json["events"][0]["nj"] = 1;
  CHECK(reading_error(json).starts_with("/events/0/nj: unknown key"));
}

// Published: 64 bits of 8 KB 10 pJ, of 32 KB 20 pJ, of 1 MB 100 pJ. Between, a power of the size.
TEST_CASE("the shipped table follows from the published figures") {
  std::map<std::string, double> pj;
  for (const EnergyEvent& event : shipped_table().events) pj[event.counter] = event.pj;
  const auto byte_of = [](double kb) {
    if (kb <= 32) return 10.0 / 8 * std::pow(kb / 8, std::log(2.0) / std::log(4.0));
    return 20.0 / 8 * std::pow(kb / 32, std::log(5.0) / std::log(32.0));
  };
  const auto is = [](double value) { return Approx(value).epsilon(0.002); };  // three digits
  CHECK(pj.at("/encoder/macs") == is(0.2 + 0.1));
  CHECK(pj.at("/denser_engine/mac_lines/macs") == is(0.2 + 0.1));
  CHECK(pj.at("/weight_buffer/bytes_read") == is(byte_of(64)));
  CHECK(pj.at("/input_buffer/bytes_written") == is(byte_of(128)));
  CHECK(pj.at("/output_buffer/bytes_read") == is(byte_of(108)));
  CHECK(pj.at("/normaliser/partial_bytes_read") == is(byte_of(108)));
  CHECK(pj.at("/denser_engine/qv_buffer/bytes_read") == is(byte_of(8)));
  CHECK(pj.at("/sparser_decoder/ks_bytes") == is(byte_of(8)));
  CHECK(pj.at("/sparser_decoder/index_bytes") == is(byte_of(20)));
  CHECK(pj.at("/sparser_engine/index_buffer/reads") == is(8 * byte_of(20)));
  CHECK(pj.at("/denser_engine/score_buffer/words_written") == is(16 * byte_of(8)));
  CHECK(pj.at("/sparser_engine/score_buffer/words_read") == is(16 * byte_of(8)));
  CHECK(pj.at("/sparser_engine/score_buffer/table_updates") == is(2 * 2 * byte_of(8)));
}

}  // namespace vitcod::test
