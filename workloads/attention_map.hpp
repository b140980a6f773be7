// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/shared_array.hpp"

namespace vitcod {

/// Compressed sparse columns of kept entries. Column c holds the rows
/// `row_idx[col_ptr[c]] .. row_idx[col_ptr[c + 1] - 1]`, ascending.
struct Csc {
  SharedArray<std::uint32_t> col_ptr;  ///< size: number of columns + 1
  SharedArray<std::uint32_t> row_idx;  ///< size: nnz

  std::uint32_t num_columns() const { return static_cast<std::uint32_t>(col_ptr.size()) - 1; }
  std::uint32_t nnz() const { return static_cast<std::uint32_t>(row_idx.size()); }
  bool operator==(const Csc&) const = default;
};

/// The kept entries of one head: a bit an entry, queries x keys. True = kept (the files of the
/// ViTCoD authors hold the opposite: True = pruned).
class KeptMap {
 public:
  using Word = std::uint64_t;

  KeptMap() = default;
  KeptMap(std::uint32_t num_queries, std::uint32_t num_keys, bool kept = false);

  std::uint32_t num_queries() const { return num_queries_; }
  std::uint32_t num_keys() const { return num_keys_; }
  bool kept(std::uint32_t query, std::uint32_t key) const {
    return (words_[word_of(query, key)] >> (key % kWordBits) & 1U) != 0;
  }
  void set(std::uint32_t query, std::uint32_t key, bool kept) {
    Word& word = words_[word_of(query, key)];
    const Word bit = Word{1} << (key % kWordBits);
    word = kept ? word | bit : word & ~bit;
  }
  /// Sets the entries of one query; `kept` has num_keys() bytes of 0 or 1.
  void set_row(std::uint32_t query, std::span<const std::uint8_t> kept);

  /// Calls visit(key) for each kept entry of one query, ascending.
  template <typename Visit>
  void for_each_kept(std::uint32_t query, Visit&& visit) const {
    const Word* row = words_.data() + word_of(query, 0);
    for (std::uint32_t w = 0; w < words_a_row_; ++w) {
      for (Word word = row[w]; word != 0; word &= word - 1) {  // clears the lowest bit that is set
        visit(w * kWordBits + static_cast<std::uint32_t>(std::countr_zero(word)));
      }
    }
  }

  /// All entries as bytes of 0 or 1, row-major.
  std::vector<std::uint8_t> bytes() const;

  bool operator==(const KeptMap&) const = default;

 private:
  static constexpr std::uint32_t kWordBits = 64;

  std::size_t word_of(std::uint32_t query, std::uint32_t key) const {
    return std::size_t{query} * words_a_row_ + key / kWordBits;
  }

  std::uint32_t num_queries_ = 0;
  std::uint32_t num_keys_ = 0;
  std::uint32_t words_a_row_ = 0;
  std::vector<Word> words_;  ///< each row from a word of its own; bits past the last key are 0
};

/// The kept entries of all heads of one attention block.
using HeadMaps = std::vector<KeptMap>;

/// One head's map after polarization (ViTCoD section IV, "split and conquer"): the keys are
/// permuted so that the global tokens come first. The first `num_denser` key positions form the
/// denser block, computed as a full num_queries x num_denser rectangle; the other positions form
/// the sparser part, held as CSC of the kept entries only.
///
/// Key positions index `key_order`. Query rows keep their original order everywhere: the authors
/// permute rows and columns alike, but a row's place changes no result and no work, and the
/// original order lets all heads of a layer share one order of tokens.
struct PolarizedHead {
  std::uint32_t num_denser = 0;          ///< Ng: denser columns, the global tokens
  SharedArray<std::uint32_t> key_order;  ///< key position -> original key index, a permutation
  Csc sparser;                           ///< columns are key positions num_denser .. num_keys - 1
  /// Kept entries inside the denser block, column-major: [position * num_queries + query], 0 or 1.
  SharedArray<std::uint8_t> denser_kept;
  std::uint64_t denser_nnz = 0;  ///< number of ones in `denser_kept`

  std::uint64_t nnz() const { return denser_nnz + sparser.nnz(); }
  bool operator==(const PolarizedHead&) const = default;
};

/// The polarized maps of all heads of one attention operation.
struct PolarizedMap {
  std::uint32_t num_queries = 0;
  std::uint32_t num_keys = 0;
  std::vector<PolarizedHead> heads;
  /// No column is denser yet: they are sorted by their kept entries, the most first, and a compiler
  /// may make the first ones of each head denser.
  bool is_uncut = false;

  std::uint64_t nnz() const {
    std::uint64_t sum = 0;
    for (const PolarizedHead& head : heads) sum += head.nnz();
    return sum;
  }
  bool operator==(const PolarizedMap&) const = default;
};

/// The first `num_denser[h]` columns of each head h of an uncut map made denser.
PolarizedMap cut(const PolarizedMap& map, const std::vector<std::uint32_t>& num_denser);

/// Kept entries of a row, the mean over all heads.
double kept_a_row(const PolarizedMap& map);

}  // namespace vitcod
