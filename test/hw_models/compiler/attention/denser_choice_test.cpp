// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/denser_choice.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"
#include "test/support/tiny_layer.hpp"
#include "workloads/polarization.hpp"

namespace vitcod::test::denser_choice_test {

// Operands come so fast, and buffers are so large, that the passes of the lines alone count: with 8
// MACs a line and 8-wide heads one entry is one cycle of one line in each phase.

namespace {

constexpr auto kSparser = static_cast<std::size_t>(EngineId::kSparser);
constexpr std::uint32_t kPlenty = 1'000'000;

PlanLimits plenty() {
  PlanLimits limits;
  limits.input_bytes = kPlenty;
  limits.output_bytes = kPlenty;
  limits.index_bytes = kPlenty;
  limits.holding = {1, 1, 1, {2, 3}, {1, 1}, {kPlenty, kPlenty}, true};
  return limits;
}

/// By head, the denser columns that are chosen for `heads` on 4 lines.
std::vector<std::uint32_t> chosen(const std::vector<KeptMap>& heads,
                                  const PlanLimits& limits = plenty()) {
  TinyLayer tiny(heads, std::vector<std::uint32_t>(heads.size(), 0), 8, 8);
  PolarizedMap uncut;
  for (const KeptMap& head : heads) add_uncut_head(uncut, head);
  tiny.layer.map = &uncut;
  const LineSplitter splitter(MacLinesConfig{4, 8, 0, 0}, true, true, 100);
  const auto map = choose_denser_columns(tiny.layer, limits, splitter);
  std::vector<std::uint32_t> columns;
  for (const PolarizedHead& head : map->heads) columns.push_back(head.num_denser);
  return columns;
}

/// The diagonal of 16 x 16 entries, and `num_full` full columns, 3 apart.
KeptMap diagonal_and_columns(std::uint32_t num_full) {
  KeptMap map(16, 16);
  for (std::uint32_t i = 0; i < 16; ++i) map.set(i, i, true);
  for (std::uint32_t column = 0; column < num_full; ++column) {
    for (std::uint32_t row = 0; row < 16; ++row) map.set(row, 3 * column, true);
  }
  return map;
}

}  // namespace

// A score of the sparser engine every other cycle, on 4 lines of which each takes a cycle an entry:
// with all columns sparser the 16 + 2 x 15 entries take 92 cycles, with two denser ones 28, with
// all denser 16 x 16 / 4 = 64.
TEST_CASE("Full columns become denser where sparse entries cost more, in each head its own") {
  PlanLimits limits = plenty();
  limits.phases.engines[kSparser].scores_per_cycle = 0.5;
  CHECK(chosen({diagonal_and_columns(2)}, limits) == std::vector<std::uint32_t>{2});
  CHECK(chosen({diagonal_and_columns(2), diagonal_and_columns(0), diagonal_and_columns(4)},
               limits) == std::vector<std::uint32_t>{2, 0, 4});
}

TEST_CASE("No column becomes denser where that would add work") {
  PlanLimits limits = plenty();
  limits.phases.engines[kSparser].scores_per_cycle = 0.5;
  CHECK(chosen({diagonal_and_columns(0)}, limits) == std::vector<std::uint32_t>{0});
}

TEST_CASE("A cut that does not fit is no choice, and if none fits the first refusal is thrown") {
  PlanLimits limits = plenty();
  limits.phases.engines[kSparser].scores_per_cycle = 0.01;
  CHECK(chosen({diagonal_and_columns(0)}, limits) == std::vector<std::uint32_t>{16});
  // A row of a whole denser block: 16 scores of 2 bytes and 8 bytes of output; without denser
  // columns a score of 3 bytes and the output.
  limits.output_bytes = 39;
  CHECK(chosen({diagonal_and_columns(0)}, limits) == std::vector<std::uint32_t>{0});
  limits.output_bytes = 8;
  CHECK_THROWS_AS(chosen({diagonal_and_columns(0)}, limits), InputError);
}

}  // namespace vitcod::test::denser_choice_test
