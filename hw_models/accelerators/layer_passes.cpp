// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/layer_passes.hpp"

#include <string_view>
#include <utility>

namespace vitcod {
namespace {

std::vector<std::string_view> names_of(const std::vector<Layer>& layers) {
  std::vector<std::string_view> names;
  names.reserve(layers.size());
  for (const Layer& layer : layers) names.push_back(layer.name);
  return names;
}

}  // namespace

LayerPasses::Account::Account(StatGroup& group, const std::vector<Layer>& layers)
    : CycleAccount(group, "cycles", names_of(layers)) {}

LayerPasses::LayerPasses(Block& leader, const std::vector<Layer>& layers,
                         std::function<std::size_t()> layer_now)
    : layer_now_(std::move(layer_now)), account_(group_, layers) {
  leader.listen(*this);
}

}  // namespace vitcod
