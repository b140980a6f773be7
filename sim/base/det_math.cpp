// SPDX-License-Identifier: Apache-2.0
#include "sim/base/det_math.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace vitcod {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

constexpr double kLn2 = 0x1.62e42fefa39efp-1;
// ln 2 in two parts. The low bits of the first are zero, so its product with an exponent is exact.
constexpr double kLn2High = 0x1.62e42fee00000p-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kSqrt2 = 0x1.6a09e667f3bcdp+0;

constexpr int kMinNormalExponent = -1022;
constexpr int kMaxExponent = 1023;
constexpr int kMantissaBits = 52;

/// 2^exponent for the exponent of a normal number.
double power_of_two(int exponent) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + kMaxExponent)
                               << kMantissaBits);
}

/// value x 2^exponent, rounded once, for value in [0.5, 2) and exponent in [-1100, 1024].
double scale(double value, int exponent) {
  if (exponent > kMaxExponent) return value * 2 * power_of_two(exponent - 1);
  if (exponent >= kMinNormalExponent) return value * power_of_two(exponent);
  constexpr int kShift = 128;  // into the normal numbers; the second product rounds
  return value * power_of_two(exponent + kShift) * power_of_two(-kShift);
}

/// Horner's rule, highest power first.
template <std::size_t kNum>
double polynomial(const std::array<double, kNum>& coefficients, double x) {
  double sum = 0;
  for (const double c : coefficients) sum = sum * x + c;
  return sum;
}

/// 1/13!, ..., 1/1!, 1/0!: the Taylor series of e^x.
constexpr auto kExpSeries = [] {
  std::array<double, 14> series{};
  double factorial = 1;
  for (std::size_t n = 0; n < series.size(); ++n) {
    series[series.size() - 1 - n] = 1 / factorial;
    factorial *= static_cast<double>(n + 1);
  }
  return series;
}();

/// e^x for |x| <= 0.35, where the first missing term is below 2^-57.
double exp_near_zero(double x) { return polynomial(kExpSeries, x); }

/// 1/23, 1/21, ..., 1/5, 1/3: the series of (artanh(s) / s - 1) / s^2 in powers of s^2.
constexpr auto kArtanhSeries = [] {
  std::array<double, 11> series{};
  for (std::size_t i = 0; i < series.size(); ++i) series[i] = 1.0 / static_cast<double>(23 - 2 * i);
  return series;
}();

// Rational approximations of Wichura, "Algorithm AS241: The Percentage Points of the Normal
// Distribution", Applied Statistics 37 (1988), PPND16.
using Coefficients = std::array<double, 8>;
constexpr Coefficients kCentralNum = {2.5090809287301226727e+3, 3.3430575583588128105e+4,
                                      6.7265770927008700853e+4, 4.5921953931549871457e+4,
                                      1.3731693765509461125e+4, 1.9715909503065514427e+3,
                                      1.3314166789178437745e+2, 3.3871328727963666080e+0};
constexpr Coefficients kCentralDen = {5.2264952788528545610e+3, 2.8729085735721942674e+4,
                                      3.9307895800092710610e+4, 2.1213794301586595867e+4,
                                      5.3941960214247511077e+3, 6.8718700749205790830e+2,
                                      4.2313330701600911252e+1, 1.0};
constexpr Coefficients kTailNum = {7.74545014278341407640e-4, 2.27238449892691845833e-2,
                                   2.41780725177450611770e-1, 1.27045825245236838258e+0,
                                   3.64784832476320460504e+0, 5.76949722146069140550e+0,
                                   4.63033784615654529590e+0, 1.42343711074968357734e+0};
constexpr Coefficients kTailDen = {1.05075007164441684324e-9, 5.47593808499534494600e-4,
                                   1.51986665636164571966e-2, 1.48103976427480074590e-1,
                                   6.89767334985100004550e-1, 1.67638483018380384940e+0,
                                   2.05319162663775882187e+0, 1.0};
constexpr Coefficients kFarTailNum = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                      1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                      2.96560571828504891230e-1, 1.78482653991729133580e+0,
                                      5.46378491116411436990e+0, 6.65790464350110377720e+0};
constexpr Coefficients kFarTailDen = {2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                      1.84631831751005468180e-5,  7.86869131145613259100e-4,
                                      1.48753612908506148525e-2,  1.36929880922735805310e-1,
                                      5.99832206555887937690e-1,  1.0};

}  // namespace

double det_exp(double x) {
  if (std::isnan(x)) return x;
  if (x > 710) return kInf;
  if (x < -746) return 0;
  const double n = std::floor(x / kLn2 + 0.5);
  return scale(exp_near_zero(x - n * kLn2High - n * kLn2Low), static_cast<int>(n));
}

double det_exp2(double x) {
  if (std::isnan(x)) return x;
  if (x >= 1024) return kInf;
  if (x < -1076) return 0;
  const double n = std::floor(x + 0.5);
  return scale(exp_near_zero((x - n) * kLn2), static_cast<int>(n));
}

double det_log(double x) {
  if (std::isnan(x) || x == kInf) return x;
  if (x < 0) return kNan;
  if (x == 0) return -kInf;
  int exponent = 0;
  if (x < power_of_two(kMinNormalExponent)) {
    exponent = -kMantissaBits;
    x *= power_of_two(kMantissaBits);
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  exponent += static_cast<int>(bits >> kMantissaBits) - kMaxExponent;
  constexpr std::uint64_t kMantissaMask = (std::uint64_t{1} << kMantissaBits) - 1;
  double m = std::bit_cast<double>((bits & kMantissaMask) | std::bit_cast<std::uint64_t>(1.0));
  if (m > kSqrt2) {
    m /= 2;
    ++exponent;
  }
  // ln m = 2 artanh s with |s| <= 0.172; the first missing term is below 2^-63.
  const double s = (m - 1) / (m + 1);
  const double ln_m = 2 * (s + s * (s * s) * polynomial(kArtanhSeries, s * s));
  return exponent * kLn2High + (exponent * kLn2Low + ln_m);
}

double det_normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return kNan;
  if (p == 0) return -kInf;
  if (p == 1) return kInf;
  const double q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(kCentralNum, r) / polynomial(kCentralDen, r);
  }
  const double r = std::sqrt(-det_log(q < 0 ? p : 1 - p));
  const double x = r <= 5 ? polynomial(kTailNum, r - 1.6) / polynomial(kTailDen, r - 1.6)
                          : polynomial(kFarTailNum, r - 5) / polynomial(kFarTailDen, r - 5);
  return q < 0 ? -x : x;
}

}  // namespace vitcod
