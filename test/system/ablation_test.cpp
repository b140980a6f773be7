// SPDX-License-Identifier: Apache-2.0
// Each feature of the machine and of the workload, switched off alone: what it should change, and
// nothing else. DeiT-Tiny at 95 %, whose 12 x 3 heads of 197 x 197 entries with 64 features all
// have denser and sparser columns. The machine is the published one with buffers that hold more
// than a layer and slow reconfiguration, so that a layer is one unit whatever is switched off:
// otherwise each row would be cut in its own best way, and would move other bytes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/system/result_checks.hpp"
#include "test/system/runs.hpp"

namespace vitcod::ablation_test {
namespace {

constexpr std::uint64_t kTokens = 197;
constexpr std::uint64_t kFeatures = 64;
constexpr std::uint64_t kLayers = 12;
constexpr std::uint64_t kHeads = 3;
constexpr std::uint64_t kCompressedHeads = 2;
constexpr std::uint64_t kHeadBytes = kTokens * kFeatures;

Json result_with(std::vector<std::string> settings) {
  for (const char* setting : {"/machine/input_buffer/capacity_bytes=1048576",
                              "/machine/output_buffer/capacity_bytes=1048576",
                              "/machine/sparser_engine/index_buffer/capacity_bytes=1048576",
                              "/machine/mac_lines/reconfigure_cycles=1000"}) {
    settings.emplace_back(setting);
  }
  return test::default_result(settings);
}

const Json& baseline() {
  static const Json result = result_with({});
  return result;
}

Json switched_off(const std::string& pointer, const std::string& value = "false") {
  Json result = result_with({pointer + "=" + value});
  REQUIRE(result["values"]["mismatches"] == 0);
  return result;
}

std::uint64_t at(const Json& result, const char* pointer) {
  return result[Json::json_pointer(pointer)].get<std::uint64_t>();
}

void expect_same(const Json& result, std::initializer_list<const char*> pointers) {
  for (const char* pointer : pointers) {
    INFO(pointer);
    const Json::json_pointer place(pointer);
    CHECK(result.at(place) == baseline().at(place));
  }
}

/// The same bytes of each tensor.
void expect_same_traffic(const Json& result, std::initializer_list<const char*> but = {}) {
  for (const auto& [tensor, bytes] : baseline()["traffic"].items()) {
    if (std::find(but.begin(), but.end(), tensor) != but.end()) continue;
    INFO(tensor);
    CHECK(result["traffic"][tensor] == bytes);
  }
}

}  // namespace

TEST_CASE("the baseline of the ablations uses what they switch off") {
  const Json& result = baseline();
  CHECK(result["values"]["mismatches"] == 0);
  CHECK(at(result, "/blocks/controller/units") == kLayers);
  CHECK(at(result, "/traffic/query/reload") == 0);
  CHECK(at(result, "/traffic/query/first_load") == kLayers * kCompressedHeads * kHeadBytes);
  CHECK(at(result, "/traffic/key/first_load") == kLayers * kCompressedHeads * kHeadBytes);
  CHECK(at(result, "/blocks/sparser_engine/query_forwarding/hits") > 0);
  CHECK(at(result, "/blocks/denser_engine/cycles/busy") > 0);
  CHECK(at(result, "/blocks/sparser_engine/cycles/busy") > 0);
}

TEST_CASE("without Q forwarding, Q comes a second time and nothing else moves") {
  const Json result = switched_off("/machine/controller/query_forwarding");
  expect_same(result, {"/workload", "/macs/attention", "/values", "/traffic/query/first_load"});
  expect_same_traffic(result, {"query"});
  CHECK_FALSE(result["blocks"]["sparser_engine"].contains("query_forwarding"));
  // The second copy of each layer's Q is a reload.
  CHECK(at(result, "/traffic/query/reload") == kLayers * kCompressedHeads * kHeadBytes);
  // Every head's rows are decoded once more.
  CHECK(at(result, "/macs/decoder") - at(baseline(), "/macs/decoder") ==
        kLayers * kHeads * kHeadBytes * kCompressedHeads);
  CHECK(at(result, "/cycles/total") >= at(baseline(), "/cycles/total"));
}

TEST_CASE("without Q forwarding and auto-encoder, exactly the rows in both engines come again") {
  const std::string no_codec = "/workload/auto_encoder=false";
  const Json with = result_with({no_codec});
  const Json without = result_with({no_codec, "/machine/controller/query_forwarding=false"});
  CHECK(at(with, "/traffic/query/reload") == 0);
  CHECK(at(without, "/traffic/query/reload") == kLayers * kHeads * kHeadBytes);
  CHECK(at(without, "/traffic/query/first_load") == kLayers * kHeads * kHeadBytes);
  CHECK(without["values"] == with["values"]);
  CHECK(without["macs"] == with["macs"]);
}

TEST_CASE("with one engine only kept entries are computed, and the output is the same") {
  const Json result = switched_off("/machine/controller/two_engines");
  expect_same(result, {"/workload", "/values", "/traffic/weights", "/traffic/key", "/traffic/query",
                       "/traffic/value", "/traffic/output", "/macs/decoder"});
  CHECK(at(result, "/macs/attention") == at(baseline(), "/workload/nnz") * 2 * kFeatures);
  CHECK(at(result, "/blocks/denser_engine/cycles/idle") == at(result, "/cycles/total"));
  CHECK(at(result, "/blocks/denser_decoder/cycles/idle") == at(result, "/cycles/total"));
  // The index names all kept entries: columns that were denser come on top.
  CHECK(at(result, "/traffic/index/first_load") > at(baseline(), "/traffic/index/first_load"));
}

TEST_CASE("a fixed split of the lines changes cycles alone") {
  const Json result = switched_off("/machine/controller/dynamic_split");
  expect_same(result, {"/workload", "/macs", "/values"});
  expect_same_traffic(result);
  CHECK(at(result, "/cycles/total") > at(baseline(), "/cycles/total"));
}

TEST_CASE("without prefetch, waiting changes and the work does not") {
  const Json result = switched_off("/machine/controller/prefetch_units", "0");
  expect_same(result, {"/workload", "/macs", "/values"});
  expect_same_traffic(result);
  CHECK(at(result, "/cycles/total") > at(baseline(), "/cycles/total"));
  CHECK(at(result, "/cycles/by_phase/wait_operands") >
        at(baseline(), "/cycles/by_phase/wait_operands"));
}

TEST_CASE("without the auto-encoder, Q and K are larger by heads / compressed heads") {
  const Json result = switched_off("/workload/auto_encoder");
  expect_same(result, {"/workload", "/macs/attention"});
  expect_same_traffic(result, {"weights", "key", "query"});
  for (const char* tensor : {"/traffic/query", "/traffic/key"}) {
    const std::uint64_t loaded = at(result, (std::string(tensor) + "/first_load").c_str());
    CHECK(loaded == kLayers * kHeads * kHeadBytes);
    CHECK(loaded * kCompressedHeads ==
          at(baseline(), (std::string(tensor) + "/first_load").c_str()) * kHeads);
  }
  CHECK(at(result, "/macs/decoder") == 0);
  CHECK(at(result, "/traffic/weights/first_load") == 0);
  CHECK(at(result, "/blocks/weight_buffer/cycles/idle") == at(result, "/cycles/total"));
  CHECK(at(result, "/blocks/denser_decoder/cycles/decoding") == 0);
  CHECK(at(result, "/blocks/sparser_decoder/cycles/decoding") == 0);
}

TEST_CASE("without polarization the denser engine idles and no pruned entry is computed") {
  const Json result = switched_off("/workload/polarization", "null");
  expect_same(result, {"/workload", "/values", "/traffic/weights", "/traffic/key", "/traffic/query",
                       "/traffic/value", "/traffic/output", "/macs/decoder"});
  CHECK(at(result, "/macs/attention") == at(baseline(), "/workload/nnz") * 2 * kFeatures);
  CHECK(at(result, "/blocks/denser_engine/cycles/idle") == at(result, "/cycles/total"));
  CHECK(at(result, "/blocks/sparser_engine/query_forwarding/hits") == 0);
}

TEST_CASE("without pruning everything is denser, and the sparser engine idles") {
  // Two layers: the reference model takes its time over 16 times the entries.
  const std::vector<std::string> two_layers = {"/workload/layers=[0,1]"};
  const Json pruned = result_with(two_layers);
  const Json result = result_with({"/workload/layers=[0,1]", R"(/workload/maps={"kind":"dense"})"});
  CHECK(result["values"]["mismatches"] == 0);
  const std::uint64_t entries = 2 * kHeads * kTokens * kTokens;
  CHECK(at(result, "/workload/nnz") == entries);
  CHECK(at(result, "/macs/attention") == entries * 2 * kFeatures);
  CHECK(at(result, "/macs/attention") == at(pruned, "/workload/dense_macs"));
  CHECK(at(result, "/blocks/sparser_engine/cycles/idle") == at(result, "/cycles/total"));
  // No index, but a mask bit for each entry, in whole bytes for each layer.
  CHECK(at(result, "/traffic/index/first_load") == 2 * ((entries / 2 + 7) / 8));
  for (const char* tensor : {"weights", "key", "query", "value", "output"}) {
    CHECK(result["traffic"][tensor]["first_load"] == pruned["traffic"][tensor]["first_load"]);
    CHECK(result["traffic"][tensor]["write_back"] == pruned["traffic"][tensor]["write_back"]);
  }
}

}  // namespace vitcod::ablation_test
