// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/area_config.hpp"
#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/bill_of_materials/sram_fit.hpp"

namespace vitcod {

/// A memory as it is built: each bank of so many equal macros side by side and one above the other.
struct BuiltMemory {
  MemoryNeed need;
  std::uint32_t words = 0;  ///< of a macro
  std::uint32_t bits = 0;   ///< of a macro's word
  std::uint64_t side_by_side = 0;
  std::uint64_t stacked = 0;
  bool is_fitted = false;  ///< the size is not in the table
  double mm2 = 0;          ///< of all banks, with all ports
  double leakage_mw = 0;   ///< likewise
  double read_pj = 0;      ///< of one macro, one access
  double write_pj = 0;     ///< likewise

  std::uint64_t num_macros() const { return std::uint64_t{need.banks} * side_by_side * stacked; }
  std::uint64_t built_bytes() const { return num_macros() * words * bits / 8; }
  /// Macros that an access of `bytes` bytes reaches.
  std::uint64_t macros_of(std::uint64_t bytes) const { return (8 * bytes + bits - 1) / bits; }
};

/// Chooses macros: those of the table, and between them sizes that follow from a fit.
///
/// A fitted size has 16 to 2048 words, a multiple of 8, and 16, 32, 64, 128 or 256 bits. Its area
/// is the fit's, raised by the fit's largest shortfall, so that no size of the table is dearer than
/// a fitted one that could replace it.
class SramChooser {
 public:
  /// Throws ConfigError if nothing can be fitted to the macros. `config` must outlive it.
  explicit SramChooser(const AreaConfig& config);

  /// The least area of all that have at least the banks, capacity, width and ports asked for. More
  /// bytes, width or ports never take less, nor twice the banks.
  BuiltMemory choose(const MemoryNeed& need) const;

  const SramFit& area_fit() const { return area_; }
  const SramFit& read_fit() const { return read_; }
  const SramFit& write_fit() const { return write_; }
  const SramFit& leakage_fit() const { return leakage_; }
  /// What areas of fitted sizes are raised by: 1 or more.
  double area_margin() const { return margin_; }

 private:
  MacroSize fitted(std::uint32_t words, std::uint32_t bits) const;
  double mm2_of(const MemoryNeed& need, const MacroSize& macro, std::uint64_t side_by_side,
                std::uint64_t stacked) const;
  void consider(const MacroSize& macro, bool is_fitted, std::uint64_t side_by_side,
                std::uint64_t stacked, BuiltMemory& best) const;
  void consider_table(const MacroSize& macro, BuiltMemory& best) const;
  void consider_fitted(std::uint32_t bits, BuiltMemory& best) const;

  const AreaConfig& config_;
  double multiplexer_mm2_ = 0;  ///< a bit
  SramFit area_;
  SramFit read_;
  SramFit write_;
  SramFit leakage_;
  double margin_ = 1;
};

}  // namespace vitcod
