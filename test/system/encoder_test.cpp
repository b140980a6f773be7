// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/driver/simulation.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::encoder_test {
namespace {

const std::string kConfig = test::source_dir() + "/configs/vitcod.json";

RunConfig one_layer(const std::vector<std::string>& overrides = {}) {
  std::vector<std::string> all = {"/workload/layers=[0]"};
  all.insert(all.end(), overrides.begin(), overrides.end());
  return load_run_config(kConfig, all);
}

TensorId add_tensor(Trace& trace, const std::string& name, std::vector<std::uint32_t> shape,
                    std::uint32_t bits) {
  trace.tensors.push_back(Tensor{name, std::move(shape), bits});
  return static_cast<TensorId>(trace.tensors.size() - 1);
}

/// Puts an encoding of `tensor` (DeiT-Tiny: 3 heads to 2, 197 tokens of 64 features) in front of
/// all operations, so that the compressed Q comes from the machine itself.
void encode_first(Trace& trace, const std::string& tensor) {
  TensorId target{};
  for (std::size_t i = 0; i < trace.tensors.size(); ++i) {
    if (trace.tensors[i].name == tensor) target = static_cast<TensorId>(i);
  }
  Operation operation;
  operation.name = tensor + "/encode";
  operation.layer = 0;
  operation.params = HeadMixEncode{3, 2, 197, 64};
  operation.inputs = {add_tensor(trace, tensor + "/uncompressed", {3, 197, 64}, 8),
                      add_tensor(trace, tensor + "/encode_weights", {3, 2}, 8),
                      add_tensor(trace, tensor + "/encode_bias", {2}, 32)};
  operation.outputs = {target};
  trace.operations.insert(trace.operations.begin(), operation);
}

SimulationOptions options(bool stepped = false, bool reversed = false) {
  SimulationOptions result;
  result.mode.stepped = stepped;
  result.mode.reversed = reversed;
  return result;
}

}  // namespace

TEST_CASE("encoded Q comes back through DRAM and the output matches the reference") {
  RunConfig run = one_layer();
  encode_first(run.trace, "layer0/q_compressed");
  const Json result = simulate(run, options());
  REQUIRE(result["values"]["mismatches"] == 0);
  // 197 tokens x 64 features x 3 heads x 2 heads.
  REQUIRE(result["macs"]["encoder"] == 197 * 64 * 3 * 2);
  REQUIRE(result["traffic"]["uncompressed"]["first_load"] == 3 * 197 * 64);
  REQUIRE(result["traffic"]["compressed"]["write_back"] == 2 * 197 * 64);
  REQUIRE(result["cycles"]["by_phase"]["encode"] > 0);
}

TEST_CASE("an encoding is the same event-driven, stepped and in reversed order") {
  RunConfig run = one_layer();
  encode_first(run.trace, "layer0/q_compressed");
  encode_first(run.trace, "layer0/k_compressed");
  const std::string expected = simulate(run, options()).dump();
  REQUIRE(simulate(run, options(true)).dump() == expected);
  REQUIRE(simulate(run, options(false, true)).dump() == expected);
}

TEST_CASE("an encoding whose results exceed the output buffer is cut into tiles of tokens") {
  // 110080 - 8192 staging - 2 x 32 partial rows of 260 bytes leave 85248 bytes; made small here:
  // 36864 - 8192 - 16640 = 12032 bytes, 94 tokens of 128 bytes: 197 tokens make three tiles.
  RunConfig run = one_layer({"/machine/output_buffer/capacity_bytes=36864"});
  encode_first(run.trace, "layer0/q_compressed");
  const Json result = simulate(run, options());
  REQUIRE(result["values"]["mismatches"] == 0);
  REQUIRE(result["traffic"]["compressed"]["write_back"] == 2 * 197 * 64);
  REQUIRE(simulate(run, options(true)).dump() == result.dump());
}

TEST_CASE("a slower encoder takes the cycles that its MACs need") {
  // 197 x 64 x 3 x 2 = 75648 MACs on one line of 8 take 9456 cycles, whatever else overlaps.
  RunConfig run = one_layer({"/machine/encoder/lines=1"});
  encode_first(run.trace, "layer0/q_compressed");
  const Json result = simulate(run, options());
  REQUIRE(result["cycles"]["by_phase"]["encode"] >= 75648 / 8);
}

TEST_CASE("an operation that the machine has no unit for is named") {
  RunConfig run = one_layer();
  Operation operation;
  operation.name = "layer0/alone";  // a softmax of scores that nothing makes, for no SpMM
  operation.params = RowNormalise{MapId{0}};
  run.trace.operations.push_back(operation);
  REQUIRE_THROWS_WITH(simulate(run, options()),
                      Catch::Matchers::Contains("operation layer0/alone (row_normalise)"));
}

}  // namespace vitcod::encoder_test
