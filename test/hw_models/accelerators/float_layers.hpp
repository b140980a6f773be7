// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "hw_models/accelerators/operand_image.hpp"
#include "hw_models/accelerators/reference_model.hpp"
#include "workloads/trace.hpp"

namespace vitcod::test {

/// Tensors as numbers, in their own steps.
using FloatTensors = std::function<std::vector<double>(TensorId)>;

/// The results of one operation in float, without rounding or saturation, of every `row_step`th row
/// or token; the others are NaN. Those of an SDDMM or softmax are not computed: the SpMM does.
std::vector<double> float_operation(const Trace& trace, const Operation& operation,
                                    const ValueFormats& formats, const FloatTensors& tensors,
                                    std::size_t row_step);

/// A tensor that `image` holds.
std::vector<double> numbers_of(const Trace& trace, TensorId id, OperandImage& image);

/// Power of `exact` over that of the difference; places where `exact` is NaN are left out.
double sqnr_db(const std::vector<double>& exact, const std::vector<double>& results);

/// One operation's results against those of float computation from the same inputs.
struct LayerFigures {
  double sqnr_db = 0.0;          ///< against float from the same inputs, every eighth row of many
  double saturated_share = 0.0;  ///< of all results, those at a bound of their width
  double rms = 0.0;              ///< of the results, in their own steps
};

/// Of an operation whose results `image` holds; nothing of an SDDMM or softmax.
std::optional<LayerFigures> figures_of(const Trace& trace, const Operation& operation,
                                       const ValueFormats& formats, OperandImage& image);

/// What rounding leaves at least. To whole numbers, results of deviation 32 keep 10 log(12 x 32^2)
/// = 40.9 dB; those twice rounded (by an activation's table), less. Means of 16 tokens or 20 values
/// are a quarter to a third as wide, 29 to 31 dB, and what hardswish makes of those half that, 23
/// dB.
double least_sqnr_db(const Trace& trace, const Operation& operation);

}  // namespace vitcod::test
