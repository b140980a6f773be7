// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear_attention/linear_attention_jobs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "hw_models/compiler/linear_attention/linear_attention_sketch.hpp"
#include "sim/base/errors.hpp"
#include "test/hw_models/accelerators/linear_attention_traces.hpp"
#include "test/support/packet_bench.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod::test::linear_attention_jobs_test {
namespace {

/// Two heads, 5 queries, 6 keys, 3 features of K and 8 of V, on 4 lines of 2 MACs with 2
/// accumulators: A in groups of 2 and 1 rows and blocks of 4 columns, O in groups of 2, 2 and 1.
struct Bench {
  explicit Bench(bool normalise = true, bool residual = false)
      : Bench(LinearAttention{2, 5, 6, 3, 8, Activation::kEluPlusOne, normalise,
                              normalise ? 3U : 0U, residual}) {}
  explicit Bench(const LinearAttention& attention)
      : trace(linear_attention_trace(attention)),
        layout(trace),
        index(trace),
        layer(find_linear_attention(index, 0)),
        jobs(target, program) {
    limits.gemm.lines = 4;
    limits.gemm.macs_per_line = 2;
    limits.gemm.accumulator_rows = 2;
    limits.gemm.weight_bandwidth = limits.gemm.input_bandwidth = 4;
    limits.gemm.divide = 3;
    limits.input_bytes = limits.output_bytes = limits.weight_bytes = 1000;
    limits.path.output.staging_bytes = 100;
    target.packet_bytes = 64;
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void add() {
    cut = linear_attention_cut(layer, limits);
    LinearAttentionJobs(layer, cut, limits, layout, jobs).add(true);
  }
  const GemmKernel& kernel(std::size_t job) const {
    return dynamic_cast<const GemmKernel&>(*program.jobs[job].orders[0].kernel);
  }
  const DrainKernel& drain(std::size_t job) const {
    return dynamic_cast<const DrainKernel&>(*program.jobs[job].orders[1].kernel);
  }
  std::uint64_t address(const char* tensor) const {
    return layout.address(tensor_named(trace, tensor));
  }

  Trace trace;
  DramLayout layout;
  OperationIndex index;
  LinearAttentionLayer layer;
  PlanLimits limits;
  LinearAttentionCut cut;
  Target target;
  Program program;
  JobList jobs;
};

std::vector<std::uint64_t> addresses(const Transfer& transfer) {
  std::vector<std::uint64_t> list;
  for (const Stretch& stretch : transfer.stretches) list.push_back(stretch.address);
  return list;
}

}  // namespace

TEST_CASE("a linear attention is cut by accumulators and lines") {
  Bench bench;
  bench.add();
  CHECK(bench.cut.feature_group == 2);
  CHECK(bench.cut.block_columns == 4);
  CHECK(bench.cut.key_piece == 6);
  CHECK(bench.cut.query_group == 2);
  // Of each head two blocks: two groups of A, three of O.
  CHECK(bench.program.jobs.size() == 2 * 2 * 2 + 2 * 2 * 3);
  CHECK(std::all_of(bench.program.jobs.begin(), bench.program.jobs.end(),
                    [](const Job& job) { return job.ends_tile; }));
  CHECK(bench.kernel(0).reconfigures);
  CHECK_FALSE(bench.kernel(1).reconfigures);
}

TEST_CASE("keys come turned and values row by row, each part once") {
  Bench bench;
  bench.add();
  // The second group of the first head's second block: feature 2 of K, values 4 to 7.
  const Job& job = bench.program.jobs[3];
  const GemmKernel& kernel = bench.kernel(3);
  CHECK(kernel.rows == 1);
  CHECK(kernel.columns == 4);
  CHECK(kernel.turns_inputs);
  CHECK(kernel.weights_by_row);
  CHECK(kernel.beside == BesideLine::kIdle);  // z comes with the first block
  CHECK(bench.kernel(0).beside == BesideLine::kSums);
  REQUIRE(job.loads.size() == 3);
  CHECK(addresses(job.loads[0].transfer) ==
        std::vector<std::uint64_t>{bench.address("inner_words") + 16});
  CHECK(job.loads[0].transfer.bytes() == 16);
  CHECK(job.loads[0].transfer.label.reason == TransferReason::kReload);
  const std::uint64_t k = bench.address("k") + 2;
  CHECK(addresses(job.loads[1].transfer) ==
        std::vector<std::uint64_t>{k, k + 3, k + 6, k + 9, k + 12, k + 15});
  CHECK(job.loads[1].transfer.label.reason == TransferReason::kReload);
  CHECK(addresses(job.loads[2].transfer)[1] == bench.address("v") + 12);
  // The first block's words, with that of z.
  const Transfer& words = bench.program.jobs[0].loads[0].transfer;
  CHECK(addresses(words) == std::vector<std::uint64_t>{bench.address("inner_words"),
                                                       bench.address("inner_words") + 32});
  CHECK(words.label.reason == TransferReason::kFirstLoad);
}

TEST_CASE("A leaves with z, and comes back before a head's first rows") {
  Bench bench;
  bench.add();
  // The second head's first block, its first group: rows 3 and 4 of all A, the fourth of z on.
  const Job& inner = bench.program.jobs[4];
  CHECK(addresses(*inner.store) == std::vector<std::uint64_t>{bench.address("a") + 24,
                                                              bench.address("a") + 32,
                                                              bench.address("z") + 3});
  CHECK(bench.drain(4).segments.size() == 2);
  CHECK(bench.drain(4).has_beside_column);
  const Job& rows = bench.program.jobs[8 + 6];
  REQUIRE(rows.loads.size() == 3);
  CHECK(addresses(rows.loads[0].transfer) == std::vector<std::uint64_t>{bench.address("a") + 24,
                                                                        bench.address("a") + 32,
                                                                        bench.address("a") + 40});
  CHECK(addresses(rows.loads[1].transfer) == std::vector<std::uint64_t>{bench.address("z") + 3});
  CHECK(addresses(rows.loads[2].transfer) == std::vector<std::uint64_t>{bench.address("q") + 15});
  // It waits until the last of A is in DRAM.
  const Dependency last{JobId{7}, Dependency::Milestone::kRetired};
  CHECK(std::count(rows.loads_wait_for.begin(), rows.loads_wait_for.end(), last) == 1);
  CHECK(bench.program.jobs[8 + 7].loads.size() == 1);
  CHECK(bench.drain(8 + 6).divides);
  CHECK(bench.drain(8 + 6).output_shift == 3);
  CHECK(bench.kernel(8 + 6).beside == BesideLine::kProducts);
}

TEST_CASE("with a residual the rows of heads stand side by side, of 16 bits") {
  Bench bench(true, true);
  bench.add();
  // The second head's second block: columns 12 to 15 of 16, rows 0 and 1.
  const Job& job = bench.program.jobs[8 + 9];
  CHECK(addresses(*job.store) ==
        std::vector<std::uint64_t>{bench.address("o") + 24, bench.address("o") + 32 + 24});
  CHECK(addresses(job.loads.back().transfer) ==
        std::vector<std::uint64_t>{bench.address("residual") + 24,
                                   bench.address("residual") + 32 + 24});
  CHECK(bench.drain(8 + 9).result_bytes == 2);
}

TEST_CASE("without normaliser O is requantised by words of its own") {
  Bench bench(false);
  bench.add();
  CHECK(bench.program.jobs[0].loads[0].transfer.stretches.size() == 1);
  CHECK(bench.program.jobs[0].store->stretches.size() == 2);
  const Job& rows = bench.program.jobs[8 + 3];
  CHECK(addresses(rows.loads[1].transfer) ==
        std::vector<std::uint64_t>{bench.address("words") + 16});
  CHECK(bench.kernel(8 + 3).constant_words() == 4);
  CHECK_FALSE(bench.drain(8 + 3).divides);
}

TEST_CASE("keys come in pieces where they do not fit twice") {
  Bench bench;
  // Words of 5 columns are 20 bytes, a piece of 4 keys 16: twice that, but not of all six.
  bench.limits.weight_bytes = 80;
  bench.add();
  CHECK(bench.cut.key_piece == 4);
  CHECK(bench.kernel(0).begins);
  CHECK_FALSE(bench.kernel(0).ends);
  CHECK(bench.kernel(1).ends);
  CHECK(bench.program.jobs[0].orders.size() == 1);
  CHECK(bench.program.jobs[1].loads.size() == 2);
}

TEST_CASE("the sketch of a linear attention asks for what its jobs ask for") {
  for (const bool residual : {false, true}) {
    Bench bench(true, residual);
    bench.add();
    const auto sketch = sketch_linear_attention(bench.layer, bench.cut, bench.limits);
    REQUIRE(sketch.size() == bench.program.jobs.size());
    for (std::size_t i = 0; i < sketch.size(); ++i) {
      CAPTURE(i);
      CHECK(sketch[i].loads.size() == bench.program.jobs[i].loads.size());
      CHECK(sketch[i].frees.size() == bench.program.jobs[i].frees.size());
      CHECK(sketch[i].store.has_value() == bench.program.jobs[i].store.has_value());
    }
  }
}

TEST_CASE("a machine without room or unit for linear attention says what is missing") {
  const auto error_of = [](auto change) -> std::string {
    Bench bench;
    change(bench);
    try {
      bench.add();
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK(error_of([](Bench& bench) { bench.limits.gemm.divide.reset(); }) ==
        "attention: this machine's gemm_engine has no linear_attention");
  CHECK(error_of([](Bench& bench) { bench.limits.weight_bytes = 14; }) ==
        "attention: the weight_buffer is too small: the inner matrix needs 15 bytes there, 14 are "
        "available");
  CHECK(error_of([](Bench& bench) { bench.limits.weight_bytes = 27; }) ==
        "attention: the weight_buffer is too small: a chunk of values needs 28 bytes there, 27 are "
        "available");
  CHECK(error_of([](Bench& bench) { bench.limits.input_bytes = 7; }) ==
        "attention: the input_buffer is too small: a chunk of keys needs 8 bytes there, 7 are "
        "available");
  CHECK(error_of([](Bench& bench) { bench.limits.output_bytes = 3; }) ==
        "attention: the output_buffer is too small: a row needs 4 bytes there, 3 are available");
  const Trace trace =
      linear_attention_trace({1, 1, 1, 1, 1, Activation::kNone, true, 0, false, Primitive::kShift});
  OperationIndex index(trace);
  CHECK_THROWS_WITH(find_linear_attention(index, 0),
                    "operation attention: the lines multiply or add in linear attention, they do "
                    "not shift");
}

namespace {

/// One head, 3 queries, 5 keys, codes of 24 bits and 8 features of V, on 4 lines of 16 add lanes
/// with 17 accumulators: A in groups of 16 and 8 rows.
struct CodeBench : Bench {
  CodeBench() : Bench({1, 3, 5, 24, 8, Activation::kNone, false, 0, false, Primitive::kAdd}) {
    limits.gemm.accumulator_rows = 17;
    limits.gemm.add_lanes = 16;
  }
};

}  // namespace

TEST_CASE("codes come in bytes, eight rows of A each") {
  CodeBench bench;
  bench.add();
  CHECK(bench.cut.feature_group == 16);
  CHECK(bench.cut.query_group == 3);
  REQUIRE(bench.program.jobs.size() == 2 * 2 + 2);
  // The second group of the first block: the third byte of each key's three.
  const GemmKernel& kernel = bench.kernel(1);
  CHECK(kernel.primitive == Primitive::kAdd);
  CHECK(kernel.rows == 8);
  CHECK(kernel.turns_inputs);
  CHECK(kernel.beside == BesideLine::kIdle);
  const std::uint64_t k = bench.address("k") + 2;
  const Transfer& keys = bench.program.jobs[1].loads[1].transfer;
  CHECK(addresses(keys) == std::vector<std::uint64_t>{k, k + 3, k + 6, k + 9, k + 12});
  CHECK(keys.bytes() == 5);
  // All of Q: three bytes a query.
  const Transfer& queries = bench.program.jobs[4].loads[2].transfer;
  CHECK(addresses(queries) == std::vector<std::uint64_t>{bench.address("q")});
  CHECK(queries.bytes() == 9);
  CHECK_FALSE(bench.drain(4).divides);
  const auto sketch = sketch_linear_attention(bench.layer, bench.cut, bench.limits);
  REQUIRE(sketch.size() == bench.program.jobs.size());
  for (std::size_t i = 0; i < sketch.size(); ++i) {
    CHECK(sketch[i].loads.size() == bench.program.jobs[i].loads.size());
    CHECK(sketch[i].frees.size() == bench.program.jobs[i].frees.size());
  }
}

TEST_CASE("a machine without add lanes, or with too few accumulators for codes, is named") {
  CodeBench bench;
  bench.limits.gemm.add_lanes = 0;
  CHECK_THROWS_WITH(
      bench.add(), "attention: it adds by codes; this machine has no mac_lines/add_lanes_per_line");
  bench.limits.gemm.add_lanes = 16;
  bench.limits.gemm.accumulator_rows = 7;
  CHECK_THROWS_WITH(bench.add(),
                    "attention: it adds by codes, 8 rows at a time; this machine's "
                    "gemm_engine/accumulator_rows are fewer");
}

}  // namespace vitcod::test::linear_attention_jobs_test
