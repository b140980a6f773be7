// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "hw_models/query_key_array/attention_rows.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Which of the tokens and heads of an attention block the next ones keep.
struct CascadeChoice {
  std::uint32_t num_tokens = 0;  ///< that there are
  std::uint32_t num_heads = 0;
  std::uint32_t prefix_tokens = 0;    ///< the first ones, which stay and are no candidates
  std::vector<std::uint32_t> tokens;  ///< that stay, ascending, of those that there are
  std::vector<std::uint32_t> heads;   ///< likewise
  SearchWork search;                  ///< that choosing takes

  bool drops_any() const { return tokens.size() < num_tokens || heads.size() < num_heads; }
};

/// What cascade pruning leaves of an attention block, and what is chosen behind it.
struct CascadeBlock {
  std::vector<std::uint32_t> tokens;  ///< keys that there are, as the workload numbers them
  std::vector<std::uint32_t> heads;   ///< likewise
  bool begins_cascade = false;        ///< of other tokens or heads than the block before
  std::shared_ptr<const ValueChoice> values;
  CascadeChoice choice;  ///< of tokens and heads of the next block, if it drops any
  /// In a whole model: where the numbers of the tokens that stay are stored, 16 bits each, if some
  /// are dropped; and W of the linear layers around the next block of which only the part of the
  /// heads that stay is read, if heads are.
  std::optional<TensorId> kept = {};
  std::vector<TensorId> weights_of_heads = {};
};

}  // namespace vitcod
