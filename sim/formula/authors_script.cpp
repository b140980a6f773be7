// SPDX-License-Identifier: Apache-2.0
#include "sim/formula/authors_script.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/errors.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

constexpr std::uint64_t kLines = 64;
constexpr std::uint64_t kMacsPerLine = 8;
constexpr double kBytesPerCycle = 76.8 * 0x1p30 / 500e6;
/// V is loaded half a time more in `0b4031a`.
constexpr double kValueReload = 1.5;

std::uint64_t macs_per_line(ScriptRevision revision) {
  return revision == ScriptRevision::kHead ? kLines : kMacsPerLine;
}

std::uint64_t load_cycles(std::uint64_t bytes) {
  return static_cast<std::uint64_t>(std::ceil(static_cast<double>(bytes) / kBytesPerCycle));
}

/// Multipliers that one head gets of `lines` lines.
std::uint64_t share_of_head(std::uint64_t lines, std::uint64_t macs, std::uint64_t heads) {
  return std::max<std::uint64_t>(1, lines * macs / heads);
}

/// How often the script loads and decodes Q: once, or once for each key that needs it if there is
/// no global token with which it would come.
double query_loads(const ScriptLayer& layer) {
  if (layer.global_tokens > 0) return 1;
  return static_cast<double>(layer.sparse_entries) / static_cast<double>(layer.keys);
}

double preload_cycles(const ScriptLayer& layer, ScriptRevision revision) {
  const std::uint64_t compressed = layer.compressed_heads.value_or(layer.heads);
  const auto row = static_cast<double>(load_cycles(compressed * layer.key_dim));
  const auto value_row = static_cast<double>(load_cycles(layer.heads * layer.value_dim));
  const double value_loads = revision == ScriptRevision::k0b4031a ? kValueReload : 1.0;
  double cycles = static_cast<double>(layer.keys) * row +
                  static_cast<double>(layer.queries) * query_loads(layer) * row;
  cycles += (static_cast<double>(layer.global_tokens) +
             value_loads * static_cast<double>(layer.keys - layer.global_tokens)) *
            value_row;
  if (layer.compressed_heads) {
    // Weights for the K of global tokens, for the K of the others, and for Q.
    const std::uint64_t loads =
        1U + (layer.global_tokens > 0 ? 1U : 0U) + (layer.global_tokens < layer.keys ? 1U : 0U);
    cycles += static_cast<double>(loads * load_cycles(compressed * layer.heads));
  }
  return cycles;
}

double decoder_cycles(const ScriptLayer& layer, std::uint64_t macs) {
  if (!layer.compressed_heads) return 0;
  const std::uint64_t row =
      ceil_div(*layer.compressed_heads * layer.key_dim, share_of_head(kLines, macs, layer.heads));
  return static_cast<double>(row) * (static_cast<double>(layer.keys) +
                                     static_cast<double>(layer.queries) * query_loads(layer));
}

/// Lines of the denser engine: its share of the entries, rounded down.
std::uint64_t dense_lines(const ScriptLayer& layer) {
  const std::uint64_t dense = layer.global_tokens * layer.queries;
  if (dense == 0) return 0;
  return std::max<std::uint64_t>(1, kLines * dense / (dense + layer.sparse_entries));
}

}  // namespace

std::uint64_t ScriptAttention::computation() const {
  return std::max(sddmm_dense, sddmm_sparse) + std::max(spmm_dense, spmm_sparse);
}

