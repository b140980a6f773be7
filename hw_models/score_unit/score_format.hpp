// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace vitcod {

/// Bytes of an entry of S: mantissa and exponent.
inline constexpr std::uint32_t kScoreBytes = 2;

/// Bits of a raw score with its sign: a product of two int8 is at most 2^14, so that sums of up to
/// kMaxScoreFeatures of them fit.
inline constexpr std::uint32_t kRawScoreBits = 22;
inline constexpr std::uint32_t kMaxScoreFeatures = (1U << (kRawScoreBits - 1 - 14)) - 1;

/// Number format of scores, a base-2 block floating point (assumed; the paper gives none).
///
/// A raw score q.k (kRawScoreBits) is scaled to t = log2(e) q.k / sqrt(d) in fixed point with 8
/// fraction bits, saturated to 16 bits. exp(score) = 2^t is held as an 8-bit mantissa, round(128 x
/// 2^frac(t)) from a table of 256 entries, and an 8-bit exponent floor(t): it can leave as soon as
/// the score is complete, before the row's maximum is known. When S is read for the SpMM, the
/// mantissa is shifted right (rounding half up) by the distance to the largest exponent of the row,
/// which gives an unsigned 8-bit weight: the largest of a row is at least 128. The row sum adds the
/// same weights that multiply V, so the weights of a row sum to exactly one.
///
/// Sigmoid attention uses the same format without row state: ScoreElementwise in
/// workloads/operation_params.hpp.
struct Score {
  std::uint8_t mantissa = 0;  ///< 128..255; 0 marks a pruned entry of the denser block
  std::int8_t exponent = 0;
};

/// Exponent of a row without entries.
inline constexpr std::int16_t kNoExponent = -256;

/// What the weights of all rows are shifted against in sigmoid attention.
std::int32_t sigmoid_exponent(double bias);

class ScoreFormat {
 public:
  /// For head dimension `features`; operands are int8 fixed point with `fraction_bits` fraction
  /// bits. With `sigmoid_bias`: sigmoid in place of exp.
  ScoreFormat(std::uint32_t features, std::uint32_t fraction_bits,
              std::optional<double> sigmoid_bias = std::nullopt);

  /// 2^t of the raw score, or its sigmoid. `low_bits`: fraction bits that each operand has besides.
  Score score(std::int32_t raw, unsigned low_bits = 0) const {
    const unsigned shift = kShift + 2 * low_bits;
    const std::int64_t scaled =
        ((std::int64_t{raw} * multiplier_ + (std::int64_t{1} << (shift - 1))) >> shift) + offset_;
    const std::int64_t t = scaled < -32768 ? -32768 : (scaled > 32767 ? 32767 : scaled);
    if (!sigmoid_.empty() && t >= kSigmoidBegin) return sigmoid(t);
    return Score{mantissa_[static_cast<std::size_t>(t & 0xFF)], static_cast<std::int8_t>(t >> 8)};
  }

  /// The weight of a score in a row whose largest exponent is `row_exponent`.
  static std::uint32_t weight(Score score, std::int32_t row_exponent) {
    const std::int32_t shift = row_exponent - score.exponent;
    if (shift > 8) return 0;
    if (shift < 0) return 255;  // of sigmoid alone: a row's largest exponent is not below
    if (shift == 0) return score.mantissa;
    return (score.mantissa + (1U << (shift - 1))) >> shift;
  }

  /// The output element: `accumulated` (sum of weight x V) over the row sum, rounded half up; 0 for
  /// a row without entries. `low_bits`: fraction bits that V has besides, for which the output is
  /// saturated.
  static std::int8_t normalise(std::int32_t accumulated, std::uint32_t row_sum,
                               unsigned low_bits = 0) {
    if (row_sum == 0) return 0;
    const std::int64_t sum = std::int64_t{row_sum} << low_bits;
    const std::int64_t numerator = 2 * std::int64_t{accumulated} + sum;
    std::int64_t quotient = numerator / (2 * sum);
    if (numerator % (2 * sum) < 0) --quotient;
    return static_cast<std::int8_t>(quotient > 127 ? 127 : quotient);
  }

  /// The output element of sigmoid attention: `accumulated` over 2^(7 - exponent), rounded half up
  /// and saturated.
  static std::int8_t scale_down(std::int32_t accumulated, std::int32_t exponent) {
    const auto shift = static_cast<unsigned>(7 - exponent);
    if (shift > 32) return 0;
    const std::int64_t scaled =
        (std::int64_t{accumulated} + (std::int64_t{1} << (shift - 1))) >> shift;
    return static_cast<std::int8_t>(scaled < -128 ? -128 : (scaled > 127 ? 127 : scaled));
  }

 private:
  static constexpr unsigned kShift = 24;
  static constexpr std::int64_t kSigmoidBegin = -2048;  ///< below, sigmoid is exp
  static constexpr std::int64_t kSigmoidStep = 16;

  Score sigmoid(std::int64_t t) const {
    const auto step = static_cast<std::size_t>((t - kSigmoidBegin) / kSigmoidStep);
    return step < sigmoid_.size() ? sigmoid_[step] : Score{128, 0};
  }

  std::int64_t multiplier_;
  std::int64_t offset_ = 0;     ///< of the bias, in units of t
  std::vector<Score> sigmoid_;  ///< empty: exp
  std::array<std::uint8_t, 256> mantissa_{};
};

}  // namespace vitcod
