// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "sim/base/int_math.hpp"

namespace vitcod {

/// How the machine's memory is handed out, in whole banks, and which engine must hold what.
struct HoldingRules {
  std::uint32_t input_bank_bytes = 1;   ///< of the buffer that Q, K and V are in
  std::uint32_t weight_bank_bytes = 1;  ///< of the buffer that weights are in
  std::uint32_t output_bank_bytes = 1;  ///< of the buffer that S and results are in
  /// Words of S, by engine: a score, and a score with its key of a byte, if nothing else is said.
  std::array<std::uint32_t, 2> score_word_bytes{2, 3};
  /// Banks that S is spread over at least, by engine, however few it fills: they can be read and
  /// written apart.
  std::array<std::uint32_t, 2> score_banks{1, 1};
  std::array<std::uint32_t, 2> score_rows{1U << 20U, 1U << 20U};  ///< of the row tables
  bool query_forwarding = true;   ///< the sparser engine takes Q rows that the denser one holds; or
                                  ///< one engine, which needs none
  bool mask_denser_block = true;  ///< the index has mask bits of denser blocks
  /// Banks side by side in which rows are carried from a tile of keys to the next; 0: in none, so
  /// that keys are not cut.
  std::uint32_t carried_banks = 0;
  /// Banks side by side that carried sums of linear layers take.
  std::uint32_t sum_banks = 1;
};

/// `bytes` rounded up to whole banks.
inline std::uint64_t whole_banks(std::uint64_t bytes, std::uint64_t bank_bytes) {
  return ceil_div(bytes, bank_bytes) * bank_bytes;
}

/// Banks that so many rows fill. A row lies in one bank, or side by side in several of its own if
/// it is wider.
inline std::uint64_t banks_of_rows(std::uint64_t rows, std::uint64_t row_bytes,
                                   std::uint64_t bank_bytes) {
  if (row_bytes > bank_bytes) return rows * ceil_div(row_bytes, bank_bytes);
  return ceil_div(rows, bank_bytes / row_bytes);
}

/// Places of such rows that can be read apart: at least one.
inline std::uint32_t banks_apart(std::uint64_t rows, std::uint64_t row_bytes,
                                 std::uint64_t bank_bytes) {
  const std::uint64_t banks = banks_of_rows(rows, row_bytes, bank_bytes);
  return static_cast<std::uint32_t>(
      std::max<std::uint64_t>(1, banks / ceil_div(row_bytes, bank_bytes)));
}

}  // namespace vitcod
