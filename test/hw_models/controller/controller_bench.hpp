// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "test/support/sim_bench.hpp"

namespace vitcod::test {

/// Some rows of some heads of an attention layer: computed at a time.
struct UnitSpec {
  std::uint32_t first_head = 0;
  std::uint32_t num_heads = 1;
  std::uint32_t first_row = 0;
  std::uint32_t num_rows = 1;
  bool loads_keys_values = true;    ///< false: they stay from the unit before
  bool frees_keys_values = true;    ///< false: they stay for the next unit
  std::uint32_t resident_rows = 0;  ///< leading compressed K rows that stay for the layer
  bool loads_resident = false;
  bool frees_resident = false;
};

/// An attention layer in which every entry is kept, cut into units. Rows of Q, K, V and of outputs
/// have 64 bytes, a packet each.
struct AttentionSpec {
  std::uint32_t num_heads = 1;
  std::uint32_t num_queries = 1;
  std::uint32_t num_keys = 1;
  std::uint32_t num_denser = 0;  ///< leading keys of each head: the denser engine's
  bool compressed = false;       ///< Q and K come as one compressed head, with weights: 4 packets
  std::vector<UnitSpec> units;
};

/// An encoding: tokens of 64 bytes, a packet each, become results of 32 bytes. Its weights are two
/// packets, and come with the first tile.
struct EncodeSpec {
  std::vector<std::uint32_t> tile_tokens;
};

using LayerSpec = std::variant<AttentionSpec, EncodeSpec>;

/// Bytes that the controller hands out, and its parameters.
struct ChipSpec {
  std::uint64_t input_bytes = 1U << 20U;
  std::uint64_t output_bytes = 1U << 20U;
  std::uint64_t index_bytes = 1U << 20U;
  std::uint32_t prefetch_units = 2;
  bool query_forwarding = true;
};

/// When the neighbours answer, from the controller's order to the cycle in which it sees the
/// answer, 2 at least. Packets of loads are delivered one a cycle, one load after the other;
/// packets of results are stored likewise.
struct AnswerTimes {
  Cycle load = 5;  ///< to the first packet
  std::array<Cycle, 2> sddmm{10, 10};
  Cycle merge = 3;
  std::array<Cycle, 2> spmm{8, 8};
  Cycle normalise = 9;
  Cycle store = 9;             ///< to the first packet; of encodings from the token's delivery
  Cycle loads_taken_from = 0;  ///< load commands are not taken before this cycle
};

/// Something between the controller and a neighbour, in the cycle in which the controller does it
/// or sees it: "load key", "sddmm sparser", "merge", "spmm denser", "normalise" are its orders;
/// "delivered key", "stored", and an order with " done" are answers.
struct ControllerEvent {
  Cycle cycle = 0;
  std::string what;
  std::size_t unit = 0;  ///< place in the program

  std::string text() const { return fmt::format("{} {} {}", cycle, what, unit); }
  bool operator==(const ControllerEvent&) const = default;
};

/// Runs a program on the controller alone, among neighbours that answer as `times` says. With a
/// `stall_seed` every beat of every link waits some random cycles more.
class ControllerBench {
 public:
  ControllerBench(const std::vector<LayerSpec>& layers, const ChipSpec& chip,
                  const AnswerTimes& times, const RunMode& mode = {},
                  std::optional<std::uint64_t> stall_seed = {});
  ~ControllerBench();

  /// In the order of their cycles.
  const std::vector<ControllerEvent>& orders() const;
  const std::vector<ControllerEvent>& answers() const;
  /// All orders as text, "CYCLE WHAT UNIT".
  std::vector<std::string> order_lines() const;
  /// Cycle of each order of one kind to one unit.
  std::vector<Cycle> cycles_of(const std::string& what, std::size_t unit) const;
  /// What the controller's cycles were counted as: "REASON FIRST_CYCLE" of each stretch, then "end"
  /// and the length of the run.
  std::string reasons() const;
  /// Cycles of each layer up to the end of its last job.
  std::vector<Cycle> layer_cycles() const;
  /// Most bytes handed out at a time, of the input, output and index pool.
  std::array<std::uint64_t, 3> peaks() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace vitcod::test
