// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/base/json.hpp"
#include "workloads/trace.hpp"

namespace vitcod::test {

/// Walks over the result document: every `cycles` object of a block must sum to /cycles/total,
/// every `dram_clocks` object to /dram/clocks, the phases and the layers to /cycles/total, the
/// phases of a layer to its cycles, those of all layers to /cycles/by_phase; /utilization must be
/// the MACs over what the machine's multipliers can do. Returns what is wrong first, or "".
std::string accounts_fault(const Json& result);

/// Every energy must be its counter below /blocks times its cost in the machine's table and the
/// macros of its memory, the total their sum with the DRAM's, leakage and clock; each score written
/// to S must be read once. Returns what is wrong first, or "".
std::string energy_fault(const Json& result);

/// The area must be the sum of its parts; leakage and clock must follow from areas, macros and the
/// machine's tables; power must be energy over time, and the sum of its parts. Returns what is
/// wrong first, or "".
std::string silicon_fault(const Json& result);

/// What the machine cannot beat, counted from the trace and the machine's document alone: MACs on
/// all multipliers, operands and outputs at the memory's peak bandwidth, output rows in the
/// normaliser, scores in the score units, bytes at the ports of buffers and crossbar. Returns what
/// the result is faster than, with both numbers, or "".
std::string floor_fault(const Json& result, const Json& machine, const Trace& trace);

/// MACs of attention that the trace asks for: with two engines the denser columns in full, else
/// kept entries.
std::uint64_t required_macs(const Trace& trace, bool two_engines);
/// Likewise of linear layers: products that multiply, and those that shift.
std::uint64_t linear_macs(const Trace& trace);
std::uint64_t linear_shifts(const Trace& trace);
/// Of values by codes, those that a code leaves out too.
std::uint64_t code_additions(const Trace& trace);

/// Bytes that the operations of the trace read from memory: each tensor once that attention reads,
/// without heads that nothing is computed of, and once for each linear layer or layer norm that
/// reads it, as often as its rows are gathered; what units behind the hub read, but for the index
/// filter. And bytes that they write to it.
std::uint64_t bytes_to_read(const Trace& trace, bool two_engines);
std::uint64_t bytes_to_write(const Trace& trace);

}  // namespace vitcod::test
