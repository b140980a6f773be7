// SPDX-License-Identifier: Apache-2.0
#include "hw_models/score_unit/score_format.hpp"

#include <catch2/catch.hpp>
#include <cmath>

namespace vitcod::score_format_test {
namespace {

struct Case {
  std::int32_t raw;
  int mantissa;
  int exponent;
};

void check_scores(const ScoreFormat& format, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    CAPTURE(c.raw);
    const Score score = format.score(c.raw);
    CHECK(int(score.mantissa) == c.mantissa);
    CHECK(int(score.exponent) == c.exponent);
  }
}

std::uint32_t weight(int mantissa, int exponent, int row_exponent) {
  const Score score{static_cast<std::uint8_t>(mantissa), static_cast<std::int8_t>(exponent)};
  return ScoreFormat::weight(score, row_exponent);
}

}  // namespace

TEST_CASE("scores are powers of two in the documented fixed point") {
  // d = 1, no fraction bits: t = log2(e) raw in units of 1/256, 369.33 a step, rounded.
  //   raw   t in 1/256        exponent  fraction   128 x 2^(fraction/256)
  //    0       0                  0         0      128
  //    1     369.33 ->  369       1       113      128 x 1.35793 = 173.8
  //    2     738.66 ->  739       2       227      128 x 1.84897 = 236.7
  //   -1    -369.33 -> -369      -2       143      128 x 1.47283 = 188.5 (188.52)
  //   -2    -738.66 -> -739      -3        29      128 x 1.08169 = 138.5 (138.456)
  //   10    3693.30 -> 3693      14       109      128 x 1.34333 = 171.9
  check_scores(
      ScoreFormat(1, 0),
      {{0, 128, 0}, {1, 174, 1}, {2, 237, 2}, {-1, 189, -2}, {-2, 138, -3}, {10, 172, 14}});
}

TEST_CASE("fraction bits and the head dimension scale a raw score") {
  // d = 64 and 4 fraction bits: t = log2(e) raw / (8 x 2^8), so raw 2048 is e^1 and 1024 is e^0.5.
  //   2048: as raw 1 above.   1024: t = 184.66 -> 185: 128 x 2^(185/256) = 128 x 1.65022 = 211.2
  //   -1024: t = -184.66 -> -185 = -256 + 71: 128 x 2^(71/256) = 128 x 1.21196 = 155.1
  check_scores(ScoreFormat(64, 4),
               {{2048, 174, 1}, {1024, 211, 0}, {-1024, 155, -1}, {1, 128, 0}, {2, 128, 0}});
  // t = 0.18 a unit: 2 -> 0.36 -> 0, 3 -> 0.54 -> 1: 128 x 2^(1/256) = 128.35
  check_scores(ScoreFormat(64, 4), {{3, 128, 0}});
}

TEST_CASE("sigmoid takes exp far below zero, a table around it, and one above") {
  // d = 1, no fraction bits, as above. A step of the table is 16 in t; its middle counts:
  //   raw      t     middle     2^middle    sigmoid
  //    0       0   8/256          1.02190   0.505415 = 1.010830 / 2    128 x 1.010830 = 129.4
  //    1     369   376/256        2.76777   0.734591 = 1.469182 / 2    188.1
  //   -1    -369   -376/256       0.36130   0.265409 = 1.061636 / 4    135.9
  //    5    1847   1848/256     148.94      0.993331 = 1.986662 / 2    254.3
  //    6    2216   from 2048 on: 1
  //   -6   -2216 = -9 x 256 + 88   below -2048: 2^t   128 x 2^(88/256) = 162.4
  check_scores(
      ScoreFormat(1, 0, 0.0),
      {{0, 129, -1}, {1, 188, -1}, {-1, 136, -2}, {5, 254, -1}, {6, 128, 0}, {-6, 162, -9}});
  // The bias: 369.33 for each 1, rounded, is added to t. 3 - 3: -2 x 0.33 of rounding, t = 0.
  check_scores(ScoreFormat(1, 0, -3.0), {{3, 129, -1}, {2, 136, -2}, {9, 128, 0}});
  // Saturated after the bias: -80 - 20 is t = -36933, at -32768: 2^-128.
  check_scores(ScoreFormat(1, 0, -80.0), {{-20, 128, -128}});
}

