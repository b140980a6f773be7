// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/result_store.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::result_store_test {
namespace {

const std::string kKey = "ab" + std::string(62, '7');

PointOutcome done_outcome() {
  PointOutcome outcome;
  outcome.done = true;
  outcome.key = kKey;
  outcome.result = Json::parse(R"({"config": null, "cycles": {"total": 7}, "name": "a \"b\n\""})");
  outcome.config = R"({"a":"\n"})";
  return outcome;
}

PointOutcome failed_outcome(const std::string& kind) {
  PointOutcome outcome;
  outcome.key = kKey;
  outcome.kind = kind;
  outcome.error = "no\nprogress \xff";
  return outcome;
}

bool all(const std::string&) { return true; }

}  // namespace

TEST_CASE("an outcome is found again as it was, in a folder named after its key") {
  const TempFolder folder;
  const ResultStore store(folder.path());
  CHECK(!store.load(kKey, all));
  store.save(done_outcome());
  CHECK(store.file_of(kKey) == folder / "ab" / (kKey + ".json"));
  CHECK(store.load(kKey, all)->result ==
        Json::parse(R"({"cycles": {"total": 7}, "name": "a \"b\n\"", "config": {"a": "\n"}})"));
  CHECK(store.load(kKey, all)->done);
  CHECK(store.look_up(kKey)->done);
  CHECK(store.look_up(kKey)->result.is_null());
  store.save(failed_outcome("deadlock"));
  for (const auto& found : {store.load(kKey, all), store.look_up(kKey)}) {
    CHECK(!found->done);
    CHECK(found->kind == "deadlock");
    CHECK(found->error == "no\nprogress \xEF\xBF\xBD");  // bytes that are no text: U+FFFD
  }
}

TEST_CASE("of a result those members are read that are wanted, whole") {
  const TempFolder folder;
  const ResultStore store(folder.path());
  PointOutcome outcome = done_outcome();
  outcome.result = Json::parse(R"({"cycles": {"total": 7, "config": 2}, "energy": 3})");
  outcome.config = R"({"cycles":{"total":1}})";
  store.save(outcome);
  outcome.result["config"] = Json::parse(outcome.config);
  // All choices of the three members, each before, between and behind what is left out. The
  // configuration comes last.
  const std::array<std::string, 3> members{"cycles", "energy", "config"};
  for (unsigned chosen = 0; chosen < 8; ++chosen) {
    Json expected = Json::object();
    for (std::size_t m = 0; m < 3; ++m) {
      if ((chosen >> m & 1U) != 0) expected[members[m]] = outcome.result[members[m]];
    }
    const auto is_wanted = [&](const std::string& member) { return expected.contains(member); };
    INFO(expected);
    CHECK(store.load(kKey, is_wanted)->result == expected);
    CHECK(store.load(kKey, is_wanted)->done);
  }
}

TEST_CASE("a result file is JSON that others can read") {
  const TempFolder folder;
  const ResultStore store(folder.path());
  store.save(done_outcome());
  const Json json = read_json_file(store.file_of(kKey));
  CHECK(json["key"] == kKey);
  CHECK(json["status"] == "done");
  CHECK(json["result"]["cycles"]["total"] == 7);
  CHECK(json["config"] == Json::parse(done_outcome().config));
}

TEST_CASE("a result file that misses or changes any byte is damaged, not wrong") {
  const TempFolder folder;
  const ResultStore store(folder.path());
  store.save(done_outcome());
  const std::string good = read_file(store.file_of(kKey));
  for (std::size_t size = 0; size < good.size(); ++size) {
    write_file_atomically(store.file_of(kKey), good.substr(0, size));
    CHECK_THROWS_AS(store.load(kKey, all), DamagedFile);
    CHECK_THROWS_AS(store.look_up(kKey), DamagedFile);
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    write_file_atomically(store.file_of(kKey), changed);
    INFO(at);
    CHECK_THROWS_WITH(store.load(kKey, all), Catch::Contains(kKey));
  }
  const std::string other = "ab" + std::string(62, '8');
  write_file_atomically(store.file_of(other), good);
  CHECK_THROWS_WITH(store.load(other, all), Catch::Contains("another point's"));
}

TEST_CASE("a result that cannot be written says where and why, and leaves the old one") {
  const TempFolder folder;
  write_file_atomically(folder / "ab", "in the way");
  CHECK_THROWS_WITH(ResultStore(folder.path()).save(done_outcome()),
                    Catch::Contains(kKey) && Catch::Contains("cannot write"));
  CHECK(read_file(folder / "ab") == "in the way");
}

TEST_CASE("what killed processes left half written goes, results stay") {
  const TempFolder folder;
  const ResultStore store(folder.path());
  store.save(done_outcome());
  write_file_atomically(folder / "ab" / ("." + kKey + ".json.tmp-1-0"), "half");
  write_file_atomically(folder / ".write-test", "");  // of a process that tried the folder
  store.remove_leftovers();
  CHECK(store.load(kKey, all)->done);
  CHECK(!std::filesystem::exists(folder / "ab" / ("." + kKey + ".json.tmp-1-0")));
  CHECK(!std::filesystem::exists(folder / ".write-test"));
  ResultStore(folder / "nowhere").remove_leftovers();
}

TEST_CASE("failures of the host are tried again, those of the point are not") {
  for (const char* kind : {"crash", "time", "memory"}) {
    CHECK(may_be_tried_again(failed_outcome(kind)));
  }
  for (const char* kind : {"input", "model", "deadlock"}) {
    CHECK(!may_be_tried_again(failed_outcome(kind)));
  }
  CHECK(!may_be_tried_again(done_outcome()));
}

}  // namespace vitcod::test::result_store_test
