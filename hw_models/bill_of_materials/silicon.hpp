// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "hw_models/bill_of_materials/area_config.hpp"
#include "hw_models/bill_of_materials/bill_of_materials.hpp"
#include "hw_models/bill_of_materials/sram_choice.hpp"
#include "sim/base/json.hpp"

namespace vitcod {

/// A bill of materials in a technology: the area of each part, the macros of each memory, and what
/// leaks.
class Silicon {
 public:
  struct Block {
    std::string pointer;  ///< below /blocks
    PartList parts;
    std::string account;  ///< as in the bill
    std::array<double, kNumPartKinds> logic_mm2{};
    std::optional<BuiltMemory> memory;
    double leakage_mw = 0;

    double mm2() const;
  };

  /// Throws ConfigError at a pointer below the area table.
  Silicon(const BillOfMaterials& bill, const AreaConfig& config);

  const std::vector<Block>& blocks() const { return blocks_; }
  /// The memory of the block at a pointer; null if there is none.
  const BuiltMemory* memory(const std::string& pointer) const;
  double total_mm2() const;
  /// Bytes of all memories, as they are asked for.
  std::uint64_t memory_bytes() const;

  /// Sets in `out` the area of each kind of part at its block's pointer, and their sum.
  void write_area(Json& out) const;
  /// The list of memories, with their macros.
  void write_memories(Json& out) const;

 private:
  std::string source_;
  std::vector<Block> blocks_;
};

}  // namespace vitcod
