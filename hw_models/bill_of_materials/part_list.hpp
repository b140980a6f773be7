// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vitcod {

/// Kinds of logic that blocks are counted in. Each kind has a unit, so that a width is a count.
enum class PartKind : std::uint8_t {
  kMultiplier,     ///< bits of one factor x bits of the other: 64 of an int8 multiplier
  kAdder,          ///< bits
  kComparator,     ///< bits
  kDivider,        ///< bits of the divisor x bits of the quotient
  kMultiplexer,    ///< 2:1, bits
  kTable,          ///< bits of a table of constants
  kRegister,       ///< bits of flip-flops that are clocked in every cycle, or in those that their
                   ///< block works in (ClockGatingConfig)
  kGatedRegister,  ///< bits of flip-flops that are clocked only when they are loaded
  kLatch,          ///< bits of arrays of latches: no word is read in the cycle that writes it
  kClockGate,      ///< cells that gate the clock of registers, each with the register of its enable
};
inline constexpr std::array<std::string_view, 10> kPartKindNames = {
    "multipliers", "adders",    "comparators",     "dividers", "multiplexers",
    "tables",      "registers", "gated_registers", "latches",  "clock_gates"};
inline constexpr std::size_t kNumPartKinds = kPartKindNames.size();
inline constexpr std::size_t index_of(PartKind kind) { return static_cast<std::size_t>(kind); }

/// A memory as a block asks for it.
struct MemoryNeed {
  std::uint64_t bytes = 0;  ///< of all banks
  std::uint32_t banks = 1;
  std::uint64_t width_bytes = 1;  ///< of a bank's word
  std::uint32_t ports = 1;        ///< of each bank: accesses in one cycle, reads and writes
};

/// What a block is built of: logic by kind, and at most one memory. Counts are whole numbers, held
/// as doubles because no product of a configuration's values overflows these.
struct PartList {
  std::array<double, kNumPartKinds> counts{};
  std::optional<MemoryNeed> memory;

  double count(PartKind kind) const { return counts[index_of(kind)]; }

  /// `num` parts of `size` units each.
  PartList& add(PartKind kind, std::uint64_t num, std::uint64_t size) {
    counts[index_of(kind)] += double(num) * double(size);
    return *this;
  }
  PartList& add_multipliers(std::uint64_t num, std::uint64_t bits, std::uint64_t other_bits) {
    return add(PartKind::kMultiplier, num, bits * other_bits);
  }
  PartList& add_adders(std::uint64_t num, std::uint64_t bits) {
    return add(PartKind::kAdder, num, bits);
  }
  /// Adders with the registers that they add to.
  PartList& add_accumulators(std::uint64_t num, std::uint64_t bits) {
    return add_adders(num, bits).add_registers(num, bits);
  }
  PartList& add_comparators(std::uint64_t num, std::uint64_t bits) {
    return add(PartKind::kComparator, num, bits);
  }
  PartList& add_dividers(std::uint64_t num, std::uint64_t divisor_bits,
                         std::uint64_t quotient_bits) {
    return add(PartKind::kDivider, num, divisor_bits * quotient_bits);
  }
  PartList& add_tables(std::uint64_t num, std::uint64_t words, std::uint64_t bits) {
    return add(PartKind::kTable, num, words * bits);
  }
  /// Brings any of `sources` to each of `destinations`: as many 2:1 multiplexers as that takes.
  PartList& add_network(std::uint64_t sources, std::uint64_t destinations, std::uint64_t bits) {
    if (sources > 1)
      counts[index_of(PartKind::kMultiplexer)] +=
          double(destinations) * double(bits) * double(sources - 1);
    return *this;
  }
  PartList& add_multiplexers(std::uint64_t num, std::uint64_t bits) {
    return add(PartKind::kMultiplexer, num, bits);
  }
  /// Shifts by any distance below 2^`levels`.
  PartList& add_shifters(std::uint64_t num, std::uint64_t bits, std::uint64_t levels) {
    return add(PartKind::kMultiplexer, num, bits * levels);
  }
  PartList& add_registers(std::uint64_t num, std::uint64_t bits) {
    return add(PartKind::kRegister, num, bits);
  }
  PartList& add_gated_registers(std::uint64_t num, std::uint64_t bits) {
    return add(PartKind::kGatedRegister, num, bits);
  }
  PartList& add_latches(std::uint64_t num, std::uint64_t bits) {
    return add(PartKind::kLatch, num, bits);
  }
  /// A queue, written and read a word at a time. What enters is seen in the next cycle, so that
  /// latches do.
  PartList& add_queue(std::uint64_t words, std::uint64_t bits) {
    return add_latches(words, bits).add_network(words, 1, bits);
  }

  PartList& operator+=(const PartList& other) {
    for (std::size_t kind = 0; kind < kNumPartKinds; ++kind) counts[kind] += other.counts[kind];
    if (other.memory) memory = other.memory;
    return *this;
  }
};

}  // namespace vitcod