TEST_CASE("sigmoid's table is within a step of the exact sigmoid, and never falls") {
  const ScoreFormat format(64, 5, 0.0);
  double last = 0.0;
  for (std::int32_t raw = -80'000; raw <= 80'000; raw += 17) {
    const Score score = format.score(raw);
    const double value = std::ldexp(score.mantissa / 128.0, score.exponent);
    const double exact = 1.0 / (1.0 + std::exp(-raw / 8192.0));
    CHECK(value >= last);
    // Half a step of 1/16 octave, 2.2 %, half a unit of the mantissa, 0.4 %, and of t, 0.14 %;
    // below the table sigmoid is up to 2^-8 less than exp.
    CHECK(std::abs(value - exact) <= 0.028 * exact);
    last = value;
  }
}

TEST_CASE("sigmoid weights are shifted against one exponent, six octaves above the bias") {
  // log2(e) x bias: 0; -2.3: -3.32; -5.283: -7.62; -20: -28.85.
  CHECK(sigmoid_exponent(0.0) == 0);
  CHECK(sigmoid_exponent(-2.3) == 0);
  CHECK(sigmoid_exponent(-5.283) == -2);
  CHECK(sigmoid_exponent(-20.0) == -23);
  CHECK(sigmoid_exponent(5.0) == 0);
  CHECK(weight(200, -3, -4) == 255);  // what is larger saturates
  CHECK(weight(200, -4, -4) == 200);
  CHECK(weight(201, -5, -4) == 101);
}

TEST_CASE("results of sigmoid attention are shifted down, halves up, and saturate") {
  CHECK(ScoreFormat::scale_down(64, 0) == 1);  // over 128: a half
  CHECK(ScoreFormat::scale_down(63, 0) == 0);
  CHECK(ScoreFormat::scale_down(-64, 0) == 0);
  CHECK(ScoreFormat::scale_down(-65, 0) == -1);
  CHECK(ScoreFormat::scale_down(127 * 128 + 63, 0) == 127);
  CHECK(ScoreFormat::scale_down(1 << 20, 0) == 127);
  CHECK(ScoreFormat::scale_down(-(1 << 20), 0) == -128);
  CHECK(ScoreFormat::scale_down(3 * 2048, -4) == 3);
  CHECK(ScoreFormat::scale_down(2147483647, -25) == 0);  // over 2^32: just below a half
  CHECK(ScoreFormat::scale_down(2147483647, -60) == 0);
}

TEST_CASE("the exponent saturates at 16 bits of t") {
  // 88: t = 32501.03 = 126 x 256 + 245: 128 x 2^(245/256) = 128 x 1.94131 = 248.49.
  // 89: t = 32870.4 is above 32767 = 127 x 256 + 255: 128 x 2^(255/256) = 255.3.
  // -88: t = -32501 = -127 x 256 + 11: 128 x 2^(11/256) = 128 x 1.03023 = 131.9.
  // -89: t = -32870 is below -32768 = -128 x 256.
  check_scores(ScoreFormat(1, 0), {{88, 248, 126},
                                   {89, 255, 127},
                                   {16129, 255, 127},
                                   {-88, 132, -127},
                                   {-89, 128, -128},
                                   {-16256, 128, -128}});
}

TEST_CASE("the widest raw scores do not overflow") {
  // d = 2^17 - 1 products of -128 x -128 fill int32; at 7 fraction bits t is far above 16 bits.
  const std::int32_t widest = 131071 * 16384;
  check_scores(ScoreFormat(131071, 0), {{widest, 255, 127}, {-widest, 128, -128}});
  check_scores(ScoreFormat(131071, 7), {{widest, 255, 127}, {0, 128, 0}, {-widest, 128, -128}});
}

