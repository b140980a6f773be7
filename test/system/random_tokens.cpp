// SPDX-License-Identifier: Apache-2.0
#include "test/system/random_tokens.hpp"

#include <string>

#include "test/system/random_workloads.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test {
namespace {

constexpr std::uint32_t kPatchStride = 2;

/// A group of blocks; `width` is that of the stream.
Json draw_group(Random& random, std::size_t index, std::uint32_t side, std::uint32_t width) {
  const std::uint32_t features = uniform(random, 3, 16);
  return {{"name", "stage" + std::to_string(index)},
          {"num_blocks", uniform(random, 1, 2)},
          {"heads", uniform(random, 1, 4)},
          {"query_grid", {side, side}},
          {"key_grid", {side, side}},
          {"key_dim", features},
          {"value_dim", one_in(random, 2) ? features : uniform(random, 1, 16)},
          {"auto_encoder_heads", 0},
          {"width_in", width},
          {"width_out", width},
          {"mlp_hidden", uniform(random, 1, 60)},
          {"residual", true}};
}

/// The first block of each group but the first one; of two, one, or both.
Json boundaries_of(const Json& model) {
  Json boundaries = Json::array();
  std::uint32_t block = 0;
  for (const Json& group : model["groups"]) {
    if (block > 0) boundaries.push_back(block);
    block += group["num_blocks"].get<std::uint32_t>();
  }
  return boundaries;
}

Json draw_tokens(Random& random, const Json& model, bool is_iret, bool is_model) {
  Json tokens = {{"kind", is_iret ? "iret" : pick(random, {"dynamicvit", "evit"})},
                 {"boundaries", boundaries_of(model)},
                 {"seed", random.uniform_below(1000)}};
  if (is_iret && one_in(random, 2)) {
    tokens["threshold"] = 0.2 + 0.7 * random.uniform_real();
  } else {
    tokens["keep_ratio"] = 0.3 + 0.7 * random.uniform_real();
  }
  if (one_in(random, 3)) tokens["masks"] = "oracle";
  if (is_iret && is_model && one_in(random, 2)) {
    tokens["exits"] = {{"confidence", random.uniform_real()}};
  }
  return tokens;
}

/// ToMe, or EViT with a fused token.
Json draw_merging(Random& random, const Json& model) {
  if (one_in(random, 2)) {
    return {{"kind", "tome"}, {"r", uniform(random, 1, 12)}, {"seed", random.uniform_below(1000)}};
  }
  return {{"kind", "evit"},
          {"fuse", true},
          {"boundaries", boundaries_of(model)},
          {"keep_ratio", 0.2 + 0.7 * random.uniform_real()},
          {"seed", random.uniform_below(1000)}};
}

/// Units of merging, which the shipped machine has none of; now and then one is too small or
/// absent.
void draw_merging_units(Random& random, Json& machine) {
  machine["token_selector"]["emits_dropped"] = !one_in(random, 20);
  machine["token_matcher"] = {{"macs", log_uniform(random, 1, 40)},
                              {"read_bytes_per_cycle", log_uniform(random, 1, 100)},
                              {"entries_per_cycle", log_uniform(random, 1, 16)},
                              {"max_tokens", one_in(random, 20) ? 5 : uniform(random, 40, 300)},
                              {"max_features", uniform(random, 16, 100)},
                              {"root_cycles", uniform(random, 1, 40)},
                              {"pass_latency_cycles", uniform(random, 1, 6)},
                              {"latency_cycles", uniform(random, 1, 12)}};
  machine["token_merger"] = {{"lanes", log_uniform(random, 1, 40)},
                             {"read_bytes_per_cycle", log_uniform(random, 1, 100)},
                             {"write_bytes_per_cycle", log_uniform(random, 1, 100)},
                             {"max_tokens", one_in(random, 20) ? 4 : uniform(random, 40, 300)},
                             {"max_features", uniform(random, 70, 300)},
                             {"divide_cycles", uniform(random, 1, 20)},
                             {"latency_cycles", uniform(random, 1, 12)}};
  if (one_in(random, 20)) machine.erase(pick(random, {"token_matcher", "token_merger"}));
}

/// `tokens()` draws the schedule.
template <typename Tokens>
Json draw_specification(Random& random, const Json& model, bool is_model, Tokens&& tokens) {
  Json spec = {{"model", model},
               {"scope", is_model ? "model" : "attention"},
               {"maps",
                {{"kind", "generated"},
                 {"sparsity", 0.5 * random.uniform_real()},
                 {"seed", random.uniform_below(1000)}}},
               {"polarization", {{"theta_d_fraction", random.uniform_real()}}},
               {"tokens", tokens()},
               {"values", {{"seed", random.next_u64()}}}};
  if (one_in(random, 4)) spec["polarization"] = nullptr;
  if (one_in(random, 5)) spec["score_function"] = "sigmoid";
  return spec;
}

}  // namespace

Json random_patch_model(Random& random, bool grows) {
  const std::uint32_t side = uniform(random, 2, 6);
  std::uint32_t width = uniform(random, 4, 30);
  const std::uint32_t channels = uniform(random, 1, 3);
  const std::uint32_t level = uniform(random, 1, 2);  // whose LL bands are what the stem embeds
  Json model = {{"name", "dropping"},
                {"prefix_tokens", 1},
                {"image_size", side * kPatchStride},
                {"activation", "gelu"},
                {"classes", uniform(random, 2, 60)},
                {"stem", Json::array({{{"in_channels", channels},
                                       {"out_channels", width},
                                       {"kernel", kPatchStride},
                                       {"stride", kPatchStride}}})},
                {"groups", Json::array()}};
  if (grows) {
    model["patch_samples"] = {{"side", kPatchStride << level}, {"channels", channels}};
  }
  const std::uint32_t groups = uniform(random, 2, 3);
  for (std::size_t g = 0; g < groups; ++g) {
    Json group = draw_group(random, g, side, width);
    if (grows && g > 0) {
      width += uniform(random, 1, 20);
      group["width_in"] = group["width_out"] = width;
      group["growth_level"] = g == 1 ? level : uniform(random, 1, level);
    }
    model["groups"].push_back(group);
  }
  return model;
}

Trace random_token_workload(Random& random) {
  const bool is_model = one_in(random, 2);
  const bool is_iret = !one_in(random, 3);
  const Json model = random_patch_model(random, is_model && is_iret);
  return make_trace(
      draw_specification(random, model, is_model,
                         [&] { return draw_tokens(random, model, is_iret, is_model); }),
      ".");
}

RandomRun random_token_run(std::uint64_t seed) {
  RandomRun run;
  run.seed = seed;
  Random workload_random(seed, "token workload");
  run.trace = random_token_workload(workload_random);
  Random machine_random(seed, "token machine");
  run.machine = random_machine(machine_random, dense_macs(run.trace));
  return run;
}

Trace random_merging_workload(Random& random) {
  const Json model = random_patch_model(random, false);
  return make_trace(
      draw_specification(random, model, true, [&] { return draw_merging(random, model); }), ".");
}

RandomRun random_merging_run(std::uint64_t seed) {
  RandomRun run;
  run.seed = seed;
  Random workload_random(seed, "merging workload");
  run.trace = random_merging_workload(workload_random);
  Random machine_random(seed, "merging machine");
  run.machine = random_machine(machine_random, dense_macs(run.trace));
  draw_merging_units(machine_random, run.machine);
  return run;
}

}  // namespace vitcod::test
