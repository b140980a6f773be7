// SPDX-License-Identifier: Apache-2.0
#include "sim/formula/authors_script.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/formula/script_workload.hpp"
#include "test/workloads/workload_fixtures.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test::authors_script_test {
namespace {

constexpr auto kHead = ScriptRevision::kHead;
constexpr auto kOld = ScriptRevision::k0b4031a;

/// What the script at 0b4031a prints of one layer.
struct PrintedLayer {
  std::uint64_t global_tokens, sparse_entries, dense_lines, sparse_lines;
  std::uint64_t sddmm_dense, sddmm_sparse, spmm_dense, spmm_sparse;
};

/// The script, run on the authors' DeiT-Tiny mask of 95 % (head 0 of each layer).
constexpr PrintedLayer kPrinted[] = {
    {1, 2244, 5, 59, 960, 936, 970, 915},       {1, 392, 21, 43, 240, 240, 226, 221},
    {70, 2479, 54, 10, 6720, 5952, 6129, 6103}, {1, 936, 11, 53, 432, 432, 435, 425},
    {1, 1389, 7, 57, 696, 600, 701, 585},       {20, 1785, 44, 20, 2400, 2160, 2156, 2156},
    {17, 1333, 45, 19, 2040, 1704, 1787, 1707}, {1, 1551, 7, 57, 696, 672, 701, 654},
    {1, 454, 19, 45, 264, 264, 253, 243},       {9, 771, 44, 20, 1080, 936, 970, 932},
    {10, 1039, 41, 23, 1200, 1104, 1157, 1091}, {31, 602, 58, 6, 2976, 2424, 2538, 2408}};

ScriptLayer deit_tiny_layer(std::uint64_t global_tokens, std::uint64_t sparse_entries) {
  ScriptLayer layer;
  layer.heads = 3;
  layer.compressed_heads = 2;
  layer.queries = layer.keys = 197;
  layer.key_dim = layer.value_dim = 64;
  layer.global_tokens = global_tokens;
  layer.sparse_entries = sparse_entries;
  layer.widths = ScriptWidths{192, 192, 768};
  return layer;
}

std::vector<ScriptLayer> deit_tiny() {
  std::vector<ScriptLayer> layers;
  for (const PrintedLayer& printed : kPrinted) {
    layers.push_back(deit_tiny_layer(printed.global_tokens, printed.sparse_entries));
  }
  return layers;
}

/// LeViT-128's first subsampling block: no auto-encoder, fewer queries than keys.
ScriptLayer subsampling_layer() {
  ScriptLayer layer;
  layer.heads = 8;
  layer.queries = 49;
  layer.keys = 196;
  layer.key_dim = 16;
  layer.value_dim = 64;
  layer.global_tokens = 10;
  layer.sparse_entries = 500;
  layer.widths = ScriptWidths{128, 256, 512};
  return layer;
}

}  // namespace

TEST_CASE("each layer's cycles are those that the authors' script prints") {
  for (const PrintedLayer& printed : kPrinted) {
    const ScriptAttention cycles =
        script_attention(deit_tiny_layer(printed.global_tokens, printed.sparse_entries), kOld);
    CAPTURE(printed.global_tokens, printed.sparse_entries);
    CHECK(cycles.dense_lines == printed.dense_lines);
    CHECK(cycles.sparse_lines == printed.sparse_lines);
    CHECK(cycles.sddmm_dense == printed.sddmm_dense);
    CHECK(cycles.sddmm_sparse == printed.sddmm_sparse);
    CHECK(cycles.spmm_dense == printed.spmm_dense);
    CHECK(cycles.spmm_sparse == printed.spmm_sparse);
  }
}

TEST_CASE("the totals of DeiT-Tiny at 95 % are those of both revisions, to the unit") {
  const ScriptTotals head = script_totals(deit_tiny(), kHead);
  CHECK(head.preload == 9492);
  CHECK(head.decoder == 4728);
  CHECK(head.computation == 4709);
  CHECK(head.attention == 9492);
  const ScriptTotals old = script_totals(deit_tiny(), kOld);
  CHECK(old.preload == 11693);
  CHECK(old.decoder == 4728);
  CHECK(old.computation == 37727);
  CHECK(old.attention == 42455);
  for (const ScriptTotals& totals : {head, old}) {
    CHECK(totals.linear == 681492);
    CHECK(totals.mlp == 1361664);
    CHECK(totals.end_to_end == totals.attention + 2043156);
  }
  CHECK(script_multipliers(kHead) == 4096);
  CHECK(script_multipliers(kOld) == 512);
}

TEST_CASE("the authors' DeiT-Tiny mask gives the script's global tokens, entries and totals") {
  const auto file = real_file("the authors' script on DeiT-Tiny", "deit-tiny/mask_95.npy");
  if (!file) return;
  const Json specification = {{"model", "deit-tiny"},
                              {"scope", "attention"},
                              {"maps", {{"kind", "masks"}, {"files", {file->string()}}}},
                              {"polarization", {{"theta_d", 50}}}};
  const auto layers = script_layers(make_trace(specification, "."));
  REQUIRE(layers.size() == 12);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    CAPTURE(i);
    CHECK(layers[i].global_tokens == kPrinted[i].global_tokens);
    CHECK(layers[i].sparse_entries == kPrinted[i].sparse_entries);
  }
  CHECK(script_totals(layers, kHead).attention == 9492);
  CHECK(script_totals(layers, kOld).attention == 42455);
  CHECK(script_totals(layers, kOld).end_to_end == 42455 + 2043156);
}

