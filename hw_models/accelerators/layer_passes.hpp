// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "sim/base/stats.hpp"
#include "sim/kernel/block.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// The cycles of a run by layer, as an account that is in no report: listens to the block that
/// leads a machine through its layers, and tells of each pass there under the layer that is worked
/// on.
class LayerPasses final : public CycleListener {
 public:
  /// `layers` must outlive the object. `layer_now`: as of LayerPhases.
  LayerPasses(Block& leader, const std::vector<Layer>& layers,
              std::function<std::size_t()> layer_now);

  void on_pass(const CycleAccount&, std::size_t, Cycle from, Cycle to) override {
    account_.pass(layer_now_(), from, to);
  }
  void listen(CycleListener& listener) { account_.listen(listener); }

 private:
  class Account final : public CycleAccount {
   public:
    Account(StatGroup& group, const std::vector<Layer>& layers);
    void pass(std::size_t layer, Cycle from, Cycle to) { pass_under(layer, from, to); }
  };

  const std::function<std::size_t()> layer_now_;
  StatGroup root_{"run"};
  StatGroup group_{root_, "layer"};
  Account account_;
};

}  // namespace vitcod
