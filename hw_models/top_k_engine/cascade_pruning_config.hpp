// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

/// How much of tokens, heads and rows of V the blocks of attention keep.
struct CascadePruningConfig {
  bool match_entries = false;
  double token_keep = 1;
  double token_spread = 0;
  double unpruned_token_layers = 0;
  double head_keep = 1;
  double head_spread = 0;
  double unpruned_head_layers = 0;
  double value_keep = 1;
  std::uint32_t prefix_tokens = 0;
};

inline void read(ConfigReader& reader, CascadePruningConfig& config) {
  const Range share{0.0, 1.0};
  reader.required("match_entries", config.match_entries,
                  "The most tokens with which no more multiplications are done than the workload's "
                  "maps ask of the vitcod machine, in place of token_keep");
  reader.required("token_keep", config.token_keep,
                  "Share of the tokens that pruned layers keep in the mean", share);
  reader.required("token_spread", config.token_spread,
                  "How much more the first of these layers keeps, and the last one less", share);
  reader.required("unpruned_token_layers", config.unpruned_token_layers,
                  "Share of the layers, the first ones, that keep all tokens", share);
  reader.required("head_keep", config.head_keep,
                  "Share of the heads that pruned layers keep in the mean", share);
  reader.required("head_spread", config.head_spread,
                  "How much more the first of these layers keeps, and the last one less", share);
  reader.required("unpruned_head_layers", config.unpruned_head_layers,
                  "Share of the layers, the first ones, that keep all heads", share);
  reader.required("value_keep", config.value_keep,
                  "Share of the rows of V that each query is multiplied with", share);
  reader.required("prefix_tokens", config.prefix_tokens,
                  "The first tokens, which are never pruned: class and distillation token",
                  Range{0U, 1U << 16U});
  reader.finish();
}

}  // namespace vitcod
