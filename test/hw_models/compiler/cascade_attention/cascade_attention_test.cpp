// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/cascade_attention/cascade_attention.hpp"

#include <catch2/catch.hpp>

#include "hw_models/prob_value_array/prob_value_kernel.hpp"
#include "hw_models/query_key_array/query_key_kernel.hpp"
#include "hw_models/top_k_engine/cascade_kernel.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod::cascade_attention_test {
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

TEST_CASE("in a whole model a choice stores the tokens that stay, and W of heads waits for it") {
  Setting setting(3 * 384);
  const TensorId kept{4}, weights{5};
  setting.trace.tensors.push_back({"kept", {7}, 16});
  setting.trace.tensors.push_back({"weights", {48, 48}, 8});
  setting.blocks[0].kept = kept;
  setting.blocks[0].weights_of_heads = {weights};
  CascadeAttention method(setting.blocks, setting.units, setting.costs, setting.limits);
  const std::vector<Candidate> candidates = method.candidates(setting.layer);
  CHECK(candidates[0].jobs[2].cycles == 2 + 2 * 3 + 2 + 1);
  CHECK(candidates[0].jobs[2].writes == std::vector<TensorId>{kept});
  REQUIRE(method.kept_tokens(kept) != nullptr);
  CHECK(*method.kept_tokens(kept) == setting.blocks[0].choice.tokens);
  CHECK(method.kept_tokens(weights) == nullptr);
  Program program;
  const Target target = test::tiny_target();
  DramLayout layout(setting.trace);
  JobList jobs(target, program);
  method.add_jobs(0, 0, layout, jobs);
  const Job& choice = program.jobs[2];
  REQUIRE(choice.store.has_value());
  CHECK(choice.store->stretches.at(0).address == layout.address(kept));
  CHECK(choice.store->bytes() == 14);
  CHECK(choice.store->stretches[0].row_bytes == 2);
  const auto* kernel = dynamic_cast<const CascadeKernel*>(choice.orders[0].kernel.get());
  REQUIRE(kernel != nullptr);
  CHECK(kernel->store == &*choice.store);
  for (const TensorId tensor : {kept, weights}) {
    const Job& reader = jobs.add_job(0);
    jobs.wait_for(tensor);
    CHECK(reader.loads_wait_for ==
          std::vector<Dependency>{{JobId{2}, Dependency::Milestone::kRetired}});
  }
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

namespace {

/// Low bits of Q, K and V; of the block's 32 rows 9, 10 and 31 are flat.
struct LowBitsSetting : Setting {
  explicit LowBitsSetting(LowBits rows) : Setting(1152) {
    costs.low_bits = LowBitsConfig{rows, 0.1, 64};
    const std::vector<std::uint32_t> shape{kHeads, kTokens, kFeatures / 2};
    for (const char* name : {"q_low", "k_low", "v_low"}) trace.tensors.push_back({name, shape, 8});
    layer.query_low = TensorId{4};
    layer.key_low = TensorId{5};
    layer.value_low = TensorId{6};
    auto choice = std::make_shared<ValueChoice>(*blocks[0].values);
    choice->is_flat.assign(kHeads * kTokens, false);
    for (const std::uint32_t row : {9, 10, 31}) choice->is_flat[row] = true;
    for (CascadeBlock& block : blocks) block.values = choice;
  }

  /// Two groups of two heads.
  Program program() {
    CascadeAttention method(blocks, units, costs, limits);
    method.candidates(layer);
    Program program;
    DramLayout layout(trace);
    JobList jobs(target, program);
    method.add_jobs(0, 0, layout, jobs);
    return program;
  }
  Target target = test::tiny_target();
};

std::vector<RegionId> claims_of(const Job& job) {
  std::vector<RegionId> claims;
  for (const Load& load : job.loads) {
    claims.insert(claims.end(), load.claims.begin(), load.claims.end());
  }
  return claims;
}

}  // namespace

TEST_CASE(
    "flat rows have a second job, which loads their low bits when it is known which they are") {
  LowBitsSetting setting(LowBits::kFlatRows);
  const Program program = setting.program();
  // Group 0 has rows 9 and 10, group 1 row 31; a choice at the end.
  REQUIRE(program.jobs.size() == 5);
  const Job& first = program.jobs[0];
  const Job& again = program.jobs[1];
  REQUIRE(first.loads.size() == 4);  // K, Q, V and V's low bits
  CHECK(first.loads[3].transfer.bytes() == 2 * 64);
  CHECK(first.frees.empty());
  REQUIRE(again.loads.size() == 2);
  const DramLayout layout(setting.trace);
  // K's low bits of head 1, 64 bytes, and Q's of its rows 1 and 2, 8 bytes each.
  const Stretch& keys = again.loads[0].transfer.stretches.at(0);
  CHECK(keys.address == layout.address(TensorId{5}) + 64);
  CHECK(keys.bytes == 64);
  CHECK(keys.offset == 64);
  const Stretch& queries = again.loads[1].transfer.stretches.at(0);
  CHECK(queries.address == layout.address(TensorId{4}) + 9 * 8);
  CHECK(queries.bytes == 2 * 8);
  const Dependency known{JobId{0}, Dependency::Milestone::kEnded};
  CHECK(again.loads_wait_for.back() == known);
  std::vector<RegionId> all = claims_of(first);
  for (const RegionId region : claims_of(again)) all.push_back(region);
  CHECK(again.frees == all);
  const Stretch& row = program.jobs[3].store->stretches.at(0);
  CHECK(row.address == layout.address(TensorId{3}) + 31 * 16);
  CHECK(row.first_row == 15);
}

TEST_CASE("both jobs of a group store all its rows once") {
  LowBitsSetting setting(LowBits::kFlatRows);
  const Program program = setting.program();
  // Rows 0 to 7 of head 0, 8 and 11 to 15 of head 1; then 9 and 10.
  REQUIRE(program.jobs[0].store->stretches.size() == 3);
  CHECK(program.jobs[0].store->stretches[1].bytes == 16);
  CHECK(program.jobs[0].store->stretches[2].first_row == 11);
  CHECK(program.jobs[0].store->bytes() == 14 * 16);
  CHECK(program.jobs[1].store->bytes() == 2 * 16);
  CHECK(program.jobs[2].store->bytes() + program.jobs[3].store->bytes() == 16 * 16);
}

TEST_CASE("a prediction has the second job, and its loads behind the first one") {
  LowBitsSetting setting(LowBits::kFlatRows);
  CascadeAttention method(setting.blocks, setting.units, setting.costs, setting.limits);
  const Candidate candidate = method.candidates(setting.layer).at(0);
  REQUIRE(candidate.jobs.size() == 5);
  CHECK(!candidate.jobs[0].after_jobs);
  CHECK(candidate.jobs[1].after_jobs);
  CHECK(candidate.jobs[0].frees.empty());
  // Operands and V's low bits; K's of two heads, Q's of three rows.
  CHECK(candidate.traffic == kHeads * (384 + 64) + 2 * 64 + 3 * 8);
  // As a group without flat rows: a cycle for one is what its products would take at least.
  CHECK(candidate.jobs[0].cycles == 128 + 3 + 8 + 5 + 1 + 8 + 2 + 2);
  // Two rows: 16 to the last product.
  CHECK(candidate.jobs[1].cycles == 16 + 3 + 8 + 5 + 1 + 8 + 2 + 2);
}

TEST_CASE("if all rows have low bits they come with the others, in one job") {
  LowBitsSetting setting(LowBits::kAllRows);
  const Program program = setting.program();
  REQUIRE(program.jobs.size() == 3);
  REQUIRE(program.jobs[0].loads.size() == 6);
  CHECK(program.jobs[0].frees.size() == 6);
  const auto* rows = dynamic_cast<const QueryKeyKernel*>(program.jobs[0].orders[0].kernel.get());
  REQUIRE(rows != nullptr);
  CHECK(rows->tile->has_low_scores);
  CHECK(rows->tile->pass == RowPass::kWhole);
}

TEST_CASE("a group has no more rows than can be marked") {
  LowBitsSetting setting(LowBits::kFlatRows);
  setting.costs.low_bits.row_marks = 15;
  CascadeAttention method(setting.blocks, setting.units, setting.costs, setting.limits);
  CHECK(method.candidates(setting.layer).size() == 1);  // four groups of a head
  setting.costs.low_bits.row_marks = 7;
  CascadeAttention none(setting.blocks, setting.units, setting.costs, setting.limits);
  CHECK_THROWS_WITH(none.candidates(setting.layer),
                    "layer0: one head needs 8 row_marks of low_bits, this machine has 7");
}

}  // namespace vitcod::cascade_attention_test
