// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "hw_models/dma/transfer.hpp"
#include "hw_models/program/kernel.hpp"
#include "hw_models/program/region.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// A part of the sums over k whose operands lie in one region each.
struct GemmPiece {
  RegionId inputs{};                ///< (segments, rows of the block, segment_features), or turned
  RegionId weights{};               ///< chunks of a step's features, each (columns, features), or
                                    ///< features row by row
  std::uint32_t first_feature = 0;  ///< of the inputs that lie there
  std::uint32_t features = 0;       ///< a multiple of a step's, unless the sums end with it
};

/// What the line beside the array adds up: one that linear attention divides its results by.
enum class BesideLine : std::uint8_t {
  kIdle,
  kSums,      ///< the features of X
  kProducts,  ///< their products with weights of its own, a byte a feature
};

/// Where the sums of a block wait in the output buffer while the lines work on other blocks: from
/// row `first_row` on of a region (total_rows, columns), 4 bytes a sum.
struct CarriedSums {
  RegionId region{};
  std::uint32_t first_row = 0;
  std::uint32_t total_rows = 0;
};

/// Sums of one block of Y: `rows` x `columns`, one column a line, over the features of the pieces.
struct GemmKernel final : Kernel {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  std::vector<GemmPiece> pieces;
  std::uint32_t segment_features = 0;  ///< of a row, that lie together
  bool reconfigures = false;           ///< the lines did something else before
  bool begins = false;                 ///< with the biases; else with the sums so far
  bool ends = false;                   ///< the sums go to the drain
  RegionId constants{};                ///< biases, then requantisation
  std::optional<CarriedSums> carried;  ///< the sums so far come from there, unless the block begins
                                       ///< here; and go there, unless it ends here
  Activation input_activation = Activation::kNone;
  Primitive primitive = Primitive::kMultiply;
  bool has_biases = true;       ///< else sums begin at zero
  bool turns_inputs = false;    ///< X lies (features, rows): it is turned chunk by chunk
  bool weights_by_row = false;  ///< W lies (features, columns): a row goes to all lines at a time
  BesideLine beside = BesideLine::kIdle;
  RegionId beside_weights{};  ///< of kProducts: all features'

  bool is_of_attention() const {
    return turns_inputs || weights_by_row || beside != BesideLine::kIdle;
  }
  bool resumes_sums() const { return carried && !begins; }
  bool leaves_sums() const { return carried && !ends; }
  /// Whether accumulators are taken with this part of the block, and whether with it they are left.
  bool takes_accumulators() const { return begins || resumes_sums(); }
  /// Of the constants that are read with this part: all as the block begins; where sums are carried
  /// the biases then, and the requantisation as it ends. That of the line beside comes last.
  /// Products of linear attention's normaliser are divided by it in place of a requantisation.
  std::uint64_t constant_words() const {
    if (carried) return begins || ends ? columns : 0;
    if (!begins) return 0;
    if (has_biases) return 2 * std::uint64_t{columns};
    if (beside == BesideLine::kProducts) return 0;
    return columns + (beside == BesideLine::kSums ? std::uint64_t{1} : 0);
  }

  std::uint64_t features() const {
    std::uint64_t sum = 0;
    for (const GemmPiece& piece : pieces) sum += piece.features;
    return sum;
  }
};

inline constexpr std::uint64_t kWordBytes = 4;  ///< of a bias, or a word of requantisation
/// Bytes of a column's constants: bias and requantisation.
inline constexpr std::uint64_t kConstantBytes = 2 * kWordBytes;

/// Columns of a block that lie together in DRAM: rows one after the other in one stretch of the
/// store, or each in a stretch of its own.
struct DrainSegment {
  std::uint32_t first_column = 0;  ///< of the block
  std::uint32_t columns = 0;
  std::uint32_t first_stretch = 0;
  bool is_contiguous = false;
};

/// Makes results of the sums of a block, which come from the array in the order of the kernels.
struct DrainKernel final : Kernel {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  std::uint32_t result_bytes = 1;  ///< of an element: 1 or 2
  bool makes_codes = false;        ///< a bit of each element of 1 byte: whether it is above 0
  Activation activation = Activation::kNone;
  std::optional<RegionId> residual;  ///< (rows, columns), as wide as the results
  /// The sums of the line beside: column `columns`, of the last segment; or what rows are divided
  /// by, the quotient shifted left by `output_shift`.
  bool has_beside_column = false;
  bool divides = false;
  std::uint32_t output_shift = 0;
  const Transfer* store = nullptr;
  std::vector<DrainSegment> segments;
  std::uint32_t packet_bytes = 1;  ///< that a packet of several rows has at most

  /// Of so many results; of codes there are a multiple of 8.
  std::uint32_t bytes_of(std::uint32_t results) const {
    return makes_codes ? results / 8 : results * result_bytes;
  }
};

/// What the write ports do with a load: its bytes lie in the region at their offset, or rows of
/// `row_bytes` at distances of `pitch`.
struct GemmPlacement final : Placement {
  OutputMask output = 0;  ///< of the crossbar, that leads to the port
  RegionId region{};
  std::uint64_t bytes = 0;  ///< of the region that are addressed
  std::uint32_t row_bytes = 1;
  std::uint32_t pitch = 1;  ///< at least `row_bytes`

  /// Where byte `offset` of the load lies in the region.
  std::uint64_t place(std::uint64_t offset) const {
    return offset / row_bytes * pitch + offset % row_bytes;
  }

  OutputMask outputs(std::uint32_t /*first*/, std::uint32_t /*end*/) const override {
    return output;
  }
};

}  // namespace vitcod
