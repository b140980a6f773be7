// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "hw_models/bill_of_materials/area_config.hpp"
#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test {

inline AreaConfig shipped_area_table() {
  return read_config<AreaConfig>(read_json_file(source_dir() + "/configs/area/28nm.json"));
}

/// Logic of 1 um2 a unit without gaps that leaks 2 mW a mm2, and the shipped macros without gaps.
inline AreaConfig plain_area_table() {
  AreaConfig config = shipped_area_table();
  for (PartCost& cost : config.logic) {
    cost.um2 = 1;
    cost.utilisation = 1;
  }
  config.logic_leakage_mw_per_mm2 = 2;
  config.macro_utilisation = 1;
  return config;
}

}  // namespace vitcod::test
