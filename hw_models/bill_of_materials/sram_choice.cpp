// SPDX-License-Identifier: Apache-2.0
#include "hw_models/bill_of_materials/sram_choice.hpp"

#include <algorithm>
#include <limits>

#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kMinWords = 16;
constexpr std::uint32_t kMaxWords = 2048;
constexpr std::uint32_t kWordStep = 8;
constexpr std::uint32_t kWidths[] = {16, 32, 64, 128, 256};

double area_of(const MacroSize& macro) { return macro.mm2; }
double read_of(const MacroSize& macro) { return macro.read_pj; }
double write_of(const MacroSize& macro) { return macro.write_pj; }
double leakage_of(const MacroSize& macro) { return macro.leakage_mw; }

std::uint64_t bank_bytes(const MemoryNeed& need) {
  return std::max<std::uint64_t>(1, ceil_div(need.bytes, std::uint64_t{need.banks}));
}

/// Words that a bank of so many macros side by side needs.
std::uint64_t words_needed(const MemoryNeed& need, std::uint32_t bits, std::uint64_t side_by_side) {
  return ceil_div(8 * bank_bytes(need), side_by_side * bits);
}

std::uint64_t least_side_by_side(const MemoryNeed& need, std::uint32_t bits) {
  return ceil_div(8 * need.width_bytes, std::uint64_t{bits});
}

}  // namespace

SramChooser::SramChooser(const AreaConfig& config)
    : config_(config),
      area_(fit_macros(config.macros, area_of)),
      read_(fit_macros(config.macros, read_of)),
      write_(fit_macros(config.macros, write_of)),
      leakage_(fit_macros(config.macros, leakage_of)) {
  for (const double residual : area_.residuals(config.macros, area_of)) {
    margin_ = std::max(margin_, 1 / (1 + residual));
  }
  // Rounding must not decide between a size of the table and its fit.
  constexpr double kRounding = 1e-9;
  margin_ *= 1 + kRounding;
  for (const PartCost& cost : config.logic) {
    if (cost.part == PartKind::kMultiplexer) multiplexer_mm2_ = cost.um2 / cost.utilisation * 1e-6;
  }
}

MacroSize SramChooser::fitted(std::uint32_t words, std::uint32_t bits) const {
  MacroSize macro;
  macro.words = words;
  macro.bits = bits;
  macro.mm2 = area_.at(words, bits) * margin_;
  macro.read_pj = read_.at(words, bits);
  macro.write_pj = write_.at(words, bits);
  macro.leakage_mw = leakage_.at(words, bits);
  return macro;
}

double SramChooser::mm2_of(const MemoryNeed& need, const MacroSize& macro,
                           std::uint64_t side_by_side, std::uint64_t stacked) const {
  const double rows = double(need.banks) * double(side_by_side);
  const double ports = 1 + config_.further_port_area * (double(need.ports) - 1);
  // Stacked macros are joined by multiplexers at each port.
  const double joins = rows * double(need.ports) * macro.bits * double(stacked - 1);
  return rows * double(stacked) * ports * macro.mm2 / config_.macro_utilisation +
         joins * multiplexer_mm2_;
}

void SramChooser::consider(const MacroSize& macro, bool is_fitted, std::uint64_t side_by_side,
                           std::uint64_t stacked, BuiltMemory& best) const {
  const double mm2 = mm2_of(best.need, macro, side_by_side, stacked);
  if (mm2 >= best.mm2) return;
  best.words = macro.words;
  best.bits = macro.bits;
  best.side_by_side = side_by_side;
  best.stacked = stacked;
  best.is_fitted = is_fitted;
  best.mm2 = mm2;
  best.leakage_mw = double(best.num_macros()) * macro.leakage_mw *
                    (1 + config_.further_port_area * (double(best.need.ports) - 1));
  best.read_pj = macro.read_pj;
  best.write_pj = macro.write_pj;
}

// Wider than asked for is considered too, as long as it could take less: so what is best for a
// width is at hand for every smaller one.
void SramChooser::consider_table(const MacroSize& macro, BuiltMemory& best) const {
  for (std::uint64_t side = least_side_by_side(best.need, macro.bits);; ++side) {
    const std::uint64_t stacked =
        ceil_div(words_needed(best.need, macro.bits, side), std::uint64_t{macro.words});
    consider(macro, false, side, stacked, best);
    if (stacked == 1 || mm2_of(best.need, macro, side, 1) >= best.mm2) return;
  }
}

void SramChooser::consider_fitted(std::uint32_t bits, BuiltMemory& best) const {
  const MacroSize smallest = fitted(kMinWords, bits);
  for (std::uint64_t side = least_side_by_side(best.need, bits);; ++side) {
    const std::uint64_t needed = words_needed(best.need, bits, side);
    const std::uint64_t stacked = ceil_div(needed, std::uint64_t{kMaxWords});
    const std::uint64_t words = std::max<std::uint64_t>(
        kMinWords, ceil_div(ceil_div(needed, stacked), std::uint64_t{kWordStep}) * kWordStep);
    consider(fitted(static_cast<std::uint32_t>(words), bits), true, side, stacked, best);
    if (words == kMinWords || mm2_of(best.need, smallest, side, 1) >= best.mm2) return;
  }
}

BuiltMemory SramChooser::choose(const MemoryNeed& need) const {
  BuiltMemory best;
  best.need = need;
  best.mm2 = std::numeric_limits<double>::infinity();
  for (const MacroSize& macro : config_.macros) consider_table(macro, best);
  for (const std::uint32_t bits : kWidths) consider_fitted(bits, best);
  return best;
}

}  // namespace vitcod
