// SPDX-License-Identifier: Apache-2.0
#include "sim/base/det_math.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "sim/base/random.hpp"
#include "sim/base/sha256.hpp"

namespace vitcod::det_math_test {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double relative_error(double actual, double expected) {
  return expected == 0 ? std::abs(actual) : std::abs(actual / expected - 1);
}

/// The largest relative error over 200,000 arguments spread evenly over [low, high].
template <typename Ours, typename Reference>
double worst_error(double low, double high, Ours ours, Reference reference) {
  Random random(11);
  double worst = 0;
  for (int i = 0; i < 200'000; ++i) {
    const double x = low + (high - low) * random.uniform_real();
    worst = std::max(worst, relative_error(ours(x), reference(x)));
  }
  return worst;
}

/// SHA-256 of the bits of function(0), ..., function(9999).
template <typename Function>
std::string digest_of(Function function) {
  std::string bytes;
  for (int i = 0; i < 10'000; ++i) {
    const auto bits = std::bit_cast<std::array<char, sizeof(double)>>(function(i));
    bytes.append(bits.begin(), bits.end());
  }
  return sha256_hex(bytes);
}

const auto kExp = [](double x) { return std::exp(x); };
const auto kExp2 = [](double x) { return std::exp2(x); };
const auto kLog = [](double x) { return std::log(x); };

}  // namespace

TEST_CASE("det_exp agrees with libm over its range") {
  CHECK(worst_error(-708, 709.7, det_exp, kExp) < 1e-14);
  CHECK(worst_error(-1, 1, det_exp, kExp) < 1e-15);
  CHECK(worst_error(-1e-6, 1e-6, det_exp, kExp) < 1e-15);
}

TEST_CASE("det_exp ends as libm does") {
  CHECK(det_exp(0) == 1);
  CHECK(det_exp(710) == kInf);
  CHECK(det_exp(kInf) == kInf);
  CHECK(det_exp(-kInf) == 0);
  CHECK(det_exp(-746) == 0);
  CHECK(det_exp(-1e300) == 0);
  CHECK(det_exp(-745.1) == std::numeric_limits<double>::denorm_min());
  CHECK(det_exp(709.78) == Approx(std::exp(709.78)).epsilon(1e-13));
  CHECK(det_exp(-720) == Approx(std::exp(-720)).epsilon(1e-9));  // a subnormal of 38 bits
  CHECK(std::isnan(det_exp(kNan)));
}

TEST_CASE("det_exp2 is exact for integers and agrees with libm elsewhere") {
  for (int n = -1074; n <= 1023; ++n) {
    if (det_exp2(n) != std::ldexp(1.0, n)) FAIL("2^" << n);
  }
  CHECK(worst_error(-1021, 1023.9, det_exp2, kExp2) < 1e-15);
  CHECK(det_exp2(1024) == kInf);
  CHECK(det_exp2(-1076) == 0);
  CHECK(det_exp2(-kInf) == 0);
  CHECK(std::isnan(det_exp2(kNan)));
}

TEST_CASE("det_log agrees with libm over its range") {
  CHECK(worst_error(0, 1, det_log, kLog) < 1e-15);
  CHECK(worst_error(0.999, 1.001, det_log, kLog) < 1e-15);
  CHECK(worst_error(1, 1e6, det_log, kLog) < 1e-15);
  Random random(12);
  double worst = 0;
  for (int i = 0; i < 200'000; ++i) {
    const double x = std::exp2(-1074 + 2097 * random.uniform_real());
    worst = std::max(worst, relative_error(det_log(x), std::log(x)));
  }
  CHECK(worst < 1e-15);
}

TEST_CASE("det_log ends as libm does") {
  CHECK(det_log(1) == 0);
  CHECK(det_log(0) == -kInf);
  CHECK(det_log(-0.0) == -kInf);
  CHECK(det_log(kInf) == kInf);
  CHECK(std::isnan(det_log(-1)));
  CHECK(std::isnan(det_log(kNan)));
  const double largest = std::numeric_limits<double>::max();
  CHECK(det_log(largest) == Approx(std::log(largest)).epsilon(1e-15));
  const double smallest = std::numeric_limits<double>::denorm_min();
  CHECK(det_log(smallest) == Approx(std::log(smallest)).epsilon(1e-15));
}

// Computed in Python with 90-digit decimals, from the Taylor series of the distribution function.
TEST_CASE("det_normal_quantile gives the values of high-precision arithmetic") {
  const std::pair<double, double> cases[] = {
      {0.975, 1.9599639845400538}, {0.5000001, 2.506628273311648e-07}, {0.3, -0.5244005127080408},
      {0.07, -1.4757910281791706}, {0.9, 1.2815515655446006},          {1e-3, -3.0902323061678136},
      {1e-10, -6.361340902404057}, {1e-13, -7.348796102800677},        {1e-20, -9.262340089798407}};
  for (const auto& [p, x] : cases) {
    CAPTURE(p);
    CHECK(relative_error(det_normal_quantile(p), x) < 1e-15);
  }
}

TEST_CASE("det_normal_quantile inverts the distribution function of libm") {
  const auto worst = [](double low, double high) {
    return worst_error(
        low, high, [](double x) { return det_normal_quantile(std::erfc(-x / std::sqrt(2.0)) / 2); },
        [](double x) { return x; });
  };
  CHECK(worst(-8, -1) < 1e-13);
  CHECK(worst(-37, -8) < 1e-13);
  CHECK(worst(0.5, 1) < 1e-13);
}

TEST_CASE("det_normal_quantile is odd about one half, and ends at 0 and 1") {
  CHECK(det_normal_quantile(0.5) == 0);
  for (const double p : {0.25, 0.0625, 0x1p-10, 0x1p-40}) {
    CHECK(det_normal_quantile(1 - p) == -det_normal_quantile(p));
  }
  CHECK(det_normal_quantile(0) == -kInf);
  CHECK(det_normal_quantile(1) == kInf);
  CHECK(std::isnan(det_normal_quantile(-0.1)));
  CHECK(std::isnan(det_normal_quantile(1.1)));
  CHECK(std::isnan(det_normal_quantile(kNan)));
}

// The bits are the contract. The digests were computed by a transcription of the algorithms to
// Python, whose floats are IEEE doubles and are never contracted; a fused multiply-add anywhere, or
// a function of libm, changes them.
TEST_CASE("results have the same bits on every host") {
  CHECK(det_exp(-3.7) == 0.024723526470339388);
  CHECK(det_exp2(0.5) == 1.414213562373095);
  CHECK(det_log(1.0000001) == 9.999999505838703e-08);
  CHECK(digest_of([](int i) { return det_exp(-700 + i * 0.1375); }) ==
        "5a4c47be90c87dec54e8869cdcfb2e83bcb58b996a5967eaa0743c680d96777a");
  CHECK(digest_of([](int i) { return det_exp2(-1000 + i * 0.19921875); }) ==
        "dbf407d4e47d7301aedffb71e86c5fea413ce355b3a7656feda45a654432756e");
  CHECK(digest_of([](int i) { return det_log((i + 1) * 0.0009765625 * 1.1); }) ==
        "54f8c43ee231a7a330864815fc2567959dd8784bcf0f1fcb617f6dfab6aa6d1e");
  CHECK(digest_of([](int i) { return det_normal_quantile((i + 0.5) * 1.1 / 11000); }) ==
        "5605d07589d6889de396f1e25540e9a7b1f7c047529cf4c3197eda4fff49e565");
}

}  // namespace vitcod::det_math_test
