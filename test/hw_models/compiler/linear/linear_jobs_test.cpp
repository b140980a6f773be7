// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear/linear_jobs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"
#include "test/hw_models/compiler/linear/linear_bench.hpp"

namespace vitcod::test::linear_jobs_test {
namespace {

using Bench = LinearBench;

const Stretch& first_stretch(const Load& load) { return load.transfer.stretches.front(); }

}  // namespace

TEST_CASE("rows are divided evenly over as few groups as the accumulators allow") {
  const Bench bench;
  const LinearCut cut = bench.cuts().front();
  CHECK(cut.num_groups == 3);
  CHECK(rows_of_group(bench.layer, cut, 0) == 4);
  CHECK(rows_of_group(bench.layer, cut, 2) == 2);
  CHECK(cut.num_blocks == 2);
  CHECK(columns_of_block(bench.layer, cut, 1) == 2);
}

TEST_CASE("a block of W stays for all groups where it fits, or comes again for each") {
  Bench bench;
  const std::vector<LinearCut> cuts = bench.cuts();
  REQUIRE(cuts.size() == 2);
  CHECK_FALSE(cuts[0].holds_weights);
  CHECK(cuts[1].holds_weights);
  CHECK(cuts[1].groups_per_tile == 3);
  // X 120, W 72, constants 6 x 8; streaming loads W and constants three times.
  CHECK(traffic_of(bench.layer, cuts[0]) == 120 + 3 * (72 + 48));
  CHECK(traffic_of(bench.layer, cuts[1]) == 120 + 72 + 48);
  // Two blocks of 48 bytes and constants of 32: a byte less, and W has to come in pieces.
  bench.limits.weight_bytes = 2 * 48 + 32;
  CHECK(bench.cuts()[1].weight_features == 12);
  bench.limits.weight_bytes -= 1;
  CHECK(bench.cuts()[1].weight_features == 6);
  bench.limits.weight_bytes = 48;  // a block alone: it cannot stay with its constants
  const std::vector<LinearCut> tight = bench.cuts();
  CHECK(tight.front().block_columns == 4);
  CHECK(std::none_of(tight.begin(), tight.end(), [](const LinearCut& cut) {
    return cut.block_columns == 4 && cut.holds_weights;
  }));
}

/// The widths of blocks that there are candidates for, as they come.
std::vector<std::uint32_t> widths_of(const Bench& bench) {
  std::vector<std::uint32_t> widths;
  for (const LinearCut& cut : bench.cuts()) {
    if (widths.empty() || widths.back() != cut.block_columns) widths.push_back(cut.block_columns);
    CHECK(cut.num_blocks == (6 + cut.block_columns - 1) / cut.block_columns);
  }
  return widths;
}

TEST_CASE(
    "with little room for weights or results blocks may be narrower than the lines are many") {
  using Widths = std::vector<std::uint32_t>;
  Bench bench;
  CHECK(widths_of(bench) == Widths{4});
  // Three pieces of 2 features and two blocks' constants of 8 bytes a column: 22 bytes a column.
  bench.limits.weight_bytes = 88;
  CHECK(widths_of(bench) == Widths{4});
  bench.limits.weight_bytes = 87;
  CHECK(widths_of(bench) == Widths{4, 2});
  bench.limits.weight_bytes = 43;
  CHECK(widths_of(bench) == Widths{4, 2, 1});
  bench.limits.weight_bytes = 39;  // a piece and constants of 4 columns need 40
  CHECK(widths_of(bench) == Widths{2, 1});
  bench.limits.holding.weight_bank_bytes = 32;  // narrower than 4 columns no less of it is taken
  bench.limits.weight_bytes = 96;
  CHECK(widths_of(bench) == Widths{4});
  bench.limits.holding.weight_bank_bytes = 1;
  bench.limits.weight_bytes = 1000;
  bench.limits.output_bytes = 3;
  CHECK(widths_of(bench) == Widths{2});
  bench.limits.output_bytes = 1000;
  bench.limits.path.output.staging_bytes = 3;
  CHECK(widths_of(bench) == Widths{3});
  bench.add_residual();  // 16 bits an element
  CHECK(widths_of(bench) == Widths{1});
}

TEST_CASE("weights that two layers read lie in one order: their blocks are as wide as the lines") {
  Bench bench;
  bench.layer.shares_weights = true;
  bench.limits.weight_bytes = 43;
  CHECK(widths_of(bench) == std::vector<std::uint32_t>{4});
  bench.limits.weight_bytes = 39;
  CHECK_THROWS_WITH(bench.cuts(),
                    "linear: the weight_buffer is too small: a chunk of weights with "
                    "its biases needs 40 bytes there, 39 are available");
}

TEST_CASE("a group has fewer rows where the input buffer holds no more") {
  Bench bench;
  bench.limits.input_bytes = 3 * 12;
  CHECK(bench.cuts().front().group_rows == 2);
  bench.limits.input_bytes = 11;
  CHECK_THROWS_WITH(bench.cuts(),
                    "linear: the input_buffer is too small: a row needs 12 bytes "
                    "there, 11 are available");
  bench.limits.input_bytes = 1000;
  bench.limits.output_bytes = 0;  // of one column
  CHECK_THROWS_WITH(bench.cuts(),
                    "linear: the output_buffer is too small: a row needs 1 bytes "
                    "there, 0 are available");
  bench.limits.output_bytes = 1000;
  bench.limits.weight_bytes = 9;  // 2 features of one column, 8 of constants
  CHECK_THROWS_WITH(bench.cuts(),
                    "linear: the weight_buffer is too small: a chunk of weights with "
                    "its biases needs 10 bytes there, 9 are available");
}

TEST_CASE("each block of Y is summed up over all of k, and W that stays is loaded once") {
  Bench bench;
  bench.add(bench.cuts()[1]);
  const auto kernels = bench.kernels();
  REQUIRE(kernels.size() == 6);  // 2 blocks of columns, 3 groups, k in one piece
  CHECK(kernels[0]->reconfigures);
  CHECK_FALSE(kernels[1]->reconfigures);
  for (const GemmKernel* kernel : kernels) {
    CHECK(kernel->features() == 12);
    CHECK((kernel->begins && kernel->ends));
  }
  CHECK(kernels[2]->rows == 2);
  CHECK(kernels[3]->columns == 2);
  // The first job brings biases, requantisation and W of the first block, and waits for nothing.
  const std::deque<Job>& jobs = bench.program.jobs;
  CHECK(jobs[0].orders.empty());
  REQUIRE(jobs[0].loads.size() == 2);
  CHECK(jobs[0].loads[0].transfer.stretches[0].address == kBias);
  CHECK(jobs[0].loads[0].transfer.stretches[1].address == kRequantisation);
  CHECK(jobs[0].loads[0].transfer.stretches[1].offset == 16);
  CHECK(first_stretch(jobs[0].loads[1]).address == kW);
  CHECK(first_stretch(jobs[0].loads[1]).bytes == 48);
  // X of each group comes with the first block.
  REQUIRE(jobs[2].loads.size() == 1);
  CHECK(first_stretch(jobs[2].loads[0]).address == kX + 48);
  CHECK(first_stretch(jobs[2].loads[0]).bytes == 48);
  // The second block: 2 columns from byte 48 of W on.
  REQUIRE(jobs[4].loads.size() == 2);
  CHECK(first_stretch(jobs[4].loads[1]).address == kW + 48);
  CHECK(first_stretch(jobs[4].loads[1]).bytes == 24);
  CHECK(jobs[5].loads.empty());
  // W and its constants are given up with the last group, X with the last block.
  CHECK(jobs[1].frees.empty());
  CHECK(jobs[3].frees.size() == 2);
  CHECK(jobs[5].frees.size() == 1);
  CHECK(jobs[6].frees.size() == 3);
}

TEST_CASE("results of a block lie row by row, a stretch each") {
  Bench bench;
  bench.add(bench.cuts()[1]);
  const Job& second_group = bench.program.jobs[5];  // of the second block: from row 4, column 4 on
  CHECK(second_group.store->stretches.size() == 4);
  CHECK(second_group.store->stretches[1].address == kY + 5 * 6 + 4);
  CHECK(second_group.store->bytes() == 8);
}

TEST_CASE("a block of columns is loaded as one stretch of pieces, a row each") {
  Bench bench;
  bench.add_residual();
  bench.add(bench.cuts()[1]);
  std::vector<const Stretch*> residuals;
  for (const Job& job : bench.program.jobs) {
    for (const Load& load : job.loads) {
      if (load.transfer.label.role != TensorRole::kResidual) continue;
      CHECK(load.transfer.stretches.size() == 1);
      residuals.push_back(&first_stretch(load));
    }
  }
  // Rows of 6 results of 16 bits: 4 columns of groups of 4, 4 and 2 rows, then 2 columns.
  REQUIRE(residuals.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    const std::uint64_t rows = i % 3 == 2 ? 2 : 4;
    CHECK(residuals[i]->address == 5 * 4096 + i % 3 * 4 * 12 + (i < 3 ? 0 : 8));
    CHECK(residuals[i]->piece_bytes == (i < 3 ? 8 : 4));
    CHECK(residuals[i]->pitch == 12);
    CHECK(residuals[i]->bytes == rows * residuals[i]->piece_bytes);
  }
}

TEST_CASE("rows at any places are loaded as few stretches, none of which leaves out what follows") {
  Bench bench;
  // The first group has rows that follow each other behind one that does not, the second one rows
  // at equal distances, the third one the same two backwards.
  const std::vector<std::uint32_t> tokens{0, 2, 3, 4, 1, 3, 5, 9, 7, 6};
  bench.layer.tokens = tokens;
  bench.add(bench.cuts()[1]);
  const std::deque<Job>& jobs = bench.program.jobs;
  const auto x_of = [&jobs](std::size_t job) -> const std::vector<Stretch>& {
    REQUIRE(jobs[job].loads.size() == 1);
    return jobs[job].loads[0].transfer.stretches;
  };
  REQUIRE(x_of(1).size() == 2);
  CHECK(x_of(1)[0].bytes == 12);
  CHECK(x_of(1)[1].address == kX + 2 * 12);
  CHECK(x_of(1)[1].bytes == 3 * 12);
  CHECK(x_of(1)[1].piece_bytes == 0);
  CHECK(x_of(1)[1].offset == 12);
  REQUIRE(x_of(2).size() == 2);
  CHECK(x_of(2)[0].bytes == 3 * 12);
  CHECK(x_of(2)[0].piece_bytes == 12);
  CHECK(x_of(2)[0].pitch == 24);
  CHECK(x_of(2)[1].address == kX + 9 * 12);
  REQUIRE(x_of(3).size() == 2);
  CHECK(x_of(3)[1].address == kX + 6 * 12);
}

TEST_CASE("a block that stays comes and goes in a few jobs, each of some of its pieces") {
  Bench bench;
  bench.limits.weight_bytes = (6 + 1) * 8 + 32;  // six pieces of 2 features, and one of the next
  const LinearCut cut = bench.cuts()[1];
  REQUIRE(cut.holds_weights);
  CHECK(cut.weight_features == 2);
  bench.add(cut);
  // Six pieces in at most four jobs are two a job: three jobs for the first group and the last one,
  // one for that between. All pieces of the first block are loaded ahead.
  const auto kernels = bench.kernels();
  REQUIRE(kernels.size() == 2 * (3 + 1 + 3));
  CHECK(kernels[0]->features() == 4);
  CHECK(kernels[3]->features() == 12);
  const std::deque<Job>& jobs = bench.program.jobs;
  CHECK(jobs[0].loads.size() == 1 + 6);
  CHECK(jobs[5].frees.size() == 2 + 1);  // with the constants
  CHECK(jobs[7].frees.size() == 2);
  CHECK(jobs[8].loads.size() == 1 + 2);
  CHECK(jobs[9].loads.size() == 2);
}

TEST_CASE("every region is claimed once and given back once") {
  for (const std::size_t which : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U}) {
    Bench bench;
    bench.limits.weight_bytes = 90;
    bench.limits.gemm.carried_bandwidth = 16;
    bench.limits.input_bytes = 130;  // X of two groups with a residual, or pieces of three
    if (which >= 4) bench.add_residual();
    const std::vector<LinearCut> cuts = bench.cuts();
    REQUIRE(cuts.size() >= 4);
    CHECK(cuts[which % 4].carries_sums == (which % 4 >= 2));
    bench.add(cuts[which % 4]);
    std::vector<int> claimed(bench.program.regions.size());
    std::vector<int> freed(bench.program.regions.size());
    for (const Job& job : bench.program.jobs) {
      for (const Load& load : job.loads) {
        for (RegionId region : load.claims) ++claimed[index_of(region)];
      }
      for (RegionId region : job.claims) ++claimed[index_of(region)];
      for (RegionId region : job.frees) ++freed[index_of(region)];
      for (RegionId region : job.frees_when_drained) ++freed[index_of(region)];
      if (job.store) ++freed[index_of(job.stored)];
    }
    CHECK(claimed == std::vector<int>(claimed.size(), 1));
    CHECK(freed == claimed);
  }
}

