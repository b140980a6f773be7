// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/dma/transfer.hpp"
#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/program/region.hpp"
#include "sim/base/shared_array.hpp"

namespace vitcod {

/// One linear map of a set of auto-encoder weights: matrix (compressed heads, heads) of int8, bias
/// (heads) of int32, little-endian.
struct DecodeWeights {
  std::uint32_t set = 0;  ///< number of the load that brings it, counted over the program
  std::uint64_t matrix_offset = 0;
  std::uint64_t bias_offset = 0;
};

/// What an engine's input side does with a load.
struct RowPlacement final : Placement {
  enum class Kind : std::uint8_t {
    kRows,     ///< rows of Q, K or V as the engines keep them
    kTokens,   ///< compressed rows of Q or K: a token becomes a row a head
    kWeights,  ///< for the decoder
    kIndex,    ///< for the index buffer
  };
  enum class Operand : std::uint8_t { kQuery, kKey, kValue };

  Kind kind = Kind::kRows;
  Operand operand = Operand::kQuery;
  std::array<OutputMask, 2> engine_outputs{};  ///< of the crossbar, by engine; 0: not for it
  RegionId region{};
  std::shared_ptr<const AttentionTile> tile;  ///< of rows and tokens
  std::uint32_t row_bytes = 0;                ///< of a row as an engine keeps it
  std::uint32_t query_window = 0;             ///< Q rows of a head that are held at a time; 0: all
  /// Rows and tokens: rows that each engine keeps of the transfer's rows before a given one.
  std::array<SharedArray<std::uint32_t>, 2> kept_before;
  bool again_for_sparser = false;  ///< Q without forwarding: the second load
  bool keeps_all = false;  ///< rows: the one engine that has an output keeps all of them, those of
                           ///< K and V in the order of the tokens, whatever the map keeps
  std::uint32_t compressed_heads = 0;  ///< tokens
  std::uint32_t num_heads = 0;         ///< tokens: of the layer, that the weights are for
  DecodeWeights weights;               ///< tokens
  std::uint64_t bytes = 0;             ///< of weights and index; `set` of weights in `weights`

  /// Q rows pass by in a window of the denser engine's buffer.
  bool passes_window() const { return query_window > 0; }
  bool has_rows() const { return kind == Kind::kRows || kind == Kind::kTokens; }
  std::uint32_t rows_a_head() const {
    return operand == Operand::kQuery ? tile->num_rows : tile->num_keys();
  }
  /// Rows that `engine` keeps of the transfer's rows [first, end).
  std::uint32_t num_kept(std::size_t engine, std::uint32_t first, std::uint32_t end) const {
    return kept_before[engine][end] - kept_before[engine][first];
  }
  /// The number in the region of a row of the head's tile, or of a key by its position (its token
  /// with `keeps_all`).
  std::uint32_t row_of_region(TileHead head, std::uint32_t row_or_key) const {
    return operand == Operand::kQuery ? value_of(tile->row_index(head, HeadRow{row_or_key}))
                                      : value_of(tile->key_index(head, KeyPosition{row_or_key}));
  }
  /// Does the engine keep the row of `head`? Of K and V by the key's position.
  bool keeps(EngineId engine, TileHead head, KeyPosition key) const;

  OutputMask outputs(std::uint32_t first, std::uint32_t end) const override;
};

}  // namespace vitcod
