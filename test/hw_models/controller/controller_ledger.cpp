// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/controller/controller_ledger.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace vitcod::test {
namespace {

enum PoolIndex : std::size_t { kInput, kOutput, kIndex };

/// What a unit of the program asks for, by the rules of the blocks' pages: 64 bytes a row of K, Q,
/// V and output; in S 2 bytes a score, and 1 more for the key of a sparse one; in the index 2 bytes
/// an offset of a column or row, 1 a sparse entry, 1 bit a denser one.
struct Need {
  std::vector<std::string> loads;
  std::map<std::string, std::uint64_t> deliveries;  ///< by operand; of what the SDDMM or tile needs
  std::uint64_t key = 0, query = 0, value = 0, resident = 0, resident_claim = 0;
  std::uint64_t scores = 0, output = 0, index = 0;
  bool encodes = false, denser = false, sparser = false;
  bool frees_keys_values = true;
  bool frees_resident = false;
};

Need need_of(const AttentionSpec& layer, const UnitSpec& unit, bool forwarding) {
  Need need;
  const std::uint64_t denser = layer.num_denser;
  const std::uint64_t sparse = layer.num_keys - denser;
  const std::uint64_t rows = unit.num_rows;
  need.denser = denser > 0;
  need.sparser = sparse > 0;
  const bool twice = need.denser && need.sparser && !forwarding;
  need.key = need.value = 64 * layer.num_keys;
  need.query = 64 * rows * (twice ? 2 : 1);
  need.resident = 64 * unit.resident_rows;
  need.resident_claim = unit.loads_resident ? need.resident : 0;
  need.scores = rows * (2 * denser + 3 * sparse);
  need.output = 64 * rows;
  need.index = (need.sparser ? 2 * (sparse + 1 + rows + 1) : 0) + rows * sparse;
  need.index += (rows * denser + 7) / 8;
  need.frees_keys_values = unit.frees_keys_values;
  need.frees_resident = unit.frees_resident;
  const bool brings_weights = layer.compressed && unit.first_head == 0 && unit.first_row == 0;
  if (brings_weights) need.loads.emplace_back("weights");
  need.deliveries["weights"] = brings_weights ? 8 : 0;  // 4 packets to both engines
  need.loads.emplace_back("index");
  need.deliveries["index"] = (need.index + 63) / 64;
  if (unit.loads_keys_values) need.loads.emplace_back("key");
  need.deliveries["key"] = unit.loads_keys_values ? layer.num_keys : 0;
  for (int i = 0; i < (twice ? 2 : 1); ++i) need.loads.emplace_back("query");
  need.deliveries["query"] = rows * (twice ? 2 : 1);
  if (unit.loads_keys_values) need.loads.emplace_back("value");
  need.deliveries["value"] = unit.loads_keys_values ? layer.num_keys : 0;
  return need;
}

Need need_of_tile(std::uint32_t tokens, bool is_first) {
  Need need;
  need.encodes = true;
  need.output = std::uint64_t{32} * tokens;
  if (is_first) need.loads.emplace_back("weights");
  need.deliveries["weights"] = is_first ? 2 : 0;
  need.loads.emplace_back("uncompressed");
  need.deliveries["uncompressed"] = tokens;
  return need;
}

std::vector<Need> needs_of(const std::vector<LayerSpec>& layers, bool forwarding) {
  std::vector<Need> needs;
  for (const LayerSpec& layer : layers) {
    if (const auto* attention = std::get_if<AttentionSpec>(&layer)) {
      for (const UnitSpec& unit : attention->units) {
        needs.push_back(need_of(*attention, unit, forwarding));
      }
      continue;
    }
    bool is_first = true;
    for (const std::uint32_t tokens : std::get<EncodeSpec>(layer).tile_tokens) {
      needs.push_back(need_of_tile(tokens, is_first));
      is_first = false;
    }
  }
  return needs;
}

/// Bytes handed out, as the orders and answers imply.
class Ledger {
 public:
  Ledger(std::vector<Need> needs, const ChipSpec& chip)
      : needs_(std::move(needs)),
        capacity_{chip.input_bytes, chip.output_bytes, chip.index_bytes},
        delivered_(needs_.size()),
        queries_claimed_(needs_.size()),
        phases_left_(needs_.size()) {}

  void pass(const ControllerEvent& event, bool is_answer) {
    CAPTURE(event.text());
    if (is_answer) {
      answer(event.what, event.unit);
    } else {
      order(event.what, event.unit);
    }
    for (std::size_t pool = 0; pool < 3; ++pool) CHECK(used_[pool] <= capacity_[pool]);
  }

