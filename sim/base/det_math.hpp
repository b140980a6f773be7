// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vitcod {

// Elementary functions whose results are the same bits on every host: they use only additions,
// multiplications, divisions and square roots, which IEEE 754 fixes, where the functions of libm
// differ in the last bit between libraries. Relative error below 1e-14, unless said otherwise.

/// e^x. Overflows to infinity, underflows to zero through the subnormals; NaN gives NaN.
double det_exp(double x);

/// 2^x; exact where x is an integer. Overflow, underflow and NaN as det_exp.
double det_exp2(double x);

/// Natural logarithm. -infinity at zero, NaN below zero.
double det_log(double x);

/// Quantile of the normal distribution with mean 0 and standard deviation 1: the value below which
/// a share `p` lies. -infinity at 0, infinity at 1, NaN outside [0, 1].
double det_normal_quantile(double p);

}  // namespace vitcod
