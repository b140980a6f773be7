// SPDX-License-Identifier: Apache-2.0
#include "hw_models/bill_of_materials/area_config.hpp"

#include <utility>

namespace vitcod {
namespace {

/// A share of the silicon that is covered; nothing is packed without gaps.
constexpr Range<double> kUtilisation{0.05, 1};
constexpr Range<double> kSquareMicrometres{0, 1e6};

/// A row for each kind of logic, under its name.
struct LogicTable {
  std::vector<PartCost> costs;
};

void read(ConfigReader& reader, LogicTable& table) {
  for (std::size_t kind = 0; kind < kNumPartKinds; ++kind) {
    PartCost cost;
    cost.part = static_cast<PartKind>(kind);
    reader.required_object(kPartKindNames[kind], cost, "What a unit of this kind takes");
    table.costs.push_back(std::move(cost));
  }
  reader.finish();
}

}  // namespace

void read(ConfigReader& reader, PartCost& cost) {
  reader.required("um2", cost.um2, "Cell area of its unit, square micrometres", kSquareMicrometres);
  reader.required("utilisation", cost.utilisation,
                  "Share of the silicon that cells cover; wires need the rest", kUtilisation);
  reader.required("basis", cost.basis, "How the number follows from the source, what is assumed");
  reader.finish();
}

void read(ConfigReader& reader, MacroSize& macro) {
  reader.required("words", macro.words, "Words", Range{1U, 1U << 20U});
  reader.required("bits", macro.bits, "Bits of a word", Range{1U, 1U << 14U});
  reader.required("mm2", macro.mm2, "Area, square millimetres", Range<double>{1e-9, 1e3});
  reader.required("read_pj", macro.read_pj, "Energy of a read, pJ", Range<double>{1e-9, 1e6});
  reader.required("write_pj", macro.write_pj, "Energy of a write, pJ", Range<double>{1e-9, 1e6});
  reader.required("leakage_mw", macro.leakage_mw, "Leakage, mW", Range<double>{1e-9, 1e6});
  reader.required("basis", macro.basis, "How the numbers follow from the source");
  reader.finish();
}

void read(ConfigReader& reader, AreaConfig& config) {
  // As many sizes as the fit has terms.
  constexpr std::size_t kMinSizes = 4;
  reader.required("source", config.source, "Where the numbers come from");
  LogicTable logic;
  reader.required_object("logic", logic, "What each kind of logic takes");
  config.logic = std::move(logic.costs);
  reader.required("logic_leakage_mw_per_mm2", config.logic_leakage_mw_per_mm2,
                  "Leakage of logic, mW a square millimetre", Range<double>{0, 1e4});
  reader.required_list("macros", config.macros, "Sizes of memory macros that are known",
                       Length{kMinSizes});
  reader.required("further_port_area", config.further_port_area,
                  "What a port beyond the first adds, in areas of the macro with one",
                  Range<double>{0, 100});
  reader.required("macro_utilisation", config.macro_utilisation,
                  "Share of the silicon that macros cover where they stand", kUtilisation);
  reader.required("basis", config.basis, "How leakage, ports and utilisation follow");
  reader.finish();
}

void read(ConfigReader& reader, BudgetConfig& config) {
  constexpr Range<double> kPositive{1e-9, 1e9};
  reader.optional("area_mm2", config.area_mm2, "Area that the machine may take, mm2", kPositive);
  reader.optional("power_mw", config.power_mw, "Power on chip that it may take, mW", kPositive);
  reader.optional("sram_bytes", config.sram_bytes, "Bytes of its memories");
  reader.finish();
}

}  // namespace vitcod
