// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/linear/linear_cut.hpp"
#include "hw_models/compiler/target.hpp"
#include "hw_models/gemm_engine/gemm_kernels.hpp"

namespace vitcod {

/// The rows of one group and the columns of one block.
struct LinearBlock {
  std::uint32_t first_row = 0;
  std::uint32_t rows = 0;
  std::uint32_t first_column = 0;
  std::uint32_t columns = 0;
  bool reloads = false;  ///< W was on chip before
};

/// Features of X that come together.
struct PieceOfInputs {
  std::uint32_t first = 0;
  std::uint32_t features = 0;
  bool reloads = false;  ///< they were on chip before
};

/// Loads and stores of a linear layer. W lies in DRAM as the lines take it: block by block, chunks
/// of so many features as they take in a step one after the other, each (columns, features).
class LinearLoads {
 public:
  LinearLoads(const LinearLayer& layer, const DramLayout& layout, const Target& target)
      : layer_(layer), layout_(layout), target_(target) {}

  /// A piece of X of the block's rows: (heads, rows, features of a head), or (rows, features).
  Transfer inputs(const LinearBlock& block, const PieceOfInputs& piece, RegionId region) const;
  Transfer weights(const LinearBlock& block, const PieceOfSum& piece, RegionId region) const;
  Transfer constants(const LinearBlock& block, RegionId region) const;
  Transfer residual(const LinearBlock& block, RegionId region) const;
  /// With the segments that the drain makes its packets by.
  Transfer results(const LinearBlock& block, std::vector<DrainSegment>& segments) const;

  /// Features of a row of X that lie together on chip, in a piece of so many.
  std::uint32_t segment_features(std::uint32_t piece_features) const;

 private:
  bool by_heads(TensorId tensor, std::uint32_t heads) const {
    return heads > 1 && !layout_.is_by_token(tensor);
  }
  /// Where a load goes to on chip.
  struct Place {
    RegionId region{};
    std::uint64_t bytes = 0;
  };
  Transfer load(TensorRole role, bool reloads, std::uint8_t buffer, OutputMask output,
                const Place& place, std::vector<Stretch> stretches) const;
  std::vector<Stretch> window_rows(const LinearBlock& block) const;

  const LinearLayer& layer_;
  const DramLayout& layout_;
  const Target& target_;
};

/// W (k, n) as it lies in DRAM, in blocks of so many columns, for lines that take so many features
/// in a step.
std::vector<std::int8_t> in_order_of_lines(const std::vector<std::int8_t>& weights,
                                           std::uint32_t features, std::uint32_t columns,
                                           std::uint32_t block_columns,
                                           std::uint32_t step_features);

}  // namespace vitcod
