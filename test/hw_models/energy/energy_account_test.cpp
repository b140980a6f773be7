// SPDX-License-Identifier: Apache-2.0
#include "hw_models/energy/energy_account.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/hw_models/bill_of_materials/area_tables.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test::energy_account_test {
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

EnergyConfig shipped_table(const char* name) {
  const std::filesystem::path root(source_dir());
  return read_config<EnergyConfig>(read_json_file(root / "configs" / "energy" / name));
}

/// A memory of 8 KB, 48 bytes wide, of three macros of 512 x 128 side by side and no more.
Silicon silicon_with_buffer() {
  BillOfMaterials bill;
  PartList parts;
  parts.memory = MemoryNeed{3 * 8192, 1, 48, 1};
  bill.add("/buffer", parts);
  bill.add("/lines", PartList{});
  return {bill, plain_area_table()};
}

EnergyEvent access(const char* memory, MemoryAccess kind, std::optional<std::uint32_t> bytes) {
  EnergyEvent event{"/buffer/bytes", 0.25, "", {}, memory};
  event.access = kind;
  event.bytes = bytes;
  return event;
}

double pj_of(const EnergyEvent& event) {
  Blocks blocks;
  const Silicon silicon = silicon_with_buffer();
  const EnergyAccount account(table({event}), blocks.all, &silicon);
  blocks.bytes += 1;
  return account.total_pj();
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
TEST_CASE("the 45 nm table follows from the published figures") {
  std::map<std::string, double> pj;
  for (const EnergyEvent& event : shipped_table("horowitz-45nm.json").events)
    pj[event.counter] = event.pj;
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

// A macro of 512 x 128 takes 8.3 uA a MHz at 0.81 V to be read, 7.6 to be written.
TEST_CASE("an access costs what the macros take that the memory is built of") {
  constexpr double kRead = 8.3 * 0.81;
  constexpr double kWrite = 7.6 * 0.81;
  const auto is = [](double value) { return Approx(value).epsilon(1e-3); };
  // A byte of a full word of 48 bytes, which lies in three macros.
  CHECK(pj_of(access("/buffer", MemoryAccess::kRead, {})) == is(0.25 + 3 * kRead / 48));
  CHECK(pj_of(access("/buffer", MemoryAccess::kWrite, {})) == is(0.25 + 3 * kWrite / 48));
  // Two bytes on their own reach one macro, 17 bytes two.
  CHECK(pj_of(access("/buffer", MemoryAccess::kWrite, 2)) == is(0.25 + kWrite));
  CHECK(pj_of(access("/buffer", MemoryAccess::kRead, 17)) == is(0.25 + 2 * kRead));
  // A word, read and written again; a byte's share of that.
  EnergyEvent update = access("/buffer", MemoryAccess::kUpdate, {});
  CHECK(pj_of(update) == is(0.25 + 3 * (kRead + kWrite) / 48));
  update.whole_word = true;
  CHECK(pj_of(update) == is(0.25 + 3 * (kRead + kWrite)));
}

TEST_CASE("a memory that the machine lacks is wrong, unless it may lack it") {
  const Blocks blocks;
  const Silicon silicon = silicon_with_buffer();
  for (const char* memory : {"/lines", "/engine", "buffer"}) {
    EnergyEvent event = access(memory, MemoryAccess::kRead, {});
    CHECK_THROWS_WITH(EnergyAccount(table({event}), blocks.all, &silicon),
                      "/energy/events/0/memory: found \"" + std::string(memory) +
                          "\", expected a block with a memory, as a JSON pointer below /blocks");
    event.if_present = true;
    CHECK(EnergyAccount(table({event}), blocks.all, &silicon).total_pj() == 0.0);
  }
  const EnergyEvent event = access("/buffer", MemoryAccess::kRead, {});
  CHECK_THROWS(EnergyAccount(table({event}), blocks.all));
}

TEST_CASE("energies add up by the block that a counter is in") {
  Blocks blocks;
  const EnergyAccount account(
      table({{"/buffer/bytes", 2.5, "", {}}, {"/engine/lines/macs", 0.25, "", {}}}), blocks.all);
  blocks.bytes += 6;
  blocks.macs += 8;
  CHECK(account.by_block() ==
        std::map<std::string, double>{{"/buffer", 15.0}, {"/engine/lines", 2.0}});
}

TEST_CASE("a wrong clock or access says where and what") {
  Json good = {{"source", "a book"}, {"events", Json::array()}};
  good["clock"] = {{"register_pj", 0.01}, {"gated_share", 0.1}, {"basis", "assumed"}};
  CHECK(reading_error(good) == "no error");
  Json json = good;
  json["clock"]["gated_share"] = 1.5;
  CHECK(reading_error(json).starts_with("/clock/gated_share: "));
  json = good;
  json["events"].push_back(
      {{"counter", "/a/b"}, {"pj", 0}, {"basis", ""}, {"memory", "/a"}, {"access", "erase"}});
  CHECK(reading_error(json).starts_with("/events/0/access: "));
  json["events"][0]["access"] = "write";
  json["events"][0]["bytes"] = 0;
  CHECK(reading_error(json).starts_with("/events/0/bytes: "));
  json["events"][0]["bytes"] = 2;
  json["events"][0]["whole_word"] = false;
  CHECK(reading_error(json) == "no error");
  json["events"][0]["whole_word"] = true;
  CHECK(reading_error(json) == "/events/0/bytes: must not stand beside whole_word");
}

TEST_CASE("what says how a memory is accessed is wrong where no memory is named") {
  const Json keys = {{"access", "read"}, {"bytes", 4}, {"whole_word", false}};
  for (const auto& [key, value] : keys.items()) {
    const Json event = {{"counter", "/a/b"}, {"pj", 1}, {"basis", ""}, {key, value}};
    Json json = {{"source", ""}, {"events", {event}}};
    CHECK(reading_error(json) == "/events/0/" + key + ": expected memory beside it");
    json["events"][0]["memory"] = "/a";
    CHECK(reading_error(json) == "no error");
  }
}

// Stillmaker and Baas 2017: a V^2 + b V + c by node. 45 nm and 40 nm at 0.9 V, 28 nm at 0.81 V.
TEST_CASE("the 28 nm table follows from the published figures and the factors of scaling") {
  const auto at_45 = [](double v) { return 1.103 * v * v - 0.362 * v + 0.2767; };
  const auto at_32 = [](double v) { return 0.9559 * v * v - 0.7823 * v + 0.471; };
  const auto at_20 = [](double v) { return 0.373 * v * v - 0.1582 * v + 0.04104; };
  const double at_28 = (8 * at_32(0.81) + 4 * at_20(0.81)) / 12;
  const double at_40 = (8 * at_45(0.9) + 5 * at_32(0.9)) / 13;
  const double from_45 = at_28 / at_45(0.9);
  const double from_40 = at_28 / at_40;
  const EnergyConfig config = shipped_table("28nm.json");
  std::map<std::string, EnergyEvent> events;
  for (const EnergyEvent& event : config.events) events[event.counter] = event;
  const auto is = [](double value) { return Approx(value).epsilon(0.005); };
  const double register_pj = 0.009 * from_40;
  constexpr double kNetwork = 0.43;
  CHECK(config.clock.value().register_pj == is(register_pj));
  CHECK(events.at("/encoder/macs").pj == is((0.2 + 0.1) * from_45));
  CHECK(events.at("/denser_engine/qv_buffer/bytes_sent").pj == is(kNetwork + 8 * register_pj));
  CHECK(events.at("/crossbar/bytes").pj == is(kNetwork + 16 * register_pj));
  CHECK(events.at("/output_buffer/bytes_written").pj == is((33 * 9 / 32.0 * 0.1 + 0.1) * from_45));
  CHECK(events.at("/sparser_engine/score_unit/scores").pj ==
        is((22 * 21 / 64.0 * 0.2 + 43 / 32.0 * 0.1) * from_45 + 22 / 8.0 * kNetwork));
  CHECK(events.at("/sparser_engine/score_buffer/words_written").pj == is(3 * kNetwork));
  CHECK(events.at("/denser_engine/score_buffer/words_written").pj == is(16 * kNetwork));
  CHECK(events.at("/denser_engine/score_buffer/words_sent").pj ==
        is(16 * (kNetwork + 8 * register_pj)));
  CHECK(events.at("/denser_engine/score_buffer/table_updates").pj == is(9 / 32.0 * 0.1 * from_45));
  CHECK(events.at("/sparser_engine/score_buffer/table_updates").pj ==
        is(25 / 32.0 * 0.1 * from_45));
  CHECK(events.at("/sparser_engine/index_buffer/reads").pj ==
        is(20 * (kNetwork + 8 * register_pj)));
  CHECK(events.at("/sparser_engine/index_buffer/reads").bytes == 4U + 16U);
}

}  // namespace vitcod::test::energy_account_test
