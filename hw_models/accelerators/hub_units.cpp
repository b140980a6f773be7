// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/hub_units.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "hw_models/accelerators/frame_ports.hpp"

namespace vitcod {
namespace {

/// By HubUnit: whether the machine has it.
std::array<bool, kNumHubUnits> present_units(const FrameConfig& config) {
  return {config.token_selector.has_value(), config.token_gather.has_value(),
          config.lifting.has_value(),        config.index_filter.has_value(),
          config.average_pool.has_value(),   config.token_matcher.has_value(),
          config.token_merger.has_value()};
}

}  // namespace

std::size_t num_hub_units(const FrameConfig& config) {
  std::size_t number = 0;
  for (const bool is_there : present_units(config)) number += is_there ? 1 : 0;
  return number;
}

std::array<std::uint8_t, kNumHubUnits> hub_ports(const FrameConfig& config) {
  std::array<std::uint8_t, kNumHubUnits> ports{};
  std::uint8_t next = 0;
  const std::array<bool, kNumHubUnits> present = present_units(config);
  for (std::size_t unit = 0; unit < kNumHubUnits; ++unit) {
    if (present[unit]) ports[unit] = next++;
  }
  return ports;
}

HubUnits::HubUnits(Clock& clock, const FrameConfig& config, EngineContents* index,
                   StatGroup& parent) {
  const auto add = [&]<typename Unit>(std::unique_ptr<Unit>& unit, const char* name,
                                      const auto& unit_config, auto&... values) {
    if (!unit_config) return;
    unit = std::make_unique<Unit>(name, clock, *unit_config, values..., parent);
    units_.push_back(unit.get());
  };
  // In the order of HubUnit.
  add(selector_, "token_selector", config.token_selector);
  add(gather_, "token_gather", config.token_gather);
  add(lifting_, "lifting", config.lifting);
  add(filter_, "index_filter", config.index_filter, index);
  add(pool_, "average_pool", config.average_pool);
  add(matcher_, "token_matcher", config.token_matcher);
  add(merger_, "token_merger", config.token_merger);
  if (units_.empty()) return;
  hub_ =
      std::make_unique<StreamHub>("stream_hub", clock, *config.stream_hub, units_.size(), parent);
}

void HubUnits::bind(Wiring& wiring, Crossbar& crossbar, Controller& controller,
                    std::size_t first_receiver) {
  if (hub_ == nullptr) {
    wiring.leave_open("hub_packets", *crossbar.packet_out[kHubOut]);
    wiring.leave_open("hub_results", *crossbar.packet_in[kHubIn]);
    return;
  }
  wiring.connect("hub_packets", *crossbar.packet_out[kHubOut], hub_->packet_in, kSlowPacketDepth);
  wiring.connect("hub_results", hub_->packet_out, *crossbar.packet_in[kHubIn], kSlowPacketDepth);
  for (std::size_t i = 0; i < units_.size(); ++i) {
    PacketTaker& unit = *units_[i];
    const std::string name = unit.basename();
    wiring.connect(name + "_packets", *hub_->unit_out[i], unit.packet_in, kSlowPacketDepth);
    if (auto* results = dynamic_cast<PacketUnit*>(&unit)) {
      wiring.connect(name + "_results", results->packet_out, *hub_->unit_in[i], kSlowPacketDepth);
    } else {
      wiring.leave_open(name + "_results", *hub_->unit_in[i]);
    }
    wiring.connect(name + "_delivery", unit.delivery_out,
                   *controller.delivery_in[first_receiver + i], kDeliveryDepth);
  }
}

std::vector<MacCount> HubUnits::macs() const {
  std::vector<MacCount> macs;
  const auto add = [&macs](std::string_view name, const auto& unit) {
    if (unit != nullptr) macs.push_back({name, unit->macs_done(), unit->multipliers()});
  };
  add("token_selector", selector_);
  add("lifting", lifting_);
  add("token_matcher", matcher_);
  add("token_merger", merger_);
  return macs;
}

}  // namespace vitcod