TEST_CASE("a block's residual comes with its first sums and stays until the block is drained") {
  Bench bench;
  bench.limits.weight_bytes = 3 * 24 + 2 * 32;  // three halves of a block: two jobs a block
  bench.add_residual();
  bench.add(bench.cuts()[0]);
  const std::deque<Job>& jobs = bench.program.jobs;
  REQUIRE(jobs.size() == 1 + 3 * 2 * 2);  // groups, blocks, pieces
  for (std::size_t i = 1; i < jobs.size(); i += 2) {
    // Groups of 4, 4 and 2 rows; blocks of 4 and 2 columns.
    const std::uint64_t rows = i < 9 ? 4 : 2;
    const std::uint64_t columns = (i - 1) / 2 % 2 == 0 ? 4 : 2;
    const auto load =
        std::find_if(jobs[i].loads.begin(), jobs[i].loads.end(), [](const Load& candidate) {
          return candidate.transfer.label.role == TensorRole::kResidual;
        });
    REQUIRE(load != jobs[i].loads.end());
    CHECK(load->transfer.bytes() == rows * columns * 2);
    CHECK(jobs[i].frees_when_drained.empty());
    CHECK(jobs[i + 1].frees_when_drained == load->claims);
    CHECK(jobs[i + 1].orders.back().ends == Order::Ends::kDrained);
  }
}