TEST_CASE("a layer with more keys than queries, and without an auto-encoder") {
  const ScriptAttention cycles = script_attention(subsampling_layer(), kOld);
  // A row of Q or K is 8 x 16 B: 1 cycle of 164.9 B; one of V is 8 x 64 B: 4 cycles.
  CHECK(cycles.preload == 196 + 49 + (10 + 1.5 * 186) * 4);
  CHECK(cycles.decoder == 0);
  CHECK(cycles.dense_lines == 31);  // 64 x 490 / (490 + 500) = 31.7
  CHECK(cycles.sparse_lines == 33);
  // A product of 16 features takes 16 cycles of a line's 8 multipliers, shared by 8 heads.
  CHECK(cycles.sddmm_dense == 10 * 2 * 16);  // 49 queries on 31 lines: 2 passes
  CHECK(cycles.sddmm_sparse == 16 * 16);     // 500 entries on 33 lines: 16 passes
  CHECK(cycles.spmm_dense == 1012);          // 49 x 64 x 10 / 31 = 1011.6
  CHECK(cycles.spmm_sparse == 970);          // 500 x 64 / 33 = 969.7
  CHECK(cycles.computation() == 320 + 1012);
  const ScriptDense dense = script_dense(subsampling_layer());
  // A head has 512 / 8 = 64 multipliers: Q and K 128 x 16 / 64, V 128 x 64 / 64 cycles a token.
  CHECK(dense.linear_compute == 245 * 32 + 196 * 128 + 49 * 256 * 64 / 64);
  CHECK(dense.linear_encode == 0);
  // Weights: 16 + 16 + 64 rows of 8 x 128 B (7 cycles); Q and K out 1 cycle a row, V 4.
  CHECK(dense.linear_preload == 96 * 7 + 245 + 196 * 4);
  CHECK(dense.mlp_compute == 2 * 49 * 256);
  CHECK(dense.mlp_preload == 0);
}

TEST_CASE("without a global token Q is loaded and decoded once for each entry of a mean column") {
  ScriptLayer layer;
  layer.heads = 2;
  layer.compressed_heads = 1;
  layer.queries = layer.keys = 4;
  layer.key_dim = layer.value_dim = 8;
  layer.sparse_entries = 6;
  const ScriptAttention old = script_attention(layer, kOld);
  CHECK(old.preload == 4 + 4 * 1.5 + 1.5 * 4 + 2);  // K, Q, V, two loads of weights
  CHECK(old.decoder == 4 + 4 * 1.5);
  CHECK(old.sddmm_sparse == 2);
  CHECK(old.spmm_sparse == 1);
  CHECK(old.computation() == 3);
  CHECK(script_attention(layer, kHead).preload == 4 + 4 * 1.5 + 4 + 2);
  CHECK(script_attention(layer, kHead).sddmm_sparse == 1);
}

TEST_CASE("where the script divides by zero, one line or multiplier is taken") {
  ScriptLayer layer = deit_tiny_layer(1, 30000);  // 64 x 197 / 30197 is less than a line
  CHECK(script_attention(layer, kOld).dense_lines == 1);
  CHECK(script_attention(layer, kOld).sddmm_dense == 197 * 24);
  layer = deit_tiny_layer(197, 0);  // all columns global: no entry is left for the others
  CHECK(script_attention(layer, kOld).sparse_lines == 0);
  CHECK(script_attention(layer, kOld).sddmm_sparse == 0);
  layer.heads = 1024;  // more heads than multipliers
  layer.compressed_heads = 512;
  CHECK(script_attention(layer, kOld).spmm_dense == 197 * 64 * 197);
}

TEST_CASE("the auto-encoder's encoding counts where a head's row exceeds its multipliers") {
  // DeiT-Small: 6 heads of 64 features on 512 / 3 = 170 multipliers: 2 cycles a row, rounded down.
  ScriptLayer layer = deit_tiny_layer(1, 100);
  layer.heads = 6;
  layer.compressed_heads = 3;
  layer.widths = ScriptWidths{384, 384, 1536};
  CHECK(script_dense(layer).linear_encode == 2 * 197 * 2);
  // DeiT-Tiny: 192 / 256 is less than a cycle, and costs none.
  CHECK(script_dense(deit_tiny_layer(1, 100)).linear_encode == 0);
  // Weights 192 rows of 576 B (4 cycles), two encoders, Q and K out 1 cycle, V 2, and the output
  // projection's weights once, 192 x 2: 197 rows fill the 170 multipliers of a head once.
  CHECK(script_dense(deit_tiny_layer(1, 100)).linear_preload == 1942);
}

TEST_CASE("a model without all widths has attention cycles alone") {
  std::vector<ScriptLayer> layers = deit_tiny();
  layers[3].widths.reset();
  const ScriptTotals totals = script_totals(layers, kOld);
  CHECK(totals.attention == 42455);
  CHECK_FALSE(totals.linear.has_value());
  CHECK_FALSE(totals.mlp.has_value());
  CHECK_FALSE(totals.end_to_end.has_value());
}

TEST_CASE("a layer that is no attention block, or several, is refused by name") {
  Trace trace;
  trace.layers.push_back({"both"});
  trace.operations.push_back({"both/first", 0, Sddmm{MapId{0}, 1}, {}, {}});
  trace.operations.push_back({"both/second", 0, Sddmm{MapId{0}, 1}, {}, {}});
  CHECK_THROWS_WITH(script_layers(trace),
                    "formula: layer \"both\" has more than one attention block");
  trace = Trace();
  trace.layers.push_back({"mlp"});
  trace.operations.push_back({"mlp/first", 0, DenseLinear{1, 1, 1}, {}, {}});
  CHECK_THROWS_WITH(script_layers(trace),
                    Catch::Contains("layer \"mlp\" has no attention block; the script has no other "
                                    "layers"));
}

}  // namespace vitcod::test::authors_script_test
