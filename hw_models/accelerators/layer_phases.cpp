// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/layer_phases.hpp"

#include <nlohmann/json.hpp>
#include <numeric>

namespace vitcod {

Cycle LayerPhases::total(std::size_t layer) const {
  return std::accumulate(cycles_[layer].begin(), cycles_[layer].end(), Cycle{0});
}

void LayerPhases::write(std::size_t layer, Json& by_phase) const {
  by_phase = Json::object();
  for (std::size_t reason = 0; reason < reasons_.size(); ++reason) {
    by_phase[std::string(reasons_[reason])] = cycles_[layer][reason];
  }
}

}  // namespace vitcod
