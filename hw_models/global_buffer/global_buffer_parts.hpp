// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hw_models/bill_of_materials/pool_banks.hpp"
#include "hw_models/global_buffer/global_buffer_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// The staging, of `bytes`: a write port and a read port, of which one is the crossbar's, and where
/// the next packet goes and comes from.
inline PartList parts_of(const GlobalBufferConfig& config, std::uint64_t bytes,
                         std::uint32_t crossbar_bytes_per_cycle) {
  constexpr std::uint32_t kPorts = 2;
  constexpr std::uint64_t kAddressBits = 20;
  PartList parts;
  parts.memory = MemoryNeed{
      bytes, 1, std::max<std::uint32_t>(config.port_bytes_per_cycle, crossbar_bytes_per_cycle),
      kPorts};
  parts.add_accumulators(kPorts, kAddressBits);
  return parts;
}

/// The part of a buffer that is handed out in whole banks.
struct PoolUse {
  std::uint64_t bytes = 0;
  std::uint64_t width_bytes = 1;         ///< of the widest word that anyone reads or writes
  std::uint32_t ports_per_bank = 1;      ///< of those who read or write it with the most
  std::uint64_t words_written = 1;       ///< that may come for any bank in a cycle
  std::vector<std::uint64_t> streams{};  ///< of each that reads words in turn: bytes a cycle
};

inline PoolBanks pool_banks(const GlobalBufferConfig& config, const PoolUse& use) {
  return {std::max<std::uint64_t>(1, ceil_div(use.bytes, std::uint64_t{config.bank_bytes})),
          std::min<std::uint64_t>(use.width_bytes, config.bank_bytes)};
}

/// From any bank to one that reads words in turn. A word that is wider than the banks' lies in as
/// many of them side by side, and each part chooses among the banks that it may lie in.
inline void add_stream(const PoolBanks& pool, std::uint64_t bytes, PartList& parts) {
  const std::uint64_t apart = std::min(pool.banks, ceil_div(bytes, pool.width_bytes));
  parts.add_multiplexers(pool.banks - apart, 8 * std::min(bytes, pool.width_bytes));
}

/// Its banks. A bank is either filled or read, so that it takes no port more to be filled. A word
/// comes to each from any that may write it.
inline PartList pool_parts(const GlobalBufferConfig& config, const PoolUse& use) {
  const PoolBanks pool = pool_banks(config, use);
  PartList parts;
  parts.memory = MemoryNeed{use.bytes, static_cast<std::uint32_t>(pool.banks), pool.width_bytes,
                            use.ports_per_bank};
  parts.add_network(use.words_written, pool.banks, 8 * pool.width_bytes);
  for (const std::uint64_t bytes : use.streams) add_stream(pool, bytes, parts);
  return parts;
}

}  // namespace vitcod
