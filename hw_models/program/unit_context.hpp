// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/program/work_unit.hpp"
#include "hw_models/score_unit/score_format.hpp"

namespace vitcod {

/// Operand rows of a unit in one engine's buffer: (heads, positions, features) of int8.
class OperandStore {
 public:
  void allocate(std::uint32_t num_rows, std::uint32_t features) {
    features_ = features;
    values_.assign(std::size_t{num_rows} * features, 0);
  }
  bool empty() const { return values_.empty(); }
  std::int8_t* row(std::uint32_t index) { return values_.data() + std::size_t{index} * features_; }
  const std::int8_t* row(std::uint32_t index) const {
    return values_.data() + std::size_t{index} * features_;
  }
  std::uint32_t features() const { return features_; }

 private:
  std::uint32_t features_ = 0;
  std::vector<std::int8_t> values_;
};

/// Contents of the machine's buffers that belong to one work unit. Which entry of S stands where is
/// needed with and without values; operands, scores and accumulators only with values.
struct UnitContext {
  WorkUnit work;
  bool with_values = false;
  bool mask_denser_block = true;  ///< pruned entries of denser blocks get weight zero

  /// S of the sparser engine: a bucket per row of the unit (head-major), filled in the order in
  /// which scores arrive. Bucket r holds entries row_ptr[r] .. row_ptr[r] + filled[r] - 1.
  std::vector<std::uint32_t> row_ptr;
  std::vector<std::uint32_t> filled;
  std::vector<std::uint32_t> entry_key;  ///< key position of each entry
  std::vector<Score> entry_score;
  /// S of the denser engine: [first column of the head + position][row], one column after another.
  std::vector<Score> denser_score;
  std::vector<std::uint32_t> denser_column_base;  ///< per head: columns of the heads before it

  std::array<OperandStore, 2> query;  ///< by engine; rows: WorkUnit::row_index
  /// By engine; rows: head x num_keys + key position. Shared by the tiles that keep them.
  std::array<std::shared_ptr<OperandStore>, 2> key;
  std::array<std::shared_ptr<OperandStore>, 2> value;
  std::array<std::vector<std::int16_t>, 2> row_exponent;  ///< by engine, then merged into [0]
  std::array<std::vector<std::int32_t>, 2> accumulator;   ///< by engine: (rows, value features)
  std::array<std::vector<std::uint32_t>, 2> row_sum;      ///< by engine

  std::uint32_t num_entries(std::uint32_t row) const { return row_ptr[row + 1] - row_ptr[row]; }
  bool has_sparse_entries(std::uint32_t row) const { return num_entries(row) > 0; }
  bool has_denser_entries(std::uint32_t row) const {
    return work.num_denser(row / work.num_rows) > 0;
  }
};

/// A context with its S layout made (attention units) and, if `with_values`, room for all operands.
std::unique_ptr<UnitContext> make_unit_context(const WorkUnit& unit, bool with_values);

}  // namespace vitcod