ScriptAttention script_attention(const ScriptLayer& layer, ScriptRevision revision) {
  const std::uint64_t macs = macs_per_line(revision);
  ScriptAttention cycles;
  cycles.preload = preload_cycles(layer, revision);
  cycles.decoder = decoder_cycles(layer, macs);
  cycles.dense_lines = dense_lines(layer);
  cycles.sparse_lines = kLines - cycles.dense_lines;
  const std::uint64_t dot_product = ceil_div(layer.key_dim * layer.heads, macs);
  if (layer.global_tokens > 0) {
    cycles.sddmm_dense =
        layer.global_tokens * ceil_div(layer.queries, cycles.dense_lines) * dot_product;
    cycles.spmm_dense = ceil_div(layer.queries * layer.value_dim * layer.global_tokens,
                                 share_of_head(cycles.dense_lines, macs, layer.heads));
  }
  if (layer.sparse_entries > 0) {
    cycles.sddmm_sparse = ceil_div(layer.sparse_entries, cycles.sparse_lines) * dot_product;
    cycles.spmm_sparse = ceil_div(layer.sparse_entries * layer.value_dim,
                                  share_of_head(cycles.sparse_lines, macs, layer.heads));
  }
  return cycles;
}

ScriptDense script_dense(const ScriptLayer& layer) {
  check(layer.widths.has_value(), "script_dense of a layer without widths");
  const ScriptWidths& widths = *layer.widths;
  const std::uint64_t compressed = layer.compressed_heads.value_or(layer.heads);
  const std::uint64_t head = share_of_head(kLines, kMacsPerLine, layer.heads);
  const std::uint64_t tokens = layer.queries + layer.keys;  // of Q and of K
  ScriptDense cycles;
  cycles.linear_compute = tokens * (widths.in * layer.key_dim / head) +
                          layer.keys * (widths.in * layer.value_dim / head) +
                          layer.queries * widths.out * layer.value_dim / head;
  cycles.linear_preload =
      (2 * layer.key_dim + layer.value_dim) * load_cycles(layer.heads * widths.in);
  cycles.linear_preload += tokens * load_cycles(layer.key_dim * compressed) +
                           layer.keys * load_cycles(layer.value_dim * layer.heads);
  cycles.linear_preload +=
      layer.queries / head * widths.out * load_cycles(layer.value_dim * layer.heads);
  if (layer.compressed_heads) {
    cycles.linear_encode =
        tokens * (layer.heads * layer.key_dim / share_of_head(kLines, kMacsPerLine, compressed));
    cycles.linear_preload += 2 * load_cycles(layer.heads * compressed);
  }
  constexpr std::uint64_t kMultipliers = kLines * kMacsPerLine;
  cycles.mlp_compute = 2 * (layer.queries * widths.out * widths.mlp_hidden / kMultipliers);
  cycles.mlp_preload =
      layer.queries / kMultipliers *
      (widths.mlp_hidden * load_cycles(widths.out) + widths.out * load_cycles(widths.mlp_hidden));
  return cycles;
}

ScriptTotals script_totals(const std::vector<ScriptLayer>& layers, ScriptRevision revision) {
  ScriptTotals totals;
  ScriptDense sums;
  bool has_widths = true;
  for (const ScriptLayer& layer : layers) {
    const ScriptAttention cycles = script_attention(layer, revision);
    totals.preload += cycles.preload;
    totals.decoder += cycles.decoder;
    totals.computation += cycles.computation();
    has_widths = has_widths && layer.widths.has_value();
    if (!has_widths) continue;
    const ScriptDense dense = script_dense(layer);
    sums.linear_compute += dense.linear_compute + dense.linear_encode;
    sums.linear_preload += dense.linear_preload;
    sums.mlp_compute += dense.mlp_compute;
    sums.mlp_preload += dense.mlp_preload;
  }
  totals.attention =
      std::max(totals.preload, totals.decoder + static_cast<double>(totals.computation));
  if (!has_widths) return totals;
  totals.linear = std::max(sums.linear_compute, sums.linear_preload);
  totals.mlp = std::max(sums.mlp_compute, sums.mlp_preload);
  totals.end_to_end = totals.attention + static_cast<double>(*totals.linear + *totals.mlp);
  return totals;
}

std::uint64_t script_multipliers(ScriptRevision revision) {
  return kLines * macs_per_line(revision);
}

}  // namespace vitcod
