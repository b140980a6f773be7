// SPDX-License-Identifier: Apache-2.0
#include "test/system/random_linear.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/int_math.hpp"
#include "test/system/random_machines.hpp"

namespace vitcod::test {
namespace {

constexpr std::uint32_t kMostWidth = 70;
constexpr std::uint32_t kMostRows = 300;  ///< and features, and columns, of a layer alone

class LinearDrawer {
 public:
  LinearDrawer(Random& random, Trace& trace) : random_(random), trace_(trace) {}

  /// Operations that make some of the tensors that the attention reads and nothing makes.
  void add_projections() {
    for (std::size_t i = 0; i < trace_.operations.size(); ++i) {
      for (const TensorId target : targets_of(trace_.operations[i])) {
        if (is_made(target) || one_in(random_, 2)) continue;
        made_.clear();
        layer_ = trace_.operations[i].layer;
        add_projection(target);
        insert_made(one_in(random_, 2) ? i : 0);
        i += made_.size();
      }
    }
  }

  /// The whole program: one layer of random shape.
  void add_layer_alone() {
    DenseLinear params{log_uniform(random_, 1, kMostRows), log_uniform(random_, 1, kMostRows),
                       log_uniform(random_, 1, kMostRows)};
    TensorId x{};
    if (one_in(random_, 4)) {
      x = draw_window(params);
    } else {
      const std::uint32_t heads = one_in(random_, 2) ? 1 : uniform(random_, 2, 6);
      params.k = heads * ceil_div(params.k, heads);
      x = tensor({heads, params.m, params.k / heads});
    }
    params.residual = one_in(random_, 3);
    const std::uint32_t heads = params.residual || one_in(random_, 2) ? 1 : uniform(random_, 2, 6);
    params.n = heads * ceil_div(params.n, heads);
    const TensorId y = params.residual ? tensor({params.m, params.n}, 16)
                                       : tensor({heads, params.m, params.n / heads});
    linear(params, x, y);
    insert_made(0);
  }

  /// What follows some heads' outputs, at the end of the program.
  void add_tails() {
    const std::size_t num = trace_.operations.size();
    for (std::size_t i = 0; i < num; ++i) {
      if (!std::holds_alternative<Spmm>(trace_.operations[i].params) || one_in(random_, 2)) {
        continue;
      }
      made_.clear();
      layer_ = trace_.operations[i].layer;
      add_tail(trace_.operations[i].outputs[0]);
      insert_made(trace_.operations.size());
    }
  }

 private:
  static std::vector<TensorId> targets_of(const Operation& operation) {
    if (std::holds_alternative<Sddmm>(operation.params)) return operation.inputs;
    if (std::holds_alternative<Spmm>(operation.params)) return {operation.inputs[1]};
    const bool mixes = std::holds_alternative<HeadMixEncode>(operation.params) ||
                       std::holds_alternative<HeadMixDecode>(operation.params);
    return mixes ? std::vector<TensorId>{operation.inputs[0]} : std::vector<TensorId>{};
  }

  bool is_made(TensorId tensor) const {
    return std::any_of(trace_.operations.begin(), trace_.operations.end(),
                       [tensor](const Operation& operation) {
                         return operation.outputs == std::vector<TensorId>{tensor};
                       });
  }

  void insert_made(std::size_t place) {
    trace_.operations.insert(trace_.operations.begin() + static_cast<std::ptrdiff_t>(place),
                             made_.begin(), made_.end());
  }

  TensorId tensor(std::vector<std::uint32_t> shape, std::uint32_t bits = 8) {
    const auto number = static_cast<std::uint32_t>(trace_.tensors.size());
    trace_.tensors.push_back({"drawn" + std::to_string(number), std::move(shape), bits});
    return TensorId{number};
  }

  void operation(OperationParams params, std::vector<TensorId> inputs, TensorId output) {
    const auto number = static_cast<std::uint32_t>(output);
    made_.push_back(
        {"make" + std::to_string(number), layer_, std::move(params), std::move(inputs), {output}});
  }

