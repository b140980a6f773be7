// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vitcod {

/// What a top-k engine comes to, and on its way.
struct TopK {
  std::vector<std::uint32_t> kept;    ///< places of the k largest, ascending
  std::vector<std::uint32_t> passes;  ///< entries of each pass of the search
};

/// The `k` largest of `values`, at most all of them; the lower place first among equals.
///
/// Quick-select with two FIFOs: the entry in front of the FIFO is the pivot. A pass compares all
/// entries with it, counts those that are larger and those that are equal, and writes larger and
/// smaller ones to a FIFO each. It ends where the k-th largest is known to be the pivot; else the
/// search goes on in one of the FIFOs. Nothing is searched if none or all are to be kept.
TopK quick_select(std::span<const std::uint64_t> values, std::uint32_t k);

}  // namespace vitcod
