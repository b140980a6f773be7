// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// Values of the matcher's memories, and what it finds in them, pass by pass.
class TokenLikeness {
 public:
  /// Begins anew, with sums of 0 and sizes of 1.
  void restart(const SimilarityMatch& match);
  void set_size(std::size_t token, std::uint32_t size) { sizes_[token] = size; }
  void add_key(std::size_t token, const std::uint8_t* key);
  /// The table of members, once all keys of `heads` heads are in.
  std::vector<std::uint8_t> members(std::uint32_t heads);

 private:
  std::int64_t product(std::size_t a, std::size_t b) const;
  void measure();
  void match_sources();
  std::int64_t best_cosine(std::size_t source);
  std::int64_t bar(std::uint32_t& ties) const;
  void link();

  SimilarityMatch match_{};
  std::vector<std::int32_t> sums_;
  std::vector<std::uint32_t> sizes_;
  std::vector<std::int64_t> reciprocals_;    ///< of lengths
  std::vector<std::int64_t> cosines_;        ///< by source, from 0 to 2^17
  std::vector<std::uint32_t> destinations_;  ///< likewise
  /// By token: the next one of its group, 0 for none. Joined tokens are marked.
  std::vector<std::uint32_t> next_;
  std::vector<bool> joined_;
};

}  // namespace vitcod
