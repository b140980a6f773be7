// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "hw_models/token_selector/token_selector_cost.hpp"

namespace vitcod {

/// Values of the memory of scores, and the choice among them as the unit makes it, pass by pass.
class TokenChoice {
 public:
  /// Begins anew, with scores of 0.
  void restart(std::size_t tokens) { scores_.assign(tokens, 0); }
  /// A head's share of attention, 16 fraction bits.
  void add(std::size_t token, std::uint64_t share) {
    scores_[token] += static_cast<std::uint32_t>(share);
  }

  /// What a token counts in a fused one: its score without the lowest bits, at least 1.
  std::uint32_t weight(std::size_t token, const ScoreSelect& select) const {
    return std::max(1U, scores_[token] >> std::bit_width(select.heads));
  }

  /// Numbers of the tokens that stay, ascending.
  std::vector<std::uint32_t> kept(const ScoreSelect& select) const {
    Bar bar = select.rule == SelectionRule::kTopK
                  ? kth_largest(select)
                  : Bar{select.threshold, std::numeric_limits<std::uint32_t>::max()};
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t token = 0; token < scores_.size(); ++token) {
      const bool ties = scores_[token] == bar.score && bar.ties > 0;
      if (token >= select.prefix_tokens && ties) --bar.ties;
      if (token < select.prefix_tokens || ties || scores_[token] > bar.score) {
        numbers.push_back(token);
      }
    }
    return numbers;
  }

 private:
  /// What a score must be above to stay; and how many patch tokens stay that just reach it.
  struct Bar {
    std::uint32_t score = 0;
    std::uint32_t ties = 0;
  };

  /// Bit by bit from the top: a bit is set if as many patch tokens as are wanted reach it. The
  /// count at the last bit that is not set is that of the scores above the bar: lower bits are all
  /// ones.
  Bar kth_largest(const ScoreSelect& select) const {
    const std::uint32_t wanted = select.threshold;
    std::uint32_t bar = 0;
    std::uint32_t above = 0;
    for (std::uint64_t bit = score_bits(select.heads); bit-- > 0;) {
      const std::uint32_t trial = bar | std::uint32_t{1} << bit;
      std::uint32_t count = 0;
      for (std::size_t token = select.prefix_tokens; token < scores_.size(); ++token) {
        if (scores_[token] >= trial) ++count;
      }
      if (count >= wanted) {
        bar = trial;
      } else {
        above = count;
      }
    }
    return Bar{bar, wanted - above};
  }

  std::vector<std::uint32_t> scores_;
};

}  // namespace vitcod
