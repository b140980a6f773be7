// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/packet_unit/stream_placement.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// What the token selector does with a load. Loads of a selection: query, origins if there are any,
/// then keys; of an exit test, and of a split: logits.
///
/// `store` of a selection has two stretches of rows of 2 bytes at even addresses: the numbers of
/// the kept tokens, ascending, then their origins, kept.size() of each, 16 bits, little-endian.
/// `store` of an exit test is one byte: 1 if the exit is taken, else 0. That of a split has a
/// stretch of rows of 2 bytes: the order of all tokens.
struct SelectorPlacement final : StreamPlacement {
  enum class Kind : std::uint8_t {
    kQuery,    ///< Q of the class token (heads, features), 8 bits, no rows
    kOrigins,  ///< of the tokens that come in, 16 bits each, little-endian, no rows; absent before
               ///< the first selection: then a token's origin is its number
    kKeys,     ///< K (heads, tokens, features), 8 bits: rows of `features` bytes, head by head; the
               ///< last row ends the selection
    kLogits,   ///< (1, classes), 8 bits, no rows; the last byte ends the test
    kRouting,  ///< logits (tokens, 2), 8 bits, no rows; the last byte ends the split
  };

  Kind kind = Kind::kQuery;
  const ScoreSelect* select = nullptr;  ///< of the trace, which outlives the program. `scores` are
                                        ///< never read, `kept` for the results' size alone
  const ExitTest* exit = nullptr;       ///< likewise; `taken` is never read
  const RouterSplit* split = nullptr;   ///< likewise; `tokens_first` and `order` are never read
  bool fuses = false;                   ///< the one stretch of `store` is a table of members, of
                                        ///< all tokens (workloads/token_merging.hpp)
  bool has_origins = false;             ///< an earlier selection was: the loads have kOrigins
  std::uint64_t bytes = 0;              ///< of the load: its last byte ends it
  std::uint32_t packet_bytes = 1;       ///< largest packet of results; even
};

}  // namespace vitcod