  void order(const std::string& what, std::size_t unit) {
    const Need& need = needs_[unit];
    if (what == "load key") take(kInput, need.key + need.resident_claim);
    if (what == "load value") take(kInput, need.value);
    if (what == "load index") take(kIndex, need.index);
    if (what == "load uncompressed") {
      take(kOutput, need.output);
      require(unit, {"weights"});
    }
    if (what == "load query" && !queries_claimed_[unit]) {
      queries_claimed_[unit] = true;
      take(kInput, need.query);
    }
    if (what == "merge") {
      give_back(kInput, need.query + (need.frees_keys_values ? need.key : 0));
    }
    const bool sddmm = what.rfind("sddmm", 0) == 0;
    if (sddmm) require(unit, {"weights", "index", "key", "query"});
    if (what.rfind("spmm", 0) == 0) require(unit, {"value"});
    if (sddmm || what.rfind("spmm", 0) == 0) {
      if (phases_left_[unit]++ == 0) take(kOutput, sddmm ? need.scores : need.output);
    }
  }

  void answer(const std::string& what, std::size_t unit) {
    const Need& need = needs_[unit];
    if (what.rfind("delivered ", 0) == 0) ++delivered_[unit][what.substr(10)];
    if (what == "stored") {
      stored_[unit] += need.encodes ? 32 : 64;
      if (stored_[unit] == need.output) give_back(kOutput, need.output);
    }
    const bool sddmm = what.rfind("sddmm", 0) == 0;
    if (!sddmm && what.rfind("spmm", 0) != 0) return;
    if (--phases_left_[unit] > 0 || sddmm) return;
    give_back(kOutput, need.scores);
    give_back(kIndex, need.index);
    give_back(kInput, (need.frees_keys_values ? need.value : 0) +
                          (need.frees_resident ? need.resident : 0));
  }

  void check_end(const std::array<std::uint64_t, 3>& peaks) const {
    CHECK(used_ == std::array<std::uint64_t, 3>{});
    CHECK(peaks == peak_);
    for (std::size_t unit = 0; unit < needs_.size(); ++unit) {
      for (const auto& [operand, packets] : needs_[unit].deliveries) {
        CHECK(delivered_[unit][operand] == packets);
      }
    }
  }

 private:
  void take(PoolIndex pool, std::uint64_t bytes) {
    used_[pool] += bytes;
    peak_[pool] = std::max(peak_[pool], used_[pool]);
  }
  void give_back(PoolIndex pool, std::uint64_t bytes) {
    CHECK(used_[pool] >= bytes);
    used_[pool] -= bytes;
  }
  void require(std::size_t unit, const std::vector<std::string>& operands) {
    for (const std::string& operand : operands) {
      CHECK(delivered_[unit][operand] == needs_[unit].deliveries.at(operand));
    }
  }

  std::vector<Need> needs_;
  const std::array<std::uint64_t, 3> capacity_;
  std::array<std::uint64_t, 3> used_{};
  std::array<std::uint64_t, 3> peak_{};
  mutable std::vector<std::map<std::string, std::uint64_t>> delivered_;
  std::map<std::size_t, std::uint64_t> stored_;  ///< bytes, by unit
  std::vector<bool> queries_claimed_;
  std::vector<int> phases_left_;  ///< orders of the running phase without an answer
};

}  // namespace

std::array<std::uint64_t, 3> largest_unit(const std::vector<LayerSpec>& layers, bool forwarding) {
  std::array<std::uint64_t, 3> most{};
  for (const Need& need : needs_of(layers, forwarding)) {
    most[kInput] = std::max(most[kInput], need.key + need.query + need.value + need.resident);
    most[kOutput] = std::max(most[kOutput], need.scores + need.output);
    most[kIndex] = std::max(most[kIndex], need.index);
  }
  return most;
}

std::map<std::string, std::vector<std::string>> expected_orders(
    const std::vector<LayerSpec>& layers, bool forwarding) {
  std::map<std::string, std::vector<std::string>> orders;
  const std::vector<Need> needs = needs_of(layers, forwarding);
  for (std::size_t unit = 0; unit < needs.size(); ++unit) {
    const Need& need = needs[unit];
    const auto add = [&](const std::string& neighbour, const std::string& what) {
      orders[neighbour].push_back(fmt::format("{} {}", what, unit));
    };
    for (const std::string& load : need.loads) add("load", "load " + load);
    if (need.encodes) continue;
    for (const char* phase : {"sddmm", "spmm"}) {
      if (need.denser) add("denser", fmt::format("{} denser", phase));
      if (need.sparser) add("sparser", fmt::format("{} sparser", phase));
    }
    add("normaliser", "merge");
    add("normaliser", "normalise");
  }
  return orders;
}

void check_ledger(const ControllerBench& bench, const std::vector<LayerSpec>& layers,
                  const ChipSpec& chip) {
  Ledger ledger(needs_of(layers, chip.query_forwarding), chip);
  auto answer = bench.answers().begin();
  // What is seen in a cycle comes before what is done in it.
  for (const ControllerEvent& order : bench.orders()) {
    for (; answer != bench.answers().end() && answer->cycle <= order.cycle; ++answer) {
      ledger.pass(*answer, true);
    }
    ledger.pass(order, false);
  }
  for (; answer != bench.answers().end(); ++answer) ledger.pass(*answer, true);
  ledger.check_end(bench.peaks());
}

}  // namespace vitcod::test
