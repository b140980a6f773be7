// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>

#include "sim/base/random.hpp"
#include "test/hw_models/controller/controller_bench.hpp"
#include "test/hw_models/controller/controller_ledger.hpp"

namespace vitcod::test::controller_random_test {
namespace {

constexpr std::uint64_t kNumSeeds = 60;

AttentionSpec random_attention(Random& random) {
  AttentionSpec layer;
  layer.num_heads = 1 + static_cast<std::uint32_t>(random.uniform_below(3));
  layer.num_queries = 1 + static_cast<std::uint32_t>(random.uniform_below(4));
  layer.num_keys = 1 + static_cast<std::uint32_t>(random.uniform_below(6));
  layer.num_denser = static_cast<std::uint32_t>(random.uniform_below(layer.num_keys + 1));
  layer.compressed = random.uniform_below(2) == 0;
  const bool tiled = layer.num_queries > 1 && random.uniform_below(2) == 0;
  const bool keeps = random.uniform_below(2) == 0;
  const std::uint32_t resident =
      layer.compressed && !tiled ? static_cast<std::uint32_t>(random.uniform_below(2)) : 0;
  for (std::uint32_t head = 0; head < layer.num_heads; ++head) {
    UnitSpec unit{head, 1, 0, layer.num_queries};
    unit.resident_rows = resident;
    unit.loads_resident = head == 0;
    unit.frees_resident = head + 1 == layer.num_heads;
    if (!tiled) {
      layer.units.push_back(unit);
      continue;
    }
    unit.num_rows = 1;
    unit.frees_keys_values = !keeps;
    layer.units.push_back(unit);
    layer.units.push_back(UnitSpec{head, 1, 1, layer.num_queries - 1, !keeps, true});
  }
  return layer;
}

EncodeSpec random_encoding(Random& random) {
  EncodeSpec layer;
  const std::uint64_t tiles = 1 + random.uniform_below(3);
  for (std::uint64_t i = 0; i < tiles; ++i) {
    layer.tile_tokens.push_back(1 + static_cast<std::uint32_t>(random.uniform_below(5)));
  }
  return layer;
}

std::vector<LayerSpec> random_program(Random& random) {
  std::vector<LayerSpec> layers;
  const std::uint64_t num = 1 + random.uniform_below(4);
  for (std::uint64_t i = 0; i < num; ++i) {
    if (random.uniform_below(3) > 0) {
      layers.emplace_back(random_attention(random));
    } else {
      layers.emplace_back(random_encoding(random));
    }
  }
  return layers;
}

/// Room for the largest unit, and sometimes for more.
ChipSpec random_chip(Random& random, const std::vector<LayerSpec>& layers) {
  ChipSpec chip;
  chip.prefetch_units = static_cast<std::uint32_t>(random.uniform_below(4));
  chip.query_forwarding = random.uniform_below(2) == 0;
  const std::array<std::uint64_t, 3> least = largest_unit(layers, chip.query_forwarding);
  chip.input_bytes = least[0] + random.uniform_below(least[0] + 1);
  chip.output_bytes = least[1] + random.uniform_below(least[1] + 1);
  chip.index_bytes = least[2] + random.uniform_below(least[2] + 1);
  return chip;
}

/// The orders to each neighbour, without their cycles.
std::map<std::string, std::vector<std::string>> by_neighbour(const ControllerBench& bench) {
  std::map<std::string, std::vector<std::string>> orders;
  for (const ControllerEvent& order : bench.orders()) {
    std::string neighbour = "normaliser";
    for (const char* name : {"load", "denser", "sparser"}) {
      if (order.what.find(name) != std::string::npos) neighbour = name;
    }
    orders[neighbour].push_back(fmt::format("{} {}", order.what, order.unit));
  }
  return orders;
}

struct Case {
  explicit Case(std::uint64_t seed) : random(seed) {}

  Random random;
  std::vector<LayerSpec> layers = random_program(random);
  ChipSpec chip = random_chip(random, layers);
};

}  // namespace

TEST_CASE("random stalls at every link change no order of commands, and bytes fit at all times") {
  for (std::uint64_t seed = 1; seed <= kNumSeeds; ++seed) {
    CAPTURE(seed);
    const Case drawn(seed);
    const ControllerBench smooth(drawn.layers, drawn.chip, {});
    const auto expected = expected_orders(drawn.layers, drawn.chip.query_forwarding);
    CHECK(by_neighbour(smooth) == expected);
    check_ledger(smooth, drawn.layers, drawn.chip);
    for (std::uint64_t stalls = 0; stalls < 3; ++stalls) {
      const ControllerBench stalled(drawn.layers, drawn.chip, {}, {}, seed * 10 + stalls);
      CHECK(by_neighbour(stalled) == expected);
      check_ledger(stalled, drawn.layers, drawn.chip);
    }
  }
}

TEST_CASE("the controller's cycles are the same event-driven, stepped and in reversed order") {
  for (std::uint64_t seed = 1; seed <= kNumSeeds; ++seed) {
    CAPTURE(seed);
    const Case drawn(seed);
    const ControllerBench event_driven(drawn.layers, drawn.chip, {}, {}, seed);
    for (const RunMode& mode : all_run_modes()) {
      const ControllerBench other(drawn.layers, drawn.chip, {}, mode, seed);
      CHECK(other.orders() == event_driven.orders());
      CHECK(other.answers() == event_driven.answers());
      CHECK(other.reasons() == event_driven.reasons());
      CHECK(other.layer_cycles() == event_driven.layer_cycles());
    }
  }
}

}  // namespace vitcod::test::controller_random_test
