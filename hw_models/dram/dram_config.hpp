// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hw_models/dram/dram_command.hpp"
#include "sim/base/config_reader.hpp"

namespace vitcod {

/// Shape of the memory. All counts are powers of two.
struct DramOrganization {
  std::uint32_t channels = 1;     ///< independent channels (pseudo channels, where there are such)
  std::uint32_t ranks = 1;        ///< a channel
  std::uint32_t bank_groups = 1;  ///< a rank
  std::uint32_t banks_per_group = 1;  ///< a bank group
  std::uint32_t rows = 1;             ///< a bank
  std::uint32_t columns = 1;          ///< a row, in beats of the bus
  std::uint32_t burst_length = 1;     ///< beats
  std::uint32_t bus_width_bits = 8;   ///< data bus of a channel
  std::uint32_t chips = 1;            ///< devices that share a channel's bus, a rank

  std::uint32_t burst_bytes() const { return burst_length * bus_width_bits / 8; }
  std::uint32_t bursts_per_row() const { return columns / burst_length; }
  std::uint32_t banks_per_rank() const { return bank_groups * banks_per_group; }
  std::uint32_t num_banks() const { return ranks * banks_per_rank(); }
  std::uint64_t channel_bursts() const {
    return std::uint64_t{num_banks()} * rows * bursts_per_row();
  }
  std::uint64_t capacity_bytes() const { return channel_bursts() * channels * burst_bytes(); }
};

/// How commands occupy the command bus and when their data moves. JEDEC counts from the last clock
/// of a command, and so do all clocks here and in the timing rules.
struct DramCommandTiming {
  std::uint32_t read_data_clocks = 0;   ///< RD to the first clock of its data
  std::uint32_t write_data_clocks = 0;  ///< WR to the first clock of its data
  std::uint32_t burst_clocks = 0;       ///< clocks a burst holds the data bus
  std::uint32_t burst_span_clocks =
      0;                               ///< first to last data clock of a burst (interleaved halves)
  std::uint32_t activate_clocks = 1;   ///< clocks ACT holds the command bus
  std::uint32_t column_clocks = 1;     ///< the same of RD, WR, RDA, WRA
  std::uint32_t precharge_clocks = 1;  ///< the same of PRE, PREA
  std::uint32_t refresh_clocks = 1;    ///< the same of REF, REFPB
  bool split_bus = false;              ///< column commands have a bus of their own (HBM)
  std::uint32_t channels_per_bus = 1;  ///< neighbouring channels that share it (pseudo channels)

  std::uint32_t command_clocks(DramCommand command) const;
};

/// One timing rule: `before` is legal no sooner than `clocks` after the `window`th last `after`
/// within the same `level`.
struct DramTimingRule {
  std::string rule;  ///< the standard's name
  DramLevel level = DramLevel::kBank;
  DramCommandSet after;
  DramCommandSet before;
  std::uint32_t clocks = 0;
  std::uint32_t window = 1;
};

enum class DramRefreshMode { kOff, kAllBank, kPerBank };

struct DramRefreshConfig {
  DramRefreshMode mode = DramRefreshMode::kAllBank;
  std::uint32_t all_bank_interval_clocks = 0;  ///< tREFI: a REF for each rank in so many clocks
  std::uint32_t per_bank_interval_clocks = 0;  ///< a REFPB for each rank, banks in turn
  std::uint32_t all_bank_clocks = 0;           ///< tRFC, for statistics and energy
};

enum class DramPagePolicy { kOpen, kClosed, kTimeout };

struct DramControllerConfig {
  std::uint32_t read_queue_depth = 0;      ///< bursts
  std::uint32_t write_queue_depth = 0;     ///< bursts
  std::uint32_t write_high_watermark = 0;  ///< queued writes at which the controller turns to them
  std::uint32_t write_low_watermark = 0;   ///< and at which it turns back, if reads wait
  std::uint32_t age_bound_clocks = 0;  ///< a burst that waited this long is served before others
  DramPagePolicy page_policy = DramPagePolicy::kOpen;
  std::uint32_t page_timeout_clocks = 0;  ///< for the timeout policy: clocks without an access
  std::uint32_t response_clocks = 0;      ///< controller's constant: last data beat to response
  std::uint32_t response_depth = 0;       ///< runs whose data is in flight or whose response waits
};

/// Supply currents of one chip on one rail, in mA (JEDEC IDD names).
struct DramSupply {
  std::string name;
  double volts = 0;
  double idd0 = 0;   ///< one bank activated and precharged every tRC
  double idd2n = 0;  ///< all banks precharged, standby
  double idd3n = 0;  ///< a bank active, standby
  double idd4r = 0;  ///< reads without a gap
  double idd4w = 0;  ///< writes without a gap
  double idd5 = 0;   ///< all-bank refreshes without a gap
};

struct DramCurrents {
  std::vector<DramSupply> supplies;
  std::uint32_t activate_active_clocks = 0;     ///< tRAS of the IDD0 loop
  std::uint32_t activate_precharge_clocks = 0;  ///< tRP of the IDD0 loop
};

/// A memory preset: one file below configs/dram/. Most of its numbers of clocks are written as
/// formulas over `parameters` (see evaluate_formula), so that a speed bin is a set of numbers; here
/// they are what came out.
struct DramConfig {
  std::string source;  ///< where the numbers come from
  std::uint64_t clock_khz = 0;
  DramOrganization organization;
  DramCommandTiming commands;
  std::vector<DramTimingRule> timing;
  DramRefreshConfig refresh;
  DramControllerConfig controller;
  std::string address_map;  ///< a name or a bit-field string, see AddressMap
  DramCurrents currents;

  /// Data rate at 100 % bus use, all channels, bytes a second.
  std::uint64_t peak_bytes_per_second() const;
};

void read(ConfigReader& reader, DramOrganization& organization);
void read(ConfigReader& reader, DramControllerConfig& controller);
void read(ConfigReader& reader, DramSupply& supply);
void read(ConfigReader& reader, DramConfig& config);

/// The same rules for a configuration changed after it was read. Throws ConfigError.
void validate(const DramConfig& config);

}  // namespace vitcod