  Activation draw_activation() {
    return pick(random_, {Activation::kNone, Activation::kNone, Activation::kGelu,
                          Activation::kHardswish, Activation::kRelu});
  }
  std::uint32_t draw_width() { return one_in(random_, 6) ? 1 : uniform(random_, 1, kMostWidth); }

  void linear(DenseLinear params, TensorId x, TensorId y) {
    std::vector<TensorId> inputs{x, tensor({params.k, params.n}), tensor({params.n}, 32),
                                 tensor({params.n}, 32)};
    if (params.residual) {
      const std::uint32_t bits = trace_.tensor(y).bits;
      inputs.push_back(tensor({params.m, params.n}, bits));
    }
    operation(params, std::move(inputs), y);
  }

  void add_projection(TensorId target) {
    const std::vector<std::uint32_t> shape = trace_.tensor(target).shape;
    DenseLinear params{shape[1], 1, shape[0] * shape[2]};
    params.activation = draw_activation();
    params.input_activation = draw_activation();
    const TensorId x = draw_input(params);
    linear(params, x, target);
  }

  /// X of a product with `m` rows: sets the other fields that it decides.
  TensorId draw_input(DenseLinear& params) {
    switch (uniform(random_, 0, 3)) {
      case 0:
        return draw_window(params);
      case 1: {
        const std::uint32_t heads = uniform(random_, 1, 4), width = uniform(random_, 1, 20);
        params.k = heads * width;
        params.first_row = uniform(random_, 0, 2);
        return tensor({heads, params.first_row + params.m + uniform(random_, 0, 2), width});
      }
      case 2:
        params.k = draw_width();
        return normalised(tensor({params.m, params.k}, 16), 8);
      default:
        params.k = draw_width();
        params.first_row = uniform(random_, 0, 2);
        return tensor({params.first_row + params.m, params.k});
    }
  }

  /// One row of `m` places on a grid.
  TensorId draw_window(DenseLinear& params) {
    Window window{};
    window.stride = uniform(random_, 1, 3);
    window.kernel_rows = uniform(random_, 1, 3);
    window.kernel_columns = uniform(random_, 1, 4);
    window.padding_rows = uniform(random_, 0, (window.kernel_rows - 1) / 2);
    window.grid_rows = window.kernel_rows - 2 * window.padding_rows;
    window.padding_columns = uniform(random_, 0, (window.kernel_columns - 1) / 2);
    window.grid_columns =
        (params.m - 1) * window.stride + window.kernel_columns - 2 * window.padding_columns;
    const std::uint32_t width = uniform(random_, 1, 9);
    params.k = window.kernel_rows * window.kernel_columns * width;
    params.window = window;
    return tensor({window.grid_rows * window.grid_columns, width});
  }

  TensorId normalised(TensorId x, std::uint32_t bits) {
    const std::vector<std::uint32_t> shape = trace_.tensor(x).shape;
    const TensorId y = tensor(shape, bits);
    operation(LayerNorm{shape[0], shape[1]}, {x, tensor({shape[1]}), tensor({shape[1]})}, y);
    return y;
  }

  void add_tail(TensorId heads) {
    const std::vector<std::uint32_t> shape = trace_.tensor(heads).shape;
    DenseLinear params{shape[1], shape[0] * shape[2], draw_width()};
    params.residual = true;
    const std::uint32_t bits = one_in(random_, 3) ? 8 : 16;
    const TensorId stream = tensor({params.m, params.n}, bits);
    linear(params, heads, stream);
    if (bits == 16 && one_in(random_, 2)) normalised(stream, one_in(random_, 2) ? 8 : 16);
  }

  Random& random_;
  Trace& trace_;
  std::vector<Operation> made_;  ///< in order, for one place of the program
  std::uint32_t layer_ = 0;
};

}  // namespace

void add_linear_layers(Random& random, Trace& trace) {
  LinearDrawer drawer(random, trace);
  drawer.add_projections();
  drawer.add_tails();
}

Trace random_linear_layer(Random& random) {
  Trace trace;
  trace.name = "linear";
  trace.provenance = R"({"model": "random"})";
  trace.value_seed = random.next_u64();
  trace.layers = {{"layer0"}};
  LinearDrawer(random, trace).add_layer_alone();
  return trace;
}

}  // namespace vitcod::test
