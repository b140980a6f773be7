// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hw_models/dma/transfer.hpp"

namespace vitcod {

/// Tokens that a unit which takes them one by one works on at a time.
struct TokenTile {
  std::uint32_t first_token = 0;
  std::uint32_t num_tokens = 0;
};

/// Tiles of as many tokens as `output_bytes` of the output buffer hold the results of,
/// `token_bytes` each. Throws InputError, with the layer's name in front, if those of a single
/// token do not fit.
std::vector<TokenTile> token_tiles(const std::string& layer, std::uint64_t num_tokens,
                                   std::uint64_t token_bytes, std::uint64_t output_bytes);

/// Tokens of `tile`, `token_bytes` each, of a tensor that lies token by token from `address` on.
inline Stretch tokens_of(const TokenTile& tile, std::uint64_t address, std::uint32_t token_bytes) {
  return Stretch{address + std::uint64_t{tile.first_token} * token_bytes,
                 std::uint64_t{tile.num_tokens} * token_bytes, token_bytes, 0, 0};
}

}  // namespace vitcod
