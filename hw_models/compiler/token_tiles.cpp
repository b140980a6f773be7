// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/token_tiles.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/errors.hpp"

namespace vitcod {

std::vector<TokenTile> token_tiles(const std::string& layer, std::uint64_t num_tokens,
                                   std::uint64_t token_bytes, std::uint64_t output_bytes) {
  const std::uint64_t tokens = output_bytes / token_bytes;
  if (tokens == 0) {
    throw InputError(fmt::format(
        "{}: the output_buffer is too small: one token needs {} bytes there, {} are available",
        layer, token_bytes, output_bytes));
  }
  std::vector<TokenTile> tiles;
  for (std::uint64_t first = 0; first < num_tokens; first += tokens) {
    tiles.push_back(TokenTile{static_cast<std::uint32_t>(first),
                              static_cast<std::uint32_t>(std::min(tokens, num_tokens - first))});
  }
  return tiles;
}

}  // namespace vitcod
