// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/accelerators/mac_count.hpp"
#include "hw_models/accelerators/wiring.hpp"
#include "hw_models/average_pool/average_pool_unit.hpp"
#include "hw_models/compiler/target.hpp"
#include "hw_models/crossbar/crossbar.hpp"
#include "hw_models/index_filter/index_filter.hpp"
#include "hw_models/lifting/lifting_unit.hpp"
#include "hw_models/stream_hub/stream_hub.hpp"
#include "hw_models/token_gather/token_gather_unit.hpp"
#include "hw_models/token_matcher/token_matcher.hpp"
#include "hw_models/token_merger/token_merger_unit.hpp"
#include "hw_models/token_selector/token_selector.hpp"
#include "sim/base/json.hpp"

namespace vitcod {

/// How many units behind the hub a machine has.
std::size_t num_hub_units(const FrameConfig& config);

/// The hub's port of each unit that the machine has.
std::array<std::uint8_t, kNumHubUnits> hub_ports(const FrameConfig& config);

/// The stream hub with the units behind it, those that the machine has.
class HubUnits {
 public:
  /// `index`: where the index filter's results go; null: no values are computed.
  HubUnits(Clock& clock, const FrameConfig& config, EngineContents* index, StatGroup& parent);

  /// Multiply-accumulates of those units that have multipliers.
  std::vector<MacCount> macs() const;

  /// Connects them with the crossbar, and with the controller from `first_receiver` on.
  void bind(Wiring& wiring, Crossbar& crossbar, Controller& controller, std::size_t first_receiver);

 private:
  std::unique_ptr<TokenSelector> selector_;
  std::unique_ptr<TokenGatherUnit> gather_;
  std::unique_ptr<LiftingUnit> lifting_;
  std::unique_ptr<IndexFilter> filter_;
  std::unique_ptr<AveragePoolUnit> pool_;
  std::unique_ptr<TokenMatcher> matcher_;
  std::unique_ptr<TokenMergerUnit> merger_;
  std::vector<PacketTaker*> units_;  ///< those that are there, by the hub's port
  std::unique_ptr<StreamHub> hub_;
};

}  // namespace vitcod
