// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "sim/base/config_reader.hpp"

namespace vitcod {

/// Rows of S that are computed with the low bits of Q and K too.
enum class LowBits : std::uint8_t {
  kNone,
  kFlatRows,  ///< those whose largest probability is small, once more (progressive quantisation)
  kAllRows,
};

struct LowBitsConfig {
  LowBits rows = LowBits::kNone;
  double flat_below = 0;
  std::uint32_t row_marks = 1;

  bool has_any() const { return rows != LowBits::kNone; }
  /// `flat_below` with 16 fraction bits.
  std::uint32_t threshold() const {
    return static_cast<std::uint32_t>(std::floor(flat_below * 65536.0 + 0.5));
  }
};

inline void read(ConfigReader& reader, LowBitsConfig& config) {
  static constexpr std::array<std::pair<std::string_view, LowBits>, 3> kNames{
      {{"none", LowBits::kNone}, {"flat", LowBits::kFlatRows}, {"all", LowBits::kAllRows}}};
  reader.required_enum<LowBits>("rows", config.rows, kNames,
                                "Rows of S that are computed with the low bits of Q and K");
  reader.required("flat_below", config.flat_below,
                  "Rows are flat whose largest probability is less", Range{0.0, 1.0});
  reader.required("row_marks", config.row_marks, "Rows of which it is marked whether they are flat",
                  Range{1U, 1U << 20U});
  reader.finish();
}

}  // namespace vitcod