TEST_CASE("heads of X and Y lie one after the other, and stand side by side in a row") {
  Bench bench;
  bench.layer.input_heads = 3;
  bench.layer.output_heads = 3;
  bench.add(bench.cuts()[1]);
  const Job& second = bench.program.jobs[2];
  const std::vector<Stretch>& heads = second.loads[0].transfer.stretches;
  REQUIRE(heads.size() == 3);
  CHECK(heads[1].address == kX + 10 * 4 + 4 * 4);  // head 1 of 10 rows of 4; rows 4 to 7
  CHECK(heads[1].bytes == 16);
  CHECK(heads[1].offset == 16);
  CHECK(bench.kernels()[1]->segment_features == 4);
  // Two columns a head: the block of 4 columns is two heads, rows together in each.
  const auto& drain = kernel_as<DrainKernel>(*second.orders.back().kernel);
  REQUIRE(drain.segments.size() == 2);
  CHECK(drain.segments[1].is_contiguous);
  CHECK(second.store->stretches[1].address == kY + 10 * 2 + 4 * 2);
  CHECK(second.store->stretches[1].bytes == 8);
}

TEST_CASE("rows of a window are gathered from the grid, and nothing from beyond it") {
  Bench bench;
  // Tokens of 3 features on a grid of 4 x 4, windows of 2 x 2 with a stride of 2 and padding of 1:
  // 3 x 3 places.
  bench.layer.product.m = 9;
  bench.layer.product.window = Window{4, 4, 2, 2, 2, 1, 1};
  bench.add(bench.cuts()[1]);
  // Places (0, 0), (0, 1), (0, 2): token 0 as the last of four; tokens 1 and 2 as the last two;
  // token 3 as the third.
  const std::vector<Stretch>& rows = bench.program.jobs[1].loads[0].transfer.stretches;
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].address == kX);
  CHECK(rows[0].offset == 9);
  CHECK(rows[1].address == kX + 3);
  CHECK(rows[1].bytes == 6);
  CHECK(rows[1].offset == 12 + 6);
  CHECK(rows[2].address == kX + 9);
  CHECK(rows[2].offset == 24 + 6);
}

