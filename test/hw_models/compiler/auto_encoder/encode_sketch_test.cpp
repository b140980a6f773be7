// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/auto_encoder/encode_sketch.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::encode_sketch_test {
namespace {

/// 10 tokens of 4 heads of 8 features, compressed to 2 heads: 32 bytes in, 16 out, 64 MACs a token;
/// 8 weights and 2 biases of 4 bytes.
EncodeLayer small_layer() {
  EncodeLayer layer;
  layer.name = "encode";
  layer.heads_in = 4;
  layer.heads_out = 2;
  layer.num_tokens = 10;
  layer.features = 8;
  layer.input = TensorId{0};
  layer.output = TensorId{1};
  return layer;
}

PlanLimits byte_a_cycle() {
  PlanLimits limits;
  limits.output_bytes = 1000;
  limits.path.dram.bytes_per_cycle = 1;
  return limits;
}

Schedule schedule_of(const PlanLimits& limits) {
  Schedule schedule = limits.empty_schedule();
  for (const JobSketch& job : sketch_encoding(small_layer(), limits)) schedule.add(job);
  return schedule;
}

}  // namespace

TEST_CASE("an encoding takes as long as the slowest place on its tokens' way") {
  PlanLimits limits = byte_a_cycle();
  // Weights by 16, tokens by 336; meanwhile 160 bytes of results leave, from 16 to 176 at best.
  CHECK(schedule_of(limits).computed() == 336);
  CHECK(schedule_of(limits).end() == 336);
  limits.path.encoder.macs_per_cycle = 1;  // 640 MACs of tokens that come from 16 on
  CHECK(schedule_of(limits).computed() == 16 + 640);
  limits = byte_a_cycle();
  limits.path.encoder.read_bytes = 0.5;    // weights by 32, tokens 640 more
  limits.path.encoder.latency_cycles = 3;  // of the last packet of each
  CHECK(schedule_of(limits).computed() == 32 + 3 + 640 + 3);
}

TEST_CASE("an encoding is done in tiles of the tokens whose results fit") {
  PlanLimits limits = byte_a_cycle();
  limits.output_bytes = 16 * 4 + 15;
  const auto jobs = sketch_encoding(small_layer(), limits);
  REQUIRE(jobs.size() == 3);  // 4, 4 and 2 tokens
  CHECK(jobs[0].loads.size() == 2);
  CHECK(jobs[1].loads.size() == 1);
  CHECK(jobs[0].store->stored.bytes == 64);
  CHECK(jobs[2].store->stored.bytes == 32);
  CHECK(jobs[2].writes == std::vector{TensorId{1}});
  // Nothing is loaded ahead, and each tile needs the room of the one before: the first one's tokens
  // come by 16 + 128, its 64 bytes have left by then; then 128 more, and 64.
  CHECK(schedule_of(limits).computed() == 144 + 128 + 64);
}

TEST_CASE("an output buffer too small for a token is told with the bytes") {
  PlanLimits limits = byte_a_cycle();
  limits.output_bytes = 15;
  CHECK_THROWS_WITH(sketch_encoding(small_layer(), limits),
                    "encode: the output_buffer is too small: one token needs 16 bytes there, 15 "
                    "are available");
}

}  // namespace vitcod::encode_sketch_test
