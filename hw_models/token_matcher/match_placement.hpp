// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/packet_unit/stream_placement.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// What the token matcher does with a load. `store` has one stretch, a table of members
/// (workloads/token_merging.hpp), rows of 2 bytes at even addresses.
struct MatchPlacement final : StreamPlacement {
  enum class Kind : std::uint8_t {
    kSizes,  ///< 16 bits a token, no rows; absent before the first merging: then all are 1
    kKeys,   ///< K (heads, tokens, features), 8 bits: rows of `features` bytes; the last row ends
             ///< the match
  };
  Kind kind = Kind::kKeys;
  const SimilarityMatch* match = nullptr;  ///< of the trace, which outlives the program
  std::uint32_t heads = 1;
  bool has_sizes = false;
  std::uint32_t packet_bytes = 1;  ///< largest packet of results; even

  std::uint64_t key_bytes() const { return std::uint64_t{heads} * match->tokens * match->features; }
};

}  // namespace vitcod
