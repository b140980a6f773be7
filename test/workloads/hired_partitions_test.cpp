// SPDX-License-Identifier: Apache-2.0
// HiRED with several partitions: how many patches each keeps, and the runs that they are.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <numeric>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "sim/base/random.hpp"
#include "workloads/config_dir.hpp"
#include "workloads/hired_budget.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/workload.hpp"

namespace vitcod::hired_partitions_test {
namespace {

using Numbers = std::vector<std::uint32_t>;

constexpr TokenGrid kClip{24, 24};

/// Scores that fall row by row, all different.
Numbers falling() {
  Numbers scores(576);
  std::iota(scores.rbegin(), scores.rend(), 1U);
  return scores;
}

TEST_CASE("The whole image and the sub-images keep what the survey counts") {
  struct Row {
    PartitionTiling tiling;
    double rate;
    std::uint32_t total, whole, rest;
  };
  Random random(1, "partitions");
  for (const Row& row : {Row{{2, 2}, 0.1, 288, 144, 144}, Row{{2, 2}, 0.2, 576, 288, 288},
                         Row{{2, 2}, 0.4, 1152, 576, 576}, Row{{1, 3}, 0.2, 460, 230, 230},
                         Row{{1, 3}, 0.4, 921, 460, 461}, Row{{3, 1}, 0.4, 921, 460, 461},
                         Row{{1, 2}, 0.2, 345, 172, 173}, Row{{2, 1}, 0.4, 691, 345, 346}}) {
    Numbers scores(576);
    for (std::uint32_t& score : scores) {
      score = static_cast<std::uint32_t>(random.uniform_below(1000));
    }
    const Numbers budgets = partition_budgets(row.tiling, kClip, row.rate, 0.5, scores);
    CAPTURE(row.tiling.rows, row.tiling.columns, row.rate);
    REQUIRE(budgets.size() == row.tiling.num_partitions());
    CHECK(budgets.front() == row.whole);
    const std::uint32_t all = std::accumulate(budgets.begin(), budgets.end(), 0U);
    // Shares are rounded down: each sub-image may lose one.
    CHECK(all <= row.total);
    CHECK(all + budgets.size() > row.total);
    CHECK(row.whole + row.rest == row.total);
  }
  CHECK(partition_budgets({0, 0}, kClip, 0.2, 0.5, falling()) == Numbers{115});
  CHECK(partition_budgets({0, 0}, kClip, 0.4, 0.5, falling()) == Numbers{230});
}

TEST_CASE("Sub-images share the rest by the best patches in their regions") {
  // The 288 best patches are the upper twelve rows of 24: all in the two upper sub-images.
  CHECK(partition_budgets({2, 2}, kClip, 0.2, 0.5, falling()) == Numbers{288, 144, 144, 0, 0});
  // Of three in a row each has a third of them.
  CHECK(partition_budgets({1, 3}, kClip, 0.4, 0.5, falling()) == Numbers{460, 153, 153, 153});
  // No sub-image keeps more than it has: 778 and 621 of 1400.
  CHECK(partition_budgets({2, 1}, kClip, 0.9, 0.1, falling()) == Numbers{155, 576, 576});
  // The first of those that are equal are the best ones.
  CHECK(partition_budgets({2, 1}, kClip, 0.2, 0.5, Numbers(576, 7)) == Numbers{172, 173, 0});
}

/// The shipped workload on two blocks, as a partition of five.
Json five(std::uint32_t index, const char* scope = "attention") {
  Json spec = read_json_file(find_config_dir() / "workloads" / "hired.json");
  spec["scope"] = scope;
  spec["layers"] = {0, 1};
  spec["tokens"]["partitions"] = {{"tiling", {2, 2}}, {"index", index}, {"alpha", 0.5}};
  return spec;
}

const Operation* find_operation(const Trace& trace, const std::string& name) {
  for (const Operation& operation : trace.operations) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

TEST_CASE("Five partitions are five runs, and together keep the rate of all patches") {
  std::size_t kept = 0;
  Numbers budgets;
  for (std::uint32_t index = 0; index < 5; ++index) {
    const Trace trace = make_trace(five(index), ".");
    CHECK_NOTHROW(check_trace(trace));
    const Operation* select = find_operation(trace, "selection/select");
    REQUIRE(select != nullptr);
    budgets.push_back(std::get<ScoreSelect>(select->params).threshold);
    kept += std::get<ScoreSelect>(select->params).kept.size() - 1;
    // The whole image alone is scored in layer 0, by the K of its attention there.
    const Operation* budget = find_operation(trace, "layer0/budget");
    REQUIRE((budget != nullptr) == (index == 0));
    if (index > 0) continue;
    CHECK(std::get<ScoreSelect>(budget->params).kept.size() == 1 + 288);
    CHECK(budget->inputs[2] == find_operation(trace, "layer0/sddmm")->inputs[1]);
  }
  CHECK(budgets.front() == 288);
  CHECK(kept <= 576);
  CHECK(kept > 576 - 4);
  CHECK(*std::max_element(budgets.begin() + 1, budgets.end()) >
        *std::min_element(budgets.begin() + 1, budgets.end()));
}

TEST_CASE("In a whole model budgets are divided behind layer 0, and all tokens stay") {
  const Trace trace = make_trace(five(0, "model"), ".");
  CHECK_NOTHROW(check_trace(trace));
  REQUIRE(find_operation(trace, "layer0/budget") != nullptr);
  CHECK(std::get<DenseLinear>(find_operation(trace, "layer0/mlp1")->params).m == 577);
  CHECK(std::get<TokenGather>(find_operation(trace, "selection/gather")->params).tokens_out == 289);
}

TEST_CASE("Partitions of an image have seeds of their own, the whole one its own") {
  CHECK(partition_seed(7, 0) == 7);
  CHECK(partition_seed(7, 1) != partition_seed(7, 2));
  CHECK(make_trace(five(2), ".").token_seed == partition_seed(1, 2));
}

TEST_CASE("Wrong partitions get one line each") {
  const auto error_with = [](const Json& changes) {
    Json spec = five(1);
    spec["tokens"].merge_patch(changes);
    try {
      make_trace(spec, ".");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(error_with({{"partitions", {{"index", 5}}}}) ==
        "/tokens/partitions/index: 5 is not one of the 5 partitions; expected 0 to 4");
  CHECK(error_with({{"partitions", {{"tiling", {5, 2}}}}}) ==
        "/tokens/partitions/tiling: 5 x 2 sub-images do not divide the 24 x 24 patches of "
        "clip-vit-large-14-336");
  CHECK(error_with({{"partitions", {{"tiling", {2}}}}}).starts_with("/tokens/partitions/tiling: "));
  CHECK(error_with({{"partitions", {{"alpha", 1.5}}}}) ==
        "/tokens/partitions/alpha: 1.5 is out of range [0, 1]");
  CHECK(error_with({{"partitions", {{"alpha", 1.0}}}}) ==
        "/tokens/partitions: partition 1 gets none of the patches that are kept");
}

}  // namespace
}  // namespace vitcod::hired_partitions_test
