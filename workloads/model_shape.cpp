// SPDX-License-Identifier: Apache-2.0
#include "workloads/model_shape.hpp"

#include <fmt/format.h>

#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

/// A square convolution of a square image.
Window convolution(std::uint32_t side, const StemLayer& layer) {
  const std::uint32_t padding = (layer.kernel - 1) / 2;
  return {side, side, layer.kernel, layer.kernel, layer.stride, padding, padding};
}

}  // namespace

Activation ModelShape::activation() const {
  if (model_.activation == "gelu") return Activation::kGelu;
  return model_.activation == "relu" ? Activation::kRelu : Activation::kHardswish;
}

bool ModelShape::embeds_patches() const {
  return model_.stem.size() == 1 && model_.stem.front().kernel == model_.stem.front().stride;
}

std::vector<StemStep> ModelShape::stem_steps() const {
  if (embeds_patches()) {
    const StemLayer& first = model_.stem.front();
    const std::uint32_t rows = model_.num_keys(model_.groups.front());
    const std::uint32_t features = first.kernel * first.kernel * first.in_channels;
    return {
        {"patch_embedding", "patches", {rows, features}, rows, features, first.out_channels, {}}};
  }
  std::uint32_t side = *model_.image_size;
  std::vector<StemStep> steps;
  for (const StemLayer& layer : model_.stem) {
    const Window window = convolution(side, layer);
    steps.push_back({fmt::format("conv{}", steps.size()),
                     "image",
                     {side * side, layer.in_channels},
                     window.output_rows() * window.output_columns(),
                     layer.kernel * layer.kernel * layer.in_channels,
                     layer.out_channels,
                     window});
    side = window.output_rows();
  }
  return steps;
}

std::optional<Window> ModelShape::mlp_window(const AttentionGroup& group) {
  const std::uint32_t kernel = group.mlp_kernel.value_or(1), stride = group.mlp_stride.value_or(1);
  if (kernel == 1 && stride == 1) return std::nullopt;
  return Window{1, group.query_grid.columns, 1, kernel, stride, 0, (kernel - 1) / 2};
}

TokenGrid ModelShape::output_grid(const AttentionGroup& group) {
  const std::optional<Window> window = mlp_window(group);
  return window ? TokenGrid{1, window->output_columns()} : group.query_grid;
}

std::optional<Window> ModelShape::query_window(const AttentionGroup& group) const {
  const TokenGrid &queries = group.query_grid, &keys = group.key_grid;
  if (queries.rows == keys.rows && queries.columns == keys.columns) return std::nullopt;
  const std::uint32_t stride = ceil_div(keys.rows, queries.rows);
  return Window{keys.rows, keys.columns, 1, 1, stride, 0, 0};
}

}  // namespace vitcod
