// SPDX-License-Identifier: Apache-2.0
// Linear layers whose results are codes of 1 bit, for linear attention that adds.
#include <catch2/catch.hpp>

#include "hw_models/compiler/linear/linear_jobs.hpp"
#include "hw_models/compiler/linear/linear_sketch.hpp"
#include "sim/base/errors.hpp"
#include "test/support/packet_bench.hpp"
#include "test/support/tiny_trace.hpp"
#include "workloads/trace_check.hpp"

namespace vitcod::test::linear_codes_test {
namespace {

/// Codes of 24 bits of 5 rows, one head, from X (5, 4).
Trace code_trace() {
  Trace trace;
  trace.layers = {{"layer"}};
  trace.tensors = {
      {"x", {5, 4}, 8}, {"w", {4, 24}, 8}, {"b", {24}, 32}, {"r", {24}, 32}, {"y", {1, 5, 24}, 1}};
  trace.operations = {{"linear",
                       0,
                       DenseLinear{5, 4, 24},
                       {TensorId{0}, TensorId{1}, TensorId{2}, TensorId{3}},
                       {TensorId{4}}}};
  check_trace(trace);
  return trace;
}

/// On lines of 2 MACs with 8 accumulators.
struct Bench {
  Bench() : layout(trace), index(trace), layer(find_linear(index, 0)), jobs(target, program) {
    limits.gemm.macs_per_line = 2;
    limits.gemm.accumulator_rows = 8;
    limits.gemm.lines = 20;
    limits.gemm.add_lanes = 8;
    limits.input_bytes = limits.output_bytes = limits.weight_bytes = 1000;
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  const Trace trace = code_trace();
  Target target = tiny_target();
  PlanLimits limits;
  DramLayout layout;
  OperationIndex index;
  LinearLayer layer;
  Program program;
  JobList jobs;
};

}  // namespace

TEST_CASE("a layer of codes is cut in whole bytes of them, which leave one behind the other") {
  Bench bench;
  CHECK(bench.layer.makes_codes);
  const std::vector<LinearCut> cuts = linear_cuts(bench.layer, bench.limits);
  for (const LinearCut& cut : cuts) CHECK(cut.block_columns % 8 == 0);
  CHECK(cuts.front().block_columns == 16);
  LinearJobs(bench.layer, cuts.front(), bench.layout, bench.jobs).add(true);
  std::vector<const Job*> storing;
  for (const Job& job : bench.program.jobs) {
    if (job.store) storing.push_back(&job);
  }
  // A row has three bytes: two of the first block, the last of the second one.
  REQUIRE(storing.size() == 2);
  const std::uint64_t y = bench.layout.address(TensorId{4});
  REQUIRE(storing[0]->store->stretches.size() == 5);
  CHECK(storing[0]->store->stretches[1].address == y + 3);
  CHECK(storing[0]->store->stretches[1].bytes == 2);
  CHECK(storing[1]->store->stretches[4].address == y + 4 * 3 + 2);
  CHECK(storing[1]->store->stretches[4].bytes == 1);
  const auto& drain = kernel_as<DrainKernel>(*storing[0]->orders.back().kernel);
  CHECK(drain.makes_codes);
  CHECK(drain.bytes_of(16) == 2);
  const auto sketch = sketch_linear(bench.layer, cuts.front(), bench.limits);
  CHECK(sketch.back().store.has_value());
}

TEST_CASE("codes fill a row of a head as one stretch of all rows where the lines have it whole") {
  Bench bench;
  bench.limits.gemm.lines = 24;
  LinearJobs(bench.layer, linear_cuts(bench.layer, bench.limits).front(), bench.layout, bench.jobs)
      .add(true);
  const Job& last = bench.program.jobs.back();
  REQUIRE(last.store.has_value());
  REQUIRE(last.store->stretches.size() == 1);
  CHECK(last.store->stretches[0].bytes == 5 * 3);
}

TEST_CASE("codes are refused without add lanes, or where the lines are fewer than eight") {
  Bench bench;
  const char* refusal =
      "linear: its results are codes of 1 bit; this machine has no mac_lines/add_lanes_per_line, "
      "or less than 8 lines";
  bench.limits.gemm.add_lanes = 0;
  CHECK_THROWS_WITH(linear_cuts(bench.layer, bench.limits), refusal);
  bench.limits.gemm.add_lanes = 8;
  bench.limits.gemm.lines = 7;
  CHECK_THROWS_WITH(linear_cuts(bench.layer, bench.limits), refusal);
}

}  // namespace vitcod::test::linear_codes_test
