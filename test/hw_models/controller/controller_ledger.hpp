// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "test/hw_models/controller/controller_bench.hpp"

namespace vitcod::test {

/// Most bytes that one unit of the program needs, with what the layer keeps: input, output and
/// index pool.
std::array<std::uint64_t, 3> largest_unit(const std::vector<LayerSpec>& layers,
                                          bool query_forwarding);

/// The orders of a program to each neighbour ("load", "denser", "sparser", "normaliser"), in order:
/// "WHAT UNIT".
std::map<std::string, std::vector<std::string>> expected_orders(
    const std::vector<LayerSpec>& layers, bool query_forwarding);

/// Goes through all that passed between the controller and its neighbours, and checks with the
/// test's own count of bytes that no pool was ever given out beyond its size, that none remains
/// taken, that the peaks are those reported, and that no phase began before its operands were seen.
void check_ledger(const ControllerBench& bench, const std::vector<LayerSpec>& layers,
                  const ChipSpec& chip);

}  // namespace vitcod::test
