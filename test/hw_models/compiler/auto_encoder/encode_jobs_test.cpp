// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/auto_encoder/encode_jobs.hpp"

#include <catch2/catch.hpp>

#include "hw_models/encoder/token_placement.hpp"
#include "sim/base/errors.hpp"
#include "test/support/packet_bench.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod::test::encode_jobs_test {
namespace {

constexpr std::uint64_t kIn = 0;  // tensors lie in the order in, w, b, out, each from 4 KiB on
constexpr std::uint64_t kWeights = 4096;
constexpr std::uint64_t kBias = 8192;
constexpr std::uint64_t kOut = 12288;

/// An encoding of 10 tokens of 16 features from 3 heads (48 bytes) to 2 (32 bytes).
struct Bench {
  explicit Bench(std::uint64_t output_bytes) : layout(trace_of_tensors()), jobs(target, program) {
    layer.layer = 4;
    layer.name = "encode_q";
    layer.heads_in = 3;
    layer.heads_out = 2;
    layer.num_tokens = 10;
    layer.features = 16;
    layer.input = TensorId{0};
    layer.weights = TensorId{1};
    layer.bias = TensorId{2};
    layer.output = TensorId{3};
    add_encoding(layer, output_bytes, layout, jobs);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  static Trace trace_of_tensors() {
    Trace trace;
    trace.tensors = {
        {"in", {3, 10, 16}, 8}, {"w", {3, 2}, 8}, {"b", {2}, 32}, {"out", {2, 10, 16}, 8}};
    return trace;
  }

  const Target target = tiny_target();
  EncodeLayer layer;
  DramLayout layout;
  Program program;
  JobList jobs;
};

const TokenPlacement& placement(const Transfer& load) {
  return dynamic_cast<const TokenPlacement&>(*load.placement);
}

/// Offset in the tensor, bytes, first complete token and complete tokens of each packet.
using Seen = std::array<std::uint64_t, 4>;

std::vector<Seen> seen(const Transfer& load, std::uint64_t base) {
  std::vector<Seen> list;
  for (const Packet& packet : packets_of(load, 64)) {
    CHECK(packet.outputs == kToEncoder);
    list.push_back({packet.address - base, packet.bytes, packet.first_row, packet.num_rows});
  }
  return list;
}

}  // namespace

TEST_CASE("an encoding is cut into tiles of as many tokens as the output buffer has room for") {
  // One byte less than 5 tokens of 32: 4. So tokens 0 to 3, 4 to 7, 8 and 9.
  const Bench bench(159);
  REQUIRE(bench.program.jobs.size() == 3);
  const std::vector<std::uint64_t> first = {0, 4, 8};
  const std::vector<std::uint64_t> number = {4, 4, 2};
  for (std::uint32_t tile = 0; tile < 3; ++tile) {
    const Job& job = bench.program.jobs[tile];
    CHECK(job.layer == 4);
    CHECK(job.streams);
    CHECK(job.orders.empty());
    CHECK(job.phase == bench.target.encode);
    CHECK(job.ends_tile);
    const Load& tokens = job.loads.back();
    REQUIRE(tokens.transfer.stretches.size() == 1);
    CHECK(tokens.transfer.job == tile);
    CHECK(tokens.transfer.label.role == TensorRole::kUncompressed);
    CHECK(tokens.transfer.buffer == bench.target.input_buffer);
    CHECK(tokens.transfer.stretches[0].address == kIn + first[tile] * 48);
    CHECK(tokens.transfer.bytes() == number[tile] * 48);
    REQUIRE(job.store.has_value());
    CHECK(job.store->job == tile);
    CHECK(job.store->label.role == TensorRole::kCompressed);
    CHECK(job.store->label.reason == TransferReason::kWriteBack);
    CHECK(job.store->outputs == kToResults);
    CHECK(job.store->stretches[0].address == kOut + first[tile] * 32);
    CHECK(job.store->bytes() == number[tile] * 32);
    // The tokens are not loaded before there is room for what they become.
    CHECK(tokens.claims == std::vector<RegionId>{job.stored});
    const Region& room = bench.program.regions[index_of(job.stored)];
    CHECK(room.pool == bench.target.output_pool);
    CHECK(room.bytes == number[tile] * 32);
  }
}

TEST_CASE("an encoding whose results fit is one tile") {
  CHECK(Bench(320).program.jobs.size() == 1);
  CHECK(Bench(319).program.jobs.size() == 2);
}

TEST_CASE("tokens are packets of the encoder, whose results go where the tile's store says") {
  // Four tokens of 48 bytes from 192 on: after 64 bytes 1 is complete, after 128 two, after 192
  // four.
  const Bench bench(159);
  const Job& second = bench.program.jobs[1];
  const Transfer& tokens = second.loads.back().transfer;
  CHECK(seen(tokens, kIn) == std::vector<Seen>{{192, 64, 0, 1}, {256, 64, 1, 1}, {320, 64, 2, 2}});
  CHECK(count_deliveries(tokens, 64) == 3);
  CHECK(placement(tokens).store == &*second.store);
  CHECK(placement(tokens).heads_in == 3);
  CHECK(placement(tokens).heads_out == 2);
  CHECK(placement(tokens).features == 16);
  CHECK_FALSE(placement(tokens).is_weights);
}

TEST_CASE("an encoding loads its weights once, before its tokens") {
  const Bench bench(159);
  const std::deque<Job>& jobs = bench.program.jobs;
  REQUIRE(jobs[0].loads.size() == 2);
  CHECK(jobs[1].loads.size() == 1);
  CHECK(jobs[2].loads.size() == 1);
  const Load& weights = jobs[0].loads[0];
  CHECK(weights.transfer.label.role == TensorRole::kWeights);
  CHECK(weights.transfer.buffer == bench.target.weight_buffer);
  CHECK(weights.claims.empty());
  // Tokens come through another buffer: those of all tiles wait for the weights.
  CHECK(weights.is_fence);
  CHECK_FALSE(weights.after_fences);
  CHECK(jobs[0].loads[1].after_fences);
  CHECK_FALSE(jobs[0].loads[1].is_fence);
  for (const Job& job : jobs) {
    CHECK(placement(job.loads.back().transfer).weight_set ==
          placement(weights.transfer).weight_set);
  }
  // A matrix of 3 x 2 bytes, then 2 biases of 4.
  CHECK(placement(weights.transfer).is_weights);
  CHECK(placement(weights.transfer).bytes == 14);
  CHECK(seen(weights.transfer, kWeights) ==
        std::vector<Seen>{{0, 6, 0, 0}, {kBias - kWeights, 8, 0, 0}});
  CHECK(packets_of(weights.transfer, 64)[1].offset == 6);
}

TEST_CASE("who reads what an encoding writes waits until its last tile is in DRAM, nobody else") {
  Bench bench(159);
  bench.jobs.begin_tile(5);
  bench.jobs.wait_for(TensorId{0});  // no job writes it
  CHECK(bench.program.jobs[3].loads_wait_for ==
        std::vector<Dependency>{{JobId{0}, Dependency::Milestone::kEnded}});  // prefetch of 2
  bench.jobs.wait_for(bench.layer.output);
  REQUIRE(bench.program.jobs[3].loads_wait_for.size() == 2);
  CHECK(bench.program.jobs[3].loads_wait_for[1] ==
        Dependency{JobId{2}, Dependency::Milestone::kRetired});
  // Tiles of one encoding do not wait for each other.
  CHECK(bench.program.jobs[1].loads_wait_for.empty());
  CHECK(bench.program.jobs[2].loads_wait_for.empty());
}

TEST_CASE("weights of the third encoding wait until the last tokens of the first have come") {
  // Each encoding has three tiles: jobs 0 to 2, 3 to 5, 6 to 8. The encoder holds two sets.
  Bench bench(159);
  for (int more = 0; more < 2; ++more) add_encoding(bench.layer, 159, bench.layout, bench.jobs);
  const auto set_of = [&](std::size_t job) {
    return placement(bench.program.jobs[job].loads.back().transfer).weight_set;
  };
  CHECK(set_of(0) == set_of(2));
  CHECK(set_of(3) != set_of(2));
  CHECK(set_of(6) != set_of(3));
  const auto delivered = [&](std::size_t job) {
    std::vector<JobId> jobs;
    for (const Dependency& dependency : bench.program.jobs[job].loads_wait_for) {
      if (dependency.milestone == Dependency::Milestone::kDelivered) jobs.push_back(dependency.job);
    }
    return jobs;
  };
  CHECK(delivered(3).empty());
  CHECK(delivered(6) == std::vector<JobId>{JobId{2}});
  CHECK(delivered(7).empty());
}

TEST_CASE("an output buffer that does not hold a token is refused") {
  CHECK(Bench(32).program.jobs.size() == 10);
  CHECK_THROWS_AS(Bench(31), InputError);
  CHECK_THROWS_WITH(Bench(31),
                    "encode_q: the output_buffer is too small: one token needs 32 bytes "
                    "there, 31 are available");
}

}  // namespace vitcod::test::encode_jobs_test
