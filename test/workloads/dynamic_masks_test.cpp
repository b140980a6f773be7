// SPDX-License-Identifier: Apache-2.0
#include "workloads/dynamic_masks.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/random.hpp"
#include "test/support/temp_folder.hpp"
#include "test/workloads/workload_fixtures.hpp"
#include "workloads/map_factors.hpp"
#include "workloads/mask_prediction.hpp"
#include "workloads/polarization.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/values.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test::dynamic_masks_test {
namespace {

Json workload(const char* masks, const char* scope = "attention") {
  Json json = Json::parse(R"({"model": "deit-tiny", "layers": [0, 5],
      "maps": {"kind": "generated", "sparsity": 0.9, "seed": 1},
      "polarization": {"theta_d": 50}, "auto_encoder": true})");
  json["scope"] = scope;
  json["dynamic_masks"] = Json::parse(masks);
  return json;
}

std::string refusal_of(const Json& json) {
  try {
    make_trace(json, ".");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// Kept entries that two maps share, as a share of those of the first one.
double overlap(const PolarizedMap& one, const PolarizedMap& two) {
  double both = 0.0;
  for (std::size_t h = 0; h < one.heads.size(); ++h) {
    const KeptMap a = kept_map(one.heads[h], one.num_queries, one.num_keys);
    const KeptMap b = kept_map(two.heads[h], one.num_queries, one.num_keys);
    for (std::uint32_t q = 0; q < one.num_queries; ++q) {
      a.for_each_kept(q, [&](std::uint32_t k) { both += b.kept(q, k) ? 1 : 0; });
    }
  }
  return both / static_cast<double>(one.nnz());
}

}  // namespace

TEST_CASE("shares of attention are those of a softmax of 4-bit operands") {
  Random random(4);
  const std::uint32_t features = 32, keys = 50;
  std::vector<std::int8_t> q(features), k(std::size_t{keys} * features);
  for (auto& x : q) x = static_cast<std::int8_t>(static_cast<int>(random.uniform_below(129)) - 64);
  for (auto& x : k) x = static_cast<std::int8_t>(static_cast<int>(random.uniform_below(129)) - 64);
  std::vector<double> powers;
  double sum = 0.0;
  for (std::size_t j = 0; j < keys; ++j) {
    double product = 0.0;
    for (std::size_t f = 0; f < features; ++f) {
      const auto narrow = [](std::int8_t x) { return std::floor((x + 8) / 16.0) / 2.0; };
      product += narrow(q[f]) * narrow(k[j * features + f]);
    }
    powers.push_back(std::exp(product / std::sqrt(32.0)));
    sum += powers.back();
  }
  const std::vector<std::uint32_t> shares = predicted_shares({q, k, features});
  REQUIRE(shares.size() == keys);
  for (std::size_t j = 0; j < keys; ++j) {
    // Mantissas of 8 bits, and weights that are rounded down.
    CHECK(shares[j] == Approx(65536.0 * powers[j] / sum).epsilon(0.01).margin(3));
  }
}

TEST_CASE("even scores have even shares, and a row of one key all of it") {
  const std::vector<std::int8_t> zeros(12, 0);
  CHECK(predicted_shares({std::span(zeros).first(4), std::span(zeros).first(12), 4}) ==
        std::vector<std::uint32_t>(3, 65536 / 3));
  CHECK(predicted_shares({std::span(zeros).first(4), std::span(zeros).first(4), 4}) ==
        std::vector<std::uint32_t>{65536});
}

TEST_CASE("a threshold is found with which the wanted number of entries is nearly kept") {
  const std::vector<std::uint32_t> shares{7, 9, 9, 9, 20, 65536};
  CHECK(threshold_for(shares, 0) == 65537);
  CHECK(threshold_for(shares, 1) == 65536);
  CHECK(threshold_for(shares, 2) == 20);
  CHECK(threshold_for(shares, 3) == 20);  // 2 are as near as 5 are not
  CHECK(threshold_for(shares, 4) == 9);
  CHECK(threshold_for(shares, 6) == 7);
  CHECK(kept_by_threshold(shares, 2, 3, 9).bytes() == std::vector<std::uint8_t>{0, 1, 1, 1, 1, 1});
}

TEST_CASE("factors of a map of their rank give it again, and those of none are zeros") {
  // Two blocks of ones: a map of rank 2.
  KeptMap map(6, 8);
  for (std::uint32_t q = 0; q < 6; ++q) {
    for (std::uint32_t k = 0; k < 8; ++k) map.set(q, k, (q < 2) == (k < 5));
  }
  Random random(1);
  const MapFactors factors = factors_of(map, 2, random);
  for (std::uint32_t q = 0; q < 6; ++q) {
    for (std::uint32_t k = 0; k < 8; ++k) {
      const double product = factors.queries[q * 2] * factors.keys[k * 2] +
                             factors.queries[q * 2 + 1] * factors.keys[k * 2 + 1];
      CHECK(std::abs(product - (map.kept(q, k) ? 1.0 : 0.0)) < 0.15);
    }
  }
  const MapFactors none = factors_of(KeptMap(3, 4), 2, random);
  CHECK(none.queries == std::vector<double>(6, 0.0));
  CHECK(none.keys == std::vector<double>(8, 0.0));
}

TEST_CASE("predicted masks keep as many entries as the maps, most of them the same") {
  const Trace trace = make_trace(workload(R"({"kind": "sanger", "seed": 7})"), ".");
  REQUIRE(trace.predictions.size() == 2);
  for (const MapPrediction& prediction : trace.predictions) {
    const PolarizedMap& source = trace.map(prediction.source);
    const PolarizedMap& map = trace.map(prediction.map);
    CHECK(double(map.nnz()) == Approx(double(source.nnz())).epsilon(0.005));
    CHECK(overlap(source, map) > 0.75);
    CHECK(overlap(source, map) < 0.999);
    for (const PolarizedHead& head : map.heads) CHECK(head.num_denser == 0);
  }
  // Operations work on the predicted maps, from operands that are not compressed.
  std::vector<MapId> worked_on;
  for (const Operation& operation : trace.operations) {
    CHECK(!std::holds_alternative<HeadMixDecode>(operation.params));
    if (const auto* sddmm = std::get_if<Sddmm>(&operation.params)) {
      worked_on.push_back(sddmm->map);
      CHECK(operation.inputs[0] == trace.predictions[worked_on.size() - 1].query);
      CHECK(operation.inputs[1] == trace.predictions[worked_on.size() - 1].key);
    }
  }
  CHECK(worked_on == std::vector<MapId>{trace.predictions[0].map, trace.predictions[1].map});
  check_trace(trace);
}

TEST_CASE("predicted masks follow from their seed, not from that of the values") {
  const char* masks = R"({"kind": "sanger", "seed": 7})";
  const Trace one = make_trace(workload(masks), ".");
  Json other_values = workload(masks);
  other_values["values"] = {{"seed", 99}};
  const Trace two = make_trace(other_values, ".");
  CHECK(one.maps == two.maps);
  CHECK(operand_values(one, one.predictions[0].query) ==
        operand_values(two, two.predictions[0].query));
  const Trace other = make_trace(workload(R"({"kind": "sanger", "seed": 8})"), ".");
  CHECK(!(other.maps[1] == one.maps[1]));
  CHECK(other.maps[0] == one.maps[0]);
}

TEST_CASE("predicted masks have a sparsity or a threshold of their own where it is given") {
  const Trace sparse =
      make_trace(workload(R"({"kind": "sanger", "seed": 7, "sparsity": 0.7})"), ".");
  const double entries = 3.0 * 197 * 197;
  CHECK(double(sparse.map(sparse.predictions[1].map).nnz()) == Approx(0.3 * entries).epsilon(0.01));
  const Trace fixed =
      make_trace(workload(R"({"kind": "sanger", "seed": 7, "threshold": 0.02})"), ".");
  for (const MapPrediction& prediction : fixed.predictions) {
    CHECK(prediction.threshold == 1311);  // 0.02 of 65536 is 1310.72
  }
}

TEST_CASE("in a whole model operands stand for the Q and K that masks are predicted from") {
  const Trace trace = make_trace(workload(R"({"kind": "sanger", "seed": 7})", "model"), ".");
  REQUIRE(trace.predictions.size() == 2);
  CHECK(trace.tensor(trace.predictions[0].query).name == "layer0/predicted_q");
  CHECK(trace.tensor(trace.predictions[1].key).name == "layer5/predicted_k");
  check_trace(trace);
}

TEST_CASE("a trace folder keeps predictions, and a map that is not predicted is refused") {
  const TempFolder folder;
  const Trace trace = make_trace(workload(R"({"kind": "sanger", "seed": 7})"), ".");
  write_trace(trace, folder.path() / "trace");
  CHECK(read_trace(folder.path() / "trace") == trace);
  Trace changed = trace;
  ++changed.predictions[1].threshold;
  CHECK_THROWS_WITH(check_trace(changed),
                    "prediction of map 3: it is not what is predicted from \"layer5/q\" and "
                    "\"layer5/k\"");
  changed = trace;
  changed.predictions[0].key = trace.operations[1].outputs[0];
  CHECK_THROWS_WITH(check_trace(changed),
                    Catch::Contains("prediction of map 1: expected (3, 197, 64) of 8 bits"));
}

TEST_CASE("predictions in a trace folder must be of its maps, in their order, of operands") {
  const Trace trace = make_trace(workload(R"({"kind": "sanger", "seed": 7})"), ".");
  const auto refusal = [&](auto&& change) -> std::string {
    const TempFolder folder;
    Trace changed = trace;
    change(changed);
    try {
      write_trace(changed, folder / "trace");
      read_trace(folder / "trace");
    } catch (const InputError& error) {
      const std::string text = error.what();
      return text.substr(text.find("trace.json"));
    }
    return "";
  };
  CHECK(refusal([](Trace& t) { std::swap(t.predictions[0], t.predictions[1]); }) ==
        "trace.json: /predictions/1/map: expected predicted maps in ascending order");
  CHECK(refusal([](Trace& t) { t.predictions[1].source = MapId{4}; }) ==
        "trace.json: /predictions/1/source: 4 is not one of the 4 maps");
  CHECK(refusal([](Trace& t) { t.predictions[1].map = MapId{9}; }) ==
        "trace.json: /predictions/1/map: 9 is not one of the 4 maps");
  Trace made = trace;
  made.operations[0].outputs[0] = made.predictions[1].query;
  CHECK_THROWS_WITH(check_predictions(made),
                    "prediction of map 3: \"layer5/q\" comes from \"layer0/sddmm\"");
}

TEST_CASE("predicted masks say what they do not go with") {
  const char* masks = R"({"kind": "sanger", "seed": 7})";
  CHECK(
      refusal_of(workload(R"({"kind": "sanger", "seed": 7, "sparsity": 0.5, "threshold": 0.1})")) ==
      "/dynamic_masks/threshold: expected either it or sparsity");
  Json json = workload(masks);
  json["score_function"] = "sigmoid";
  CHECK(refusal_of(json) == "/dynamic_masks: expected score_function \"softmax\" beside it");
  json = workload(masks);
  json["tokens"] =
      Json::parse(R"({"kind": "evit", "boundaries": [0], "keep_ratio": 0.7, "seed": 1})");
  json["layers"] = {0, 1};
  CHECK(refusal_of(json) == "/dynamic_masks: expected no token dropping beside it");
}

}  // namespace vitcod::test::dynamic_masks_test
