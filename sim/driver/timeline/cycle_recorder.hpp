// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "hw_models/accelerators/machine.hpp"
#include "sim/base/json.hpp"
#include "sim/driver/timeline/change_sorter.hpp"
#include "sim/driver/timeline/cycle_window.hpp"
#include "sim/kernel/clock.hpp"

namespace vitcod {

/// One account of a run over time, as files show it.
struct Track {
  std::string path;                 ///< of the account, a JSON pointer
  std::vector<std::string> groups;  ///< of the statistics that its block is in, the outermost first
  std::string name;                 ///< of the block
  std::vector<std::string> values;  ///< names of the reasons
  bool is_of_dram = false;          ///< its cycles are DRAM clocks
  Tick period = 1;                  ///< ticks a cycle
  Cycle end = 0;                    ///< the last cycle recorded is the one before
};

/// Listens to a run and tells afterwards how the accounts of the machine changed, in an order that
/// depends neither on the run mode nor on when each block told its past.
class CycleRecorder final : public CycleListener {
 public:
  /// Changes in memory, 16 bytes each; the rest is set aside in a file.
  static constexpr std::size_t kCapacity = std::size_t{1} << 20U;

  static constexpr std::uint64_t kNanosecondsPerMs = 1'000'000;
  static constexpr std::uint64_t kPicosecondsPerMs = 1'000'000'000;

  /// From `tick` on the track at the place `track` of tracks() has the value of that place.
  using Visit = std::function<void(Tick tick, std::size_t track, std::size_t value)>;

  /// Records what is in `window` alone. `file`: what it is recorded for (see ScratchFile).
  CycleRecorder(const CycleWindow& window, std::filesystem::path file,
                std::size_t capacity = kCapacity);

  /// Before the machine runs.
  void listen_to(Machine& machine);
  void on_pass(const CycleAccount& account, std::size_t reason, Cycle from, Cycle to) override;

  /// Once the machine has run: puts the tracks in the order of `blocks`, `/blocks` of the result,
  /// that of the layers in front. Throws InputError if the window lies behind the run.
  void finish(const Json& blocks);

  const std::vector<Track>& tracks() const { return tracks_; }
  std::uint64_t clock_khz(bool of_dram) const { return of_dram ? dram_khz_ : core_khz_; }
  /// Ticks a cycle.
  Tick period(bool of_dram) const { return ticks_per_ms_ / clock_khz(of_dram); }
  /// The time of a tick in units of which a millisecond has `units_per_ms`, rounded down.
  std::uint64_t time_of(Tick tick, std::uint64_t units_per_ms) const;
  /// The part of the run that is recorded, in cycles of one of the clocks. It holds the DRAM clocks
  /// that begin in its accelerator cycles.
  CycleWindow recorded(bool of_dram) const;
  /// Calls `visit` with all changes by time, those of a time in the order of tracks. The first of a
  /// track says what it begins with. Throws Interrupted, and FileError.
  void replay(const Visit& visit);

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  /// What is known of a track while the machine runs.
  struct Heard {
    CycleWindow window;  ///< in its cycles
    std::size_t value;   ///< kNone before the window
  };

  std::size_t place_of(const CycleAccount& account);
  CycleWindow window_of(bool of_dram) const;

  const CycleWindow window_;
  ChangeSorter sorter_;
  std::uint64_t core_khz_ = 1;
  std::uint64_t dram_khz_ = 1;
  std::uint64_t ticks_per_ms_ = 1;  ///< the least common multiple of the clocks, kHz
  std::unordered_map<const CycleAccount*, std::size_t> places_;
  std::vector<Track> tracks_;  ///< while the machine runs, as they were heard first
  std::vector<Heard> heard_;
  std::vector<std::size_t> place_in_order_;  ///< by place of hearing
};

}  // namespace vitcod
