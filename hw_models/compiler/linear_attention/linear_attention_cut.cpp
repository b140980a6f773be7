// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear_attention/linear_attention_cut.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hw_models/gemm_engine/gemm_kernels.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

/// The fewest equal parts of `number`, of at most `most` each.
std::uint32_t evenly(std::uint32_t number, std::uint64_t most) {
  return ceil_div(number, static_cast<std::uint32_t>(ceil_div(std::uint64_t{number}, most)));
}

class LinearAttentionCutter {
 public:
  LinearAttentionCutter(const LinearAttentionLayer& layer, const PlanLimits& limits)
      : layer_(layer),
        attention_(layer.attention),
        limits_(limits),
        gemm_(limits.gemm.of(layer.attention.primitive)) {}

  LinearAttentionCut cut() {
    require_units();
    cut_.feature_group = feature_group();
    // A row of results passes the staging of the output buffer whole.
    const auto staged =
        static_cast<std::uint64_t>(limits_.path.output.staging_bytes) / layer_.result_bytes;
    cut_.block_columns = evenly(attention_.features_v, std::min(gemm_.lines, staged));
    require(weight_bytes_of_inner(), limits_.weight_bytes, "weight_buffer", "the inner matrix");
    cut_.key_piece = keys_that_fit();
    cut_.query_group = queries_that_fit();
    return cut_;
  }

 private:
  void require_units() const {
    if (!gemm_.divide) {
      throw InputError(
          fmt::format("{}: this machine's gemm_engine has no linear_attention", layer_.name));
    }
    if (gemm_.macs_per_line == 0) {
      throw InputError(fmt::format(
          "{}: it adds by codes; this machine has no mac_lines/add_lanes_per_line", layer_.name));
    }
    if (layer_.adds() && gemm_.accumulator_rows < kCodesPerByte) {
      throw InputError(fmt::format(
          "{}: it adds by codes, 8 rows at a time; this machine's gemm_engine/accumulator_rows are "
          "fewer",
          layer_.name));
    }
  }
  /// Of codes whole bytes.
  std::uint32_t feature_group() const {
    const std::uint32_t unit = layer_.adds() ? static_cast<std::uint32_t>(kCodesPerByte) : 1;
    return unit * evenly(attention_.features_k / unit, gemm_.accumulator_rows / unit);
  }
  void require(std::uint64_t bytes, std::uint64_t available, const char* buffer,
               const char* what) const {
    if (bytes <= available) return;
    throw InputError(
        fmt::format("{}: the {} is too small: {} needs {} bytes there, {} are available",
                    layer_.name, buffer, what, bytes, available));
  }
  std::uint64_t weights(std::uint64_t bytes) const {
    return whole_banks(bytes, limits_.holding.weight_bank_bytes);
  }
  std::uint64_t inputs(std::uint64_t bytes) const {
    return whole_banks(bytes, limits_.holding.input_bank_bytes);
  }
  std::uint64_t outputs(std::uint64_t bytes) const {
    return whole_banks(bytes, limits_.holding.output_bank_bytes);
  }

  /// A of a head's columns, with z or the words of O.
  std::uint64_t weight_bytes_of_inner() const {
    const std::uint64_t beside =
        attention_.normalise ? attention_.features_k : cut_.block_columns * kWordBytes;
    return weights(attention_.features_k * gemm_.weight_pitch(cut_.block_columns)) +
           weights(beside);
  }

  std::uint32_t keys_that_fit() const {
    const auto chunk = static_cast<std::uint32_t>(gemm_.macs_per_line);
    for (const std::uint64_t times : {2, 1}) {
      for (std::uint32_t pieces = 1;; ++pieces) {
        const std::uint32_t keys = piece_of_keys(pieces);
        if (times * value_bytes(keys) <= limits_.weight_bytes &&
            times * key_bytes(keys) <= limits_.input_bytes) {
          return keys;
        }
        if (keys <= chunk) break;
      }
    }
    const std::uint32_t keys = std::min(chunk, attention_.keys);
    require(value_bytes(keys), limits_.weight_bytes, "weight_buffer", "a chunk of values");
    require(key_bytes(keys), limits_.input_bytes, "input_buffer", "a chunk of keys");
    return keys;
  }
  /// In whole chunks, if there is more than one piece.
  std::uint32_t piece_of_keys(std::uint32_t pieces) const {
    if (pieces == 1) return attention_.keys;
    const auto chunk = static_cast<std::uint32_t>(gemm_.macs_per_line);
    return ceil_div(ceil_div(attention_.keys, pieces), chunk) * chunk;
  }
  /// With the words of A and z.
  std::uint64_t value_bytes(std::uint64_t keys) const {
    return weights(keys * gemm_.weight_pitch(cut_.block_columns)) +
           weights((cut_.block_columns + std::uint64_t{1}) * kWordBytes);
  }
  std::uint64_t key_bytes(std::uint64_t keys) const {
    return inputs(keys * gemm_.turned_pitch(cut_.feature_group));
  }

