// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "hw_models/dma/transfer.hpp"
#include "hw_models/program/kernel.hpp"
#include "hw_models/query_key_array/attention_rows.hpp"

namespace vitcod {

/// Make the output rows of a tile from its rows of P. They leave in packets of whole rows of one
/// head.
struct ProbValueKernel final : Kernel {
  std::shared_ptr<const PairTile> tile;
  const Transfer* store = nullptr;  ///< a stretch a head, or for rows that follow each other
  std::uint32_t rows_a_packet = 1;
};

}  // namespace vitcod
