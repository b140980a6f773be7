// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/timeline/cycle_recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/driver/stop_signal.hpp"

namespace vitcod {
namespace {

__extension__ using Wide = unsigned __int128;

using Places = std::map<std::string, std::size_t>;

/// The objects below `node` in their order, the first at place 1.
void number_objects(const Json& node, const std::string& path, Places& places) {
  for (const auto& [key, value] : node.items()) {
    if (!value.is_object()) continue;
    const std::string below = path + "/" + escape_pointer_token(key);
    places.emplace(below, places.size() + 1);
    number_objects(value, below, places);
  }
}

Track track_of(const CycleAccount& account) {
  Track track;
  track.path = account.path();
  track.is_of_dram = account.name() == "dram_clocks";
  track.values.assign(account.reasons().begin(), account.reasons().end());
  Json::json_pointer group(track.path);
  group.pop_back();
  track.name = group.back();
  for (group.pop_back(); !group.empty(); group.pop_back()) track.groups.push_back(group.back());
  std::reverse(track.groups.begin(), track.groups.end());
  return track;
}

}  // namespace

CycleRecorder::CycleRecorder(const CycleWindow& window, std::filesystem::path file,
                             std::size_t capacity)
    : window_(window), sorter_(std::move(file), capacity) {}

void CycleRecorder::listen_to(Machine& machine) {
  core_khz_ = machine.clock_khz();
  dram_khz_ = machine.dram_clock_khz();
  ticks_per_ms_ = std::lcm(core_khz_, dram_khz_);
  machine.listen_to_layers(*this);
  machine.listen(*this);
}

std::uint64_t CycleRecorder::time_of(Tick tick, std::uint64_t units_per_ms) const {
  return static_cast<std::uint64_t>(Wide{tick} * units_per_ms / ticks_per_ms_);
}

CycleWindow CycleRecorder::window_of(bool of_dram) const {
  if (!of_dram) return window_;
  // The edges before that of an accelerator cycle, as Clock::edges_before counts them.
  const auto edges = [&](Cycle cycle) -> Cycle {
    if (cycle == CycleWindow::kEndOfRun) return cycle;
    return static_cast<Cycle>((Wide{cycle} * dram_khz_ + core_khz_ - 1) / core_khz_);
  };
  return {edges(window_.from), edges(window_.to)};
}

std::size_t CycleRecorder::place_of(const CycleAccount& account) {
  const auto [found, is_new] = places_.emplace(&account, tracks_.size());
  if (is_new) {
    tracks_.push_back(track_of(account));
    Track& track = tracks_.back();
    track.period = period(track.is_of_dram);
    heard_.push_back({window_of(track.is_of_dram), kNone});
  }
  return found->second;
}

void CycleRecorder::on_pass(const CycleAccount& account, std::size_t reason, Cycle from, Cycle to) {
  const std::size_t place = place_of(account);
  Track& track = tracks_[place];
  Heard& heard = heard_[place];
  from = std::max(from, heard.window.from);
  to = std::min(to, heard.window.to);
  if (from >= to) return;
  track.end = to;
  if (reason == heard.value) return;
  heard.value = reason;
  sorter_.add(
      {from * track.period, static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(reason)});
}

CycleWindow CycleRecorder::recorded(bool of_dram) const {
  const CycleWindow window = window_of(of_dram);
  Cycle end = window.from;
  for (const Track& track : tracks_) {
    if (track.is_of_dram == of_dram) end = std::max(end, track.end);
  }
  return {window.from, end};
}

void CycleRecorder::finish(const Json& blocks) {
  if (recorded(false).to == window_.from) {
    throw InputError(fmt::format("--window: the run ended before cycle {}", window_.from));
  }
  Places places;
  number_objects(blocks, "", places);
  std::vector<std::size_t> order(tracks_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto place = [&](std::size_t track) {
    const auto found = places.find(tracks_[track].path);
    return found == places.end() ? 0 : found->second;
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  std::vector<Track> ordered;
  place_in_order_.resize(order.size());
  for (const std::size_t track : order) {
    place_in_order_[track] = ordered.size();
    ordered.push_back(std::move(tracks_[track]));
  }
  tracks_ = std::move(ordered);
}

void CycleRecorder::replay(const Visit& visit) {
  // The sorter has the changes of a tick in the order in which the tracks were heard.
  std::vector<Change> together;
  // What is written of a long run takes long, and half of it shall not stay.
  const StopSignals signals;
  const auto tell = [&] {
    if (signals.arrived() != 0) {
      throw Interrupted(signals.arrived(), "stopped before all of the timeline was written");
    }
    std::sort(together.begin(), together.end(),
              [](const Change& a, const Change& b) { return a.track < b.track; });
    for (const Change& change : together) visit(change.tick, change.track, change.value);
    together.clear();
  };
  sorter_.for_each([&](const Change& change) {
    if (!together.empty() && together.front().tick != change.tick) tell();
    together.push_back(change);
    together.back().track = static_cast<std::uint32_t>(place_in_order_[change.track]);
  });
  tell();
}

}  // namespace vitcod
