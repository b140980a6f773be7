// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vitcod {

/// The eight words that SHA-256 (FIPS 180-4) carries from block to block.
using Sha256State = std::array<std::uint32_t, 8>;

constexpr std::size_t kSha256BlockBytes = 64;

/// Adds whole blocks to `state`, in plain C++.
void add_sha256_blocks_portably(Sha256State& state, const char* blocks, std::size_t num_blocks);

/// Whether this processor has instructions for SHA-256.
bool has_sha256_instructions();

/// As add_sha256_blocks_portably, with those instructions: about ten times as fast. Only where
/// has_sha256_instructions().
void add_sha256_blocks_natively(Sha256State& state, const char* blocks, std::size_t num_blocks);

}  // namespace vitcod
