// SPDX-License-Identifier: Apache-2.0
#include "sim/formula/script_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

namespace vitcod {
namespace {

/// A whole number of cycles as one.
Json number(double cycles) {
  if (cycles == std::floor(cycles)) return static_cast<std::uint64_t>(cycles);
  return cycles;
}

/// Cycles for a table, in its widths.
std::string shown(double cycles) {
  return cycles == std::floor(cycles) ? fmt::format("{:.0f}", cycles)
                                      : fmt::format("{:.1f}", cycles);
}

template <typename T>
Json or_null(const std::optional<T>& cycles) {
  return cycles ? number(static_cast<double>(*cycles)) : Json(nullptr);
}

Json layer_json(const ScriptLayer& layer, ScriptRevision revision, std::uint64_t simulated) {
  const ScriptAttention cycles = script_attention(layer, revision);
  Json json;
  json["layer"] = layer.name;
  json["global_tokens"] = layer.global_tokens;
  json["sparse_entries"] = layer.sparse_entries;
  json["dense_lines"] = cycles.dense_lines;
  json["sparse_lines"] = cycles.sparse_lines;
  json["preload"] = number(cycles.preload);
  json["decoder"] = number(cycles.decoder);
  json["sddmm_dense"] = cycles.sddmm_dense;
  json["sddmm_sparse"] = cycles.sddmm_sparse;
  json["spmm_dense"] = cycles.spmm_dense;
  json["spmm_sparse"] = cycles.spmm_sparse;
  json["simulated"] = simulated;
  json["linear"] = nullptr;
  json["mlp"] = nullptr;
  if (layer.widths) {
    const ScriptDense dense = script_dense(layer);
    json["linear"] = dense.linear_compute + dense.linear_encode;
    json["mlp"] = dense.mlp_compute;
  }
  return json;
}

std::string layer_lines(const ScriptComparison& comparison) {
  std::string text = fmt::format("{:<14}{:>7}{:>8}{:>7}{:>7}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>11}\n",
                                 "layer", "global", "entries", "dense", "sparse", "preload",
                                 "decoder", "SDDMM d", "SDDMM s", "SpMM d", "SpMM s", "simulated");
  for (std::size_t i = 0; i < comparison.layers.size(); ++i) {
    const ScriptLayer& layer = comparison.layers[i];
    const ScriptAttention cycles = script_attention(layer, comparison.revision);
    text += fmt::format("{:<14}{:>7}{:>8}{:>7}{:>7}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>11}\n",
                        layer.name, layer.global_tokens, layer.sparse_entries, cycles.dense_lines,
                        cycles.sparse_lines, shown(cycles.preload), shown(cycles.decoder),
                        cycles.sddmm_dense, cycles.sddmm_sparse, cycles.spmm_dense,
                        cycles.spmm_sparse, comparison.simulated_cycles[i]);
  }
  return text;
}

std::uint64_t simulated_total(const ScriptComparison& comparison) {
  return std::accumulate(comparison.simulated_cycles.begin(), comparison.simulated_cycles.end(),
                         std::uint64_t{0});
}

}  // namespace

const char* name_of(ScriptRevision revision) {
  return revision == ScriptRevision::kHead ? "HEAD" : "0b4031a";
}

Json totals_json(const ScriptTotals& totals) {
  Json sums;
  sums["preload"] = number(totals.preload);
  sums["decoder"] = number(totals.decoder);
  sums["computation"] = totals.computation;
  sums["attention"] = number(totals.attention);
  sums["linear"] = or_null(totals.linear);
  sums["mlp"] = or_null(totals.mlp);
  sums["end_to_end"] = or_null(totals.end_to_end);
  return sums;
}

std::string script_table(const ScriptComparison& comparison) {
  const ScriptTotals totals = script_totals(comparison.layers, comparison.revision);
  std::string text = fmt::format(
      "the authors' script at {}: head 0's map for all heads, {} multipliers, 500 MHz\n\n",
      name_of(comparison.revision), script_multipliers(comparison.revision));
  text += layer_lines(comparison);
  text += fmt::format(
      "\npreload {}, decoder {}, computation {}: attention {} cycles = max(preload, decoder + "
      "computation)\n",
      shown(totals.preload), shown(totals.decoder), totals.computation, shown(totals.attention));
  if (totals.linear) {
    text += fmt::format("linear {}, MLP {}: end to end {} cycles\n", *totals.linear, *totals.mlp,
                        shown(*totals.end_to_end));
  } else {
    text += "linear, MLP: not known, the model does not tell all its widths\n";
  }
  text += fmt::format("simulated on machine {}: attention {} cycles, {:.2f} of the script's\n",
                      comparison.machine, simulated_total(comparison),
                      static_cast<double>(simulated_total(comparison)) / totals.attention);
  if (comparison.simulated_model) {
    text += fmt::format("  end to end {} cycles", *comparison.simulated_model);
    if (totals.end_to_end) {
      text += fmt::format(", {:.2f} of the script's",
                          static_cast<double>(*comparison.simulated_model) / *totals.end_to_end);
    }
    text += "\n";
  }
  return text;
}

Json script_json(const ScriptComparison& comparison) {
  const ScriptTotals totals = script_totals(comparison.layers, comparison.revision);
  Json json;
  json["revision"] = name_of(comparison.revision);
  json["multipliers"] = script_multipliers(comparison.revision);
  for (std::size_t i = 0; i < comparison.layers.size(); ++i) {
    json["layers"].push_back(
        layer_json(comparison.layers[i], comparison.revision, comparison.simulated_cycles[i]));
  }
  json["totals"] = totals_json(totals);
  json["simulated"]["machine"] = comparison.machine;
  json["simulated"]["attention"] = simulated_total(comparison);
  json["simulated"]["end_to_end"] = or_null(comparison.simulated_model);
  return json;
}

}  // namespace vitcod
