// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/layer_norm/norm_jobs.hpp"

#include <catch2/catch.hpp>

#include "hw_models/compiler/layer_norm/norm_sketch.hpp"
#include "hw_models/layer_norm/norm_placement.hpp"
#include "sim/base/errors.hpp"
#include "test/support/packet_bench.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod::test::norm_jobs_test {
namespace {

/// 10 tokens of 16 features: 32 bytes in, 16 out; each tensor from 4 KiB on.
Trace one_norm() {
  Trace trace;
  trace.tensors = {{"x", {10, 16}, 16}, {"g", {16}, 8}, {"o", {16}, 8}, {"y", {10, 16}, 8}};
  trace.operations = {
      {"norm", 2, LayerNorm{10, 16}, {TensorId{0}, TensorId{1}, TensorId{2}}, {TensorId{3}}}};
  return trace;
}

NormLayer found_in(const Trace& trace) {
  OperationIndex index(trace);
  return find_norm(index, trace.operations.size() - 1);
}

PlanLimits byte_a_cycle() {
  PlanLimits limits;
  limits.output_bytes = 1000;
  limits.path.dram.bytes_per_cycle = 1;
  limits.norm.lanes = 16;
  limits.norm.read_bandwidth = 16;
  limits.norm.max_features = 16;
  return limits;
}

}  // namespace

TEST_CASE("tokens stream through the layer norm in tiles whose results fit") {
  const Trace trace = one_norm();
  const NormLayer layer = found_in(trace);
  const DramLayout layout(trace);
  const Target target = tiny_target();
  Program program;
  JobList jobs(target, program);
  add_norm(layer, 95, layout, jobs);  // 5 tokens of 16 bytes
  REQUIRE(program.jobs.size() == 2);
  const Job& first = program.jobs[0];
  const Job& second = program.jobs[1];
  CHECK(first.streams);
  CHECK(first.phase == target.layer_norm);
  REQUIRE(first.loads.size() == 2);
  CHECK(first.loads[0].is_fence);
  CHECK(first.loads[0].transfer.stretches[0].address == 4096);
  CHECK(first.loads[0].transfer.stretches[1].address == 2 * 4096);
  CHECK(first.loads[0].transfer.stretches[1].offset == 16);
  REQUIRE(second.loads.size() == 1);
  CHECK(second.loads[0].after_fences);
  CHECK(second.loads[0].transfer.stretches[0].address == 5 * 32);
  CHECK(second.loads[0].transfer.bytes() == 5 * 32);
  CHECK(second.loads[0].transfer.placement->outputs(0, 0) == target.norm_output);
  CHECK(second.store->stretches[0].address == 3 * 4096 + 5 * 16);
  CHECK(second.store->bytes() == 5 * 16);
}

TEST_CASE("a layer norm takes its tokens' way or its passes") {
  PlanLimits limits = byte_a_cycle();
  const NormLayer layer = found_in(one_norm());
  const auto computed = [&] {
    Schedule schedule = limits.empty_schedule();
    for (const JobSketch& job : sketch_norm(layer, limits)) schedule.add(job);
    return schedule.computed();
  };
  limits.norm.latency = 0;
  CHECK(computed() == 32 + 320);
  limits.norm.root = 100;  // 10 tokens; constants by 32
  CHECK(computed() == 32 + 1000);
}

TEST_CASE("a layer norm that does not fit the machine is named") {
  PlanLimits limits = byte_a_cycle();
  const NormLayer layer = found_in(one_norm());
  limits.output_bytes = 15;
  CHECK_THROWS_WITH(sketch_norm(layer, limits),
                    "norm: the output_buffer is too small: one token needs 16 bytes there, 15 are "
                    "available");
  limits.norm.max_features = 15;
  CHECK_THROWS_WITH(sketch_norm(layer, limits),
                    "norm: a token has 16 features, layer_norm/max_features of the machine are 15");
  Trace trace = one_norm();
  trace.operations[0].inputs.pop_back();
  CHECK_THROWS_WITH(found_in(trace),
                    "operation norm: expected tokens, gains and offsets in, tokens out");
}

}  // namespace vitcod::test::norm_jobs_test
