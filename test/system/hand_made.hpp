// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/json.hpp"
#include "sim/driver/run_config.hpp"
#include "workloads/attention_map.hpp"
#include "workloads/model_config.hpp"

namespace vitcod::test {

/// One attention block, small enough to count by hand what it moves and computes.
struct HandMadeBlock {
  std::uint32_t num_queries = 0;
  std::uint32_t num_keys = 0;
  std::uint32_t key_dim = 0;
  std::uint32_t value_dim = 0;
  std::uint32_t compressed_heads = 0;  ///< 0: no auto-encoder
  /// Per head, by its first `denser` columns in full and `per_row` more entries in each row, in the
  /// columns after them.
  struct Head {
    std::uint32_t denser = 0;
    std::uint32_t per_row = 0;
  };
  std::vector<Head> heads;
};

Trace hand_made_trace(const HandMadeBlock& block);

/// The published machine with packets of one DRAM burst (64 bytes), and with buffers of which so
/// many bytes are left for units.
struct HandMadeMachine {
  std::uint32_t input_bytes = 1U << 20U;
  std::uint32_t output_bytes = 1U << 20U;
  std::uint32_t index_bytes = 1U << 20U;
  bool two_engines = true;
  bool query_forwarding = true;

  Json document(std::uint32_t value_dim) const;
};

/// Machine and block as a run.
RunConfig hand_made_run(const HandMadeMachine& machine, const HandMadeBlock& block);

}  // namespace vitcod::test
