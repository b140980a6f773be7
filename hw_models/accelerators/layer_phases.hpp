// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "sim/base/stats.hpp"
#include "sim/kernel/block.hpp"

namespace vitcod {

/// The phases of each layer: listens to the block that leads a machine through its layers, and
/// gives each cycle that passes there to the layer that is worked on.
class LayerPhases final : public CycleListener {
 public:
  /// `layer_now`: the layer that the cycles belong to which pass now, below `num_layers`.
  LayerPhases(Block& leader, std::size_t num_layers, std::function<std::size_t()> layer_now)
      : reasons_(leader.account()->reasons()),
        layer_now_(std::move(layer_now)),
        cycles_(num_layers, std::vector<Cycle>(reasons_.size(), 0)) {
    leader.listen(*this);
  }

  void on_pass(const CycleAccount&, std::size_t reason, Cycle from, Cycle to) override {
    cycles_[layer_now_()][reason] += to - from;
  }

  Cycle total(std::size_t layer) const;
  /// Writes the cycles of a layer by phase, as the leader's account writes its own.
  void write(std::size_t layer, Json& by_phase) const;

 private:
  const std::vector<std::string_view> reasons_;
  const std::function<std::size_t()> layer_now_;
  std::vector<std::vector<Cycle>> cycles_;  ///< by layer, then by reason
};

}  // namespace vitcod
