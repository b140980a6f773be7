// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "sim/base/config_reader.hpp"

namespace vitcod {

/// What a unit of one kind of logic takes.
struct PartCost {
  PartKind part = PartKind::kMultiplier;
  double um2 = 0;
  double utilisation = 1;
  std::string basis;
};

/// A memory macro: one read or write port.
struct MacroSize {
  std::uint32_t words = 1;
  std::uint32_t bits = 1;
  double mm2 = 0;
  double read_pj = 0;
  double write_pj = 0;
  double leakage_mw = 0;
  std::string basis;
};

/// A table of silicon: one file below configs/area/.
struct AreaConfig {
  std::string source;
  std::vector<PartCost> logic;  ///< each kind once
  double logic_leakage_mw_per_mm2 = 0;
  std::vector<MacroSize> macros;
  double further_port_area = 0;  ///< of a port beyond the first, in areas of the macro
  double macro_utilisation = 1;
  std::string basis;
};

/// What a machine is meant to keep; what is absent has no bound.
struct BudgetConfig {
  std::optional<double> area_mm2;
  std::optional<double> power_mw;  ///< on chip
  std::optional<std::uint64_t> sram_bytes;
};

void read(ConfigReader& reader, PartCost& cost);
void read(ConfigReader& reader, MacroSize& macro);
void read(ConfigReader& reader, AreaConfig& config);
void read(ConfigReader& reader, BudgetConfig& config);

}  // namespace vitcod