TEST_CASE("W is laid out block by block, chunk by chunk, line by line") {
  // (3, 3) on 2 lines of 2 MACs: columns 0 and 1, features 0 and 1, then 2; then column 2.
  CHECK(in_order_of_lines({1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3, 2, 2) ==
        std::vector<std::int8_t>{1, 4, 2, 5, 7, 8, 3, 6, 9});
}

TEST_CASE("a layer of shifts is cut for the lanes that shift, and refused where there are none") {
  Bench bench;
  bench.layer.product.primitive = Primitive::kShift;
  CHECK_THROWS_WITH(bench.cuts(),
                    "linear: its weights are shifts; this machine has no "
                    "mac_lines/shift_lanes_per_line");
  bench.limits.gemm.shift_lanes = 4;
  for (const LinearCut& cut : bench.cuts()) CHECK(cut.weight_features % 4 == 0);
  bench.add(bench.cuts().front());
  for (const GemmKernel* kernel : bench.kernels()) CHECK(kernel->primitive == Primitive::kShift);
}

TEST_CASE("an expert's rows are read and stored at their tokens") {
  Bench bench;
  const std::vector<std::uint32_t> tokens{1, 2, 5, 9};
  bench.layer.tokens = tokens;
  bench.layer.product.m = 4;
  bench.limits.gemm.lines = 6;
  bench.limits.gemm.accumulator_rows = 4;
  bench.add(bench.cuts().front());
  std::vector<std::uint64_t> read, stored;
  for (const Job& job : bench.program.jobs) {
    for (const Load& load : job.loads) {
      if (load.transfer.label.role != TensorRole::kActivation) continue;
      for (const Stretch& stretch : load.transfer.stretches) {
        const std::uint64_t piece = stretch.piece_bytes > 0 ? stretch.piece_bytes : stretch.bytes;
        for (std::uint64_t at = 0; at < stretch.bytes; at += piece) {
          read.push_back(stretch.address + at / piece * stretch.pitch);
          read.push_back(piece);
        }
      }
    }
    if (!job.store) continue;
    for (const Stretch& stretch : job.store->stretches) {
      stored.push_back(stretch.address);
      stored.push_back(stretch.bytes);
    }
  }
  // Rows 1 and 2 are neighbours in X; each row of Y is a packet of its own.
  CHECK(read == std::vector<std::uint64_t>{kX + 12, 24, kX + 60, 12, kX + 108, 12});
  CHECK(stored == std::vector<std::uint64_t>{kY + 6, 6, kY + 12, 6, kY + 30, 6, kY + 54, 6});
}

}  // namespace vitcod::test::linear_jobs_test