  std::uint32_t queries_that_fit() const {
    for (const std::uint64_t times : {2, 1}) {
      for (std::uint64_t rows = gemm_.accumulator_rows; rows >= 1; rows /= 2) {
        const std::uint32_t group = evenly(attention_.queries, rows);
        if (times * query_bytes(group) <= limits_.input_bytes &&
            result_bytes(group) <= limits_.output_bytes) {
          return group;
        }
      }
    }
    require(query_bytes(1), limits_.input_bytes, "input_buffer", "a row");
    require(result_bytes(1), limits_.output_bytes, "output_buffer", "a row");
    return 1;
  }
  /// With the residual.
  std::uint64_t query_bytes(std::uint64_t rows) const {
    const std::uint64_t residual = layer_.residual ? inputs(result_elements(rows)) : 0;
    return inputs(layer_.key_bytes(rows * attention_.features_k)) + residual;
  }
  std::uint64_t result_elements(std::uint64_t rows) const {
    return rows * cut_.block_columns * layer_.result_bytes;
  }
  std::uint64_t result_bytes(std::uint64_t rows) const { return outputs(result_elements(rows)); }

  const LinearAttentionLayer& layer_;
  const LinearAttention& attention_;
  const PlanLimits& limits_;
  const GemmCost gemm_;
  LinearAttentionCut cut_;
};

/// Makes the steps of one block of columns of a head.
class StepList {
 public:
  StepList(const LinearAttention& attention, const LinearAttentionCut& cut)
      : attention_(attention), cut_(cut) {}

  void add_inner(LinearAttentionStep step) {
    step.is_inner = true;
    for (step.first_row = 0; step.first_row < attention_.features_k; step.first_row += step.rows) {
      step.rows = std::min(cut_.feature_group, attention_.features_k - step.first_row);
      for (step.first_key = 0; step.first_key < attention_.keys; step.first_key += step.keys) {
        step.keys = std::min(cut_.key_piece, attention_.keys - step.first_key);
        step.begins = step.first_key == 0;
        step.ends = step.first_key + step.keys == attention_.keys;
        steps_.push_back(step);
      }
    }
  }
  void add_rows(LinearAttentionStep step) {
    for (step.first_row = 0; step.first_row < attention_.queries; step.first_row += step.rows) {
      step.rows = std::min(cut_.query_group, attention_.queries - step.first_row);
      step.loads_inner = step.first_row == 0;
      step.frees_inner = step.first_row + step.rows == attention_.queries;
      steps_.push_back(step);
    }
  }
  std::vector<LinearAttentionStep> take() { return std::move(steps_); }

 private:
  const LinearAttention& attention_;
  const LinearAttentionCut& cut_;
  std::vector<LinearAttentionStep> steps_;
};

}  // namespace

LinearAttentionCut linear_attention_cut(const LinearAttentionLayer& layer,
                                        const PlanLimits& limits) {
  return LinearAttentionCutter(layer, limits).cut();
}

std::vector<LinearAttentionStep> linear_attention_steps(const LinearAttentionLayer& layer,
                                                        const LinearAttentionCut& cut) {
  const LinearAttention& attention = layer.attention;
  StepList steps(attention, cut);
  for (const bool is_inner : {true, false}) {
    for (std::uint32_t head = 0; head < attention.heads; ++head) {
      for (std::uint32_t first = 0; first < attention.features_v; first += cut.block_columns) {
        LinearAttentionStep step;
        step.head = head;
        step.first_column = first;
        step.columns = std::min(cut.block_columns, attention.features_v - first);
        if (is_inner) {
          steps.add_inner(step);
        } else {
          steps.add_rows(step);
        }
      }
    }
  }
  return steps.take();
}

}  // namespace vitcod
