// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace vitcod {

/// Spaces of indices of attention, a type each, so that none stands in for another in a call. Loops
/// count in plain numbers. hw_models/compiler/README.md says where each space is used.
enum class LayerHead : std::uint32_t {};    ///< head of the layer
enum class TileHead : std::uint32_t {};     ///< head within the tile
enum class QueryRow : std::uint32_t {};     ///< row of a head's map
enum class HeadRow : std::uint32_t {};      ///< row of a head's tile, from the tile's first row
enum class TileRow : std::uint32_t {};      ///< row of the tile, head by head
enum class KeyToken : std::uint32_t {};     ///< key in the model's order
enum class KeyPosition : std::uint32_t {};  ///< key of a head in polarized order
enum class KeyIndex : std::uint32_t {};     ///< key of the tile, head by head
enum class TensorRow : std::uint64_t {};    ///< row of a tensor (heads, rows, features)

template <typename T, typename... Spaces>
concept OneOf = (std::same_as<T, Spaces> || ...);

template <typename T>
concept AttentionIndex = OneOf<T, LayerHead, TileHead, QueryRow, HeadRow, TileRow, KeyToken,
                               KeyPosition, KeyIndex, TensorRow>;

template <AttentionIndex Index>
constexpr std::underlying_type_t<Index> value_of(Index index) {
  return static_cast<std::underlying_type_t<Index>>(index);
}

/// Rows of several heads that lie head by head, as many of each: what turns a head and a row of it
/// into one number, and back.
template <AttentionIndex Head, AttentionIndex Row, AttentionIndex Flat>
class HeadByHead {
 public:
  constexpr explicit HeadByHead(std::underlying_type_t<Flat> rows_a_head)
      : rows_a_head_(rows_a_head) {}

  constexpr Flat index(Head head, Row row) const {
    return Flat{value_of(head) * rows_a_head_ + value_of(row)};
  }
  constexpr Head head_of(Flat flat) const {
    return static_cast<Head>(value_of(flat) / rows_a_head_);
  }
  constexpr Row row_of(Flat flat) const { return static_cast<Row>(value_of(flat) % rows_a_head_); }

 private:
  std::underlying_type_t<Flat> rows_a_head_;
};

/// Q, S and the output of a tile; its K and V in polarized order, and as they come.
using TileRows = HeadByHead<TileHead, HeadRow, TileRow>;
using TileKeys = HeadByHead<TileHead, KeyPosition, KeyIndex>;
using TileTokens = HeadByHead<TileHead, KeyToken, KeyIndex>;
/// The same of a layer, as tensors hold them.
using LayerQueries = HeadByHead<LayerHead, QueryRow, TensorRow>;
using LayerKeys = HeadByHead<LayerHead, KeyToken, TensorRow>;

}  // namespace vitcod
