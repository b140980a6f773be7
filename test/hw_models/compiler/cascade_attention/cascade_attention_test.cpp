// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/cascade_attention/cascade_attention.hpp"

#include <catch2/catch.hpp>

#include "hw_models/prob_value_array/prob_value_kernel.hpp"
#include "hw_models/query_key_array/query_key_kernel.hpp"
#include "hw_models/top_k_engine/cascade_kernel.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kHeads = 4;
constexpr std::uint32_t kTokens = 8;
constexpr std::uint32_t kFeatures = 16;

/// Two blocks of 4 heads of 8 tokens, 16 features: 128 bytes of Q, K, V and outputs a head. The
/// first one's choice drops a token.
struct Setting {
  explicit Setting(std::uint64_t input_bytes) {
    auto choice = std::make_shared<ValueChoice>();
    choice->kept.assign(kHeads, KeptMap(kTokens, kTokens, true));
    choice->searches.assign(kHeads * kTokens, {});
    for (CascadeBlock& block : blocks) block.values = choice;
    blocks[0].choice =
        CascadeChoice{kTokens, kHeads, 0, {0, 1, 2, 3, 4, 5, 6}, {0, 1, 2, 3}, {2, 2}};
    limits.input_bytes = input_bytes;
    limits.output_bytes = 4096;
    limits.holding.input_bank_bytes = 128;
    limits.holding.output_bank_bytes = 128;
    costs.query_key = {16, 1, 3};
    costs.softmax = {1, 64, 5};
    costs.top_k = {16, 64, 3};
    costs.prob_value = {16, 1, 16, 2};
    const std::vector<std::uint32_t> shape{kHeads, kTokens, kFeatures};
    for (const char* name : {"q", "k", "v", "out"}) trace.tensors.push_back({name, shape, 8});
    layer.num_heads = kHeads;
    layer.num_queries = layer.num_keys = kTokens;
    layer.query_features = layer.value_features = kFeatures;
    layer.name = "layer0";
    layer.query = TensorId{0};
    layer.key = TensorId{1};
    layer.value = TensorId{2};
    layer.output = TensorId{3};
  }

  std::vector<CascadeBlock> blocks{2};
  CascadeUnits units{UnitId{0}, UnitId{1}, UnitId{2}, 1, PhaseId{13}};
  CascadeCosts costs;
  PlanLimits limits;
  Trace trace;
  AttentionLayer layer;
};

}  // namespace

TEST_CASE("heads are cut evenly into groups whose operands fit together") {
  // A head has 384 bytes of operands: three fit, two groups of two are the fewest.
  Setting setting(3 * 384);
  CascadeAttention method(setting.blocks, setting.units, setting.costs, setting.limits);
  const std::vector<Candidate> candidates = method.candidates(setting.layer);
  REQUIRE(candidates.size() == 2);
  CHECK(candidates[0].jobs.size() == 3);  // two groups and a choice
  CHECK(candidates[1].jobs.size() == 5);
  CHECK(candidates[0].traffic == kHeads * 384);
  // 16 rows of 8 cycles: from the order 128 to the last product, 3 + 8 more of softmax and its
  // latency of 5, a cycle to pass, 8 of products and 2 to the packet; 2 for order and answer.
  CHECK(candidates[0].jobs[0].cycles == 128 + 3 + 8 + 5 + 1 + 8 + 2 + 2);
  CHECK(candidates[0].jobs[2].cycles == 2 + 2 * 3 + 2);
  CHECK(!candidates[0].jobs[0].after_jobs);
  CHECK(method.candidates(setting.layer)[0].jobs[0].after_jobs);
}

TEST_CASE("loads of a block wait for the choice before it, and for nothing else") {
  Setting setting(3 * 384);
  CascadeAttention method(setting.blocks, setting.units, setting.costs, setting.limits);
  method.candidates(setting.layer);
  method.candidates(setting.layer);
  Program program;
  Target target = test::tiny_target();
  target.prefetch_tiles = 8;
  DramLayout layout(setting.trace);
  JobList jobs(target, program);
  method.add_jobs(0, 0, layout, jobs);
  method.add_jobs(1, 0, layout, jobs);
  REQUIRE(program.jobs.size() == 5);
  CHECK(program.jobs[2].loads.empty());
  CHECK(dynamic_cast<const CascadeKernel*>(program.jobs[2].orders[0].kernel.get()) != nullptr);
  const Dependency choice{JobId{2}, Dependency::Milestone::kEnded};
  for (const std::size_t job : {0, 1, 4}) CHECK(program.jobs[job].loads_wait_for.empty());
  CHECK(program.jobs[3].loads_wait_for == std::vector<Dependency>{choice});
}

TEST_CASE("a group's job loads its heads' rows and stores a stretch a head") {
  Setting setting(3 * 384);
  CascadeAttention method(setting.blocks, setting.units, setting.costs, setting.limits);
  method.candidates(setting.layer);
  Program program;
  const Target target = test::tiny_target();
  DramLayout layout(setting.trace);
  JobList jobs(target, program);
  method.add_jobs(0, 0, layout, jobs);
  const Job& second = program.jobs[1];
  REQUIRE(second.loads.size() == 3);
  CHECK(second.loads[0].transfer.label.role == TensorRole::kKey);
  const Stretch& keys = second.loads[0].transfer.stretches.at(0);
  CHECK(keys.address == layout.address(TensorId{1}) + 2 * 128);
  CHECK(keys.bytes == 2 * 128);
  CHECK(keys.row_bytes == kFeatures);
  REQUIRE(second.store->stretches.size() == 2);
  CHECK(second.store->stretches[1].address == layout.address(TensorId{3}) + 3 * 128);
  CHECK(second.store->stretches[1].first_row == kTokens);
  REQUIRE(second.orders.size() == 2);
  const auto* rows = dynamic_cast<const QueryKeyKernel*>(second.orders[0].kernel.get());
  REQUIRE(rows != nullptr);
  CHECK(rows->tile->first_head == 2);
  CHECK(rows->tile->total_rows() == 2 * kTokens);
  const auto* outputs = dynamic_cast<const ProbValueKernel*>(second.orders[1].kernel.get());
  REQUIRE(outputs != nullptr);
  CHECK(outputs->rows_a_packet == 4);  // 64 bytes
  CHECK(outputs->store == &*second.store);
}

}  // namespace vitcod
