// SPDX-License-Identifier: Apache-2.0
#include "hw_models/bill_of_materials/silicon.hpp"

#include <nlohmann/json.hpp>
#include <numeric>

namespace vitcod {

double Silicon::Block::mm2() const {
  return std::accumulate(logic_mm2.begin(), logic_mm2.end(), memory ? memory->mm2 : 0.0);
}

Silicon::Silicon(const BillOfMaterials& bill, const AreaConfig& config) : source_(config.source) {
  constexpr double kMm2PerUm2 = 1e-6;
  const SramChooser chooser(config);
  for (const BillOfMaterials::Block& each : bill.blocks) {
    Block block;
    block.pointer = each.pointer;
    block.parts = each.parts;
    block.account = each.account;
    double logic_mm2 = 0;
    for (const PartCost& cost : config.logic) {
      const double mm2 = each.parts.count(cost.part) * cost.um2 / cost.utilisation * kMm2PerUm2;
      block.logic_mm2[index_of(cost.part)] = mm2;
      logic_mm2 += mm2;
    }
    block.leakage_mw = logic_mm2 * config.logic_leakage_mw_per_mm2;
    if (each.parts.memory) {
      block.memory = chooser.choose(*each.parts.memory);
      block.leakage_mw += block.memory->leakage_mw;
    }
    blocks_.push_back(std::move(block));
  }
}

const BuiltMemory* Silicon::memory(const std::string& pointer) const {
  for (const Block& block : blocks_) {
    if (block.pointer == pointer) return block.memory ? &*block.memory : nullptr;
  }
  return nullptr;
}

double Silicon::total_mm2() const {
  double sum = 0;
  for (const Block& block : blocks_) sum += block.mm2();
  return sum;
}

std::uint64_t Silicon::memory_bytes() const {
  std::uint64_t sum = 0;
  for (const Block& block : blocks_) sum += block.memory ? block.memory->need.bytes : 0;
  return sum;
}

void Silicon::write_area(Json& out) const {
  out["total"] = total_mm2();
  out["source"] = source_;
  for (const Block& block : blocks_) {
    Json& parts = out[Json::json_pointer(block.pointer)];
    for (std::size_t kind = 0; kind < kNumPartKinds; ++kind) {
      if (block.logic_mm2[kind] > 0) {
        parts[std::string(kPartKindNames[kind])] = block.logic_mm2[kind];
      }
    }
    if (block.memory) parts["sram"] = block.memory->mm2;
  }
}

void Silicon::write_memories(Json& out) const {
  out["bytes"] = memory_bytes();
  std::uint64_t built_bytes = 0;
  Json& list = out["memories"] = Json::array();
  for (const Block& block : blocks_) {
    if (!block.memory) continue;
    const BuiltMemory& memory = *block.memory;
    Json entry;
    entry["block"] = block.pointer;
    entry["bytes"] = memory.need.bytes;
    entry["banks"] = memory.need.banks;
    entry["width_bytes"] = memory.need.width_bytes;
    entry["ports"] = memory.need.ports;
    entry["macro_words"] = memory.words;
    entry["macro_bits"] = memory.bits;
    entry["macros"] = memory.num_macros();
    entry["is_fitted"] = memory.is_fitted;
    entry["built_bytes"] = memory.built_bytes();
    entry["macro_read_pj"] = memory.read_pj;
    entry["macro_write_pj"] = memory.write_pj;
    entry["leakage_mw"] = memory.leakage_mw;
    list.push_back(std::move(entry));
    built_bytes += memory.built_bytes();
  }
  out["built_bytes"] = built_bytes;
}

}  // namespace vitcod