TEST_CASE("a weight is the mantissa shifted right, rounding half up") {
  CHECK(weight(200, 3, 3) == 200);
  CHECK(weight(200, 3, 4) == 100);
  CHECK(weight(201, 3, 4) == 101);  // 100.5
  CHECK(weight(202, 3, 5) == 51);   // 50.5
  CHECK(weight(201, 3, 5) == 50);   // 50.25
  CHECK(weight(255, -4, 3) == 2);   // 255 / 128 = 1.99
  CHECK(weight(191, -4, 3) == 1);   // 191 / 128 = 1.49
  CHECK(weight(192, -4, 3) == 2);   // 1.5
  CHECK(weight(128, -8, 0) == 1);   // 128 / 256 = 0.5
  CHECK(weight(255, -8, 0) == 1);   // 0.996
  CHECK(weight(255, -9, 0) == 0);   // 0.498
  CHECK(weight(255, -128, 127) == 0);
}

TEST_CASE("a pruned entry of the denser block weighs nothing") {
  for (int row_exponent = 0; row_exponent < 12; ++row_exponent) {
    CHECK(weight(0, 0, row_exponent) == 0);
  }
}

TEST_CASE("the largest weight of a row is at least 128") {
  const ScoreFormat format(64, 5);
  for (std::int32_t raw = -100'000; raw <= 100'000; raw += 37) {
    const Score score = format.score(raw);
    REQUIRE(ScoreFormat::weight(score, score.exponent) >= 128);
  }
}

TEST_CASE("division rounds half up, for negative sums as well") {
  CHECK(int(ScoreFormat::normalise(7, 2)) == 4);    // 3.5
  CHECK(int(ScoreFormat::normalise(-7, 2)) == -3);  // -3.5
  CHECK(int(ScoreFormat::normalise(1, 2)) == 1);    // 0.5
  CHECK(int(ScoreFormat::normalise(-1, 2)) == 0);   // -0.5
  CHECK(int(ScoreFormat::normalise(5, 3)) == 2);    // 1.67
  CHECK(int(ScoreFormat::normalise(-5, 3)) == -2);  // -1.67
  CHECK(int(ScoreFormat::normalise(4, 3)) == 1);    // 1.33
  CHECK(int(ScoreFormat::normalise(-4, 3)) == -1);  // -1.33
  CHECK(int(ScoreFormat::normalise(0, 255)) == 0);
  CHECK(int(ScoreFormat::normalise(-128 * 200, 200)) == -128);
  CHECK(int(ScoreFormat::normalise(127 * 200, 200)) == 127);
  CHECK(int(ScoreFormat::normalise(127 * 50'000, 50'000)) == 127);
  CHECK(int(ScoreFormat::normalise(0, 0)) == 0);  // a row without entries
}

TEST_CASE("low bits of both operands are scaled away, and those of V, with saturation") {
  const ScoreFormat format(64, 5);
  for (const std::int32_t raw : {-70000, -999, 0, 3, 12345, 70000}) {
    const Score score = format.score(raw * 256, 4);
    CHECK(score.mantissa == format.score(raw).mantissa);
    CHECK(score.exponent == format.score(raw).exponent);
  }
  CHECK(int(ScoreFormat::normalise(2047 * 200, 200, 4)) == 127);  // 127 15/16
  CHECK(int(ScoreFormat::normalise(-2048 * 200, 200, 4)) == -128);
  CHECK(int(ScoreFormat::normalise(24 * 200, 200, 4)) == 2);  // 1 1/2
  CHECK(int(ScoreFormat::normalise(23 * 200, 200, 4)) == 1);
}

}  // namespace vitcod::score_format_test
