// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "workloads/trace.hpp"

namespace vitcod {

/// What the attention of a trace asks for, whatever machine runs it.
struct AttentionWork {
  std::uint64_t nnz = 0;         ///< kept entries of all attention blocks, all heads
  std::uint64_t macs = 0;        ///< of the kept entries: scores, and outputs
  std::uint64_t dense_macs = 0;  ///< if every entry were kept
};

AttentionWork attention_work(const Trace& trace);

}  // namespace vitcod
