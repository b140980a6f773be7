// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace vitcod {

/// The most bursts that one request may ask for.
inline constexpr std::uint32_t kMaxDramRunBursts = 64;

/// A run of consecutive channel-local bursts, 1 to kMaxDramRunBursts. One beat of a link.
struct DramRequest {
  std::uint64_t id = 0;           ///< comes back in the response
  std::uint64_t first_burst = 0;  ///< channel-local burst index (AddressMap)
  std::uint32_t num_bursts = 1;
  bool write = false;
};

/// Pushed when the last data beat of the run's last burst has passed the DRAM bus (reads: the data
/// is complete; writes: it is written), plus the controller's constant `response_clocks`.
struct DramResponse {
  std::uint64_t id = 0;
};

}  // namespace vitcod
