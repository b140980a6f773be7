// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <vector>

#include "hw_models/dma/packet.hpp"
#include "hw_models/gemm_engine/gemm_kernels.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {

/// What the banks hold of the operands of linear layers when values are computed, by region. What
/// was never written is zero.
class GemmContents {
 public:
  void write(const GemmPlacement& placement, const Packet& packet) {
    std::vector<std::uint8_t>& bytes = regions_[placement.region];
    if (bytes.empty()) bytes.assign(placement.bytes, 0);
    check(placement.place(packet.offset + packet.payload->size() - 1) < bytes.size(),
          "a packet does not fit the region that it is for");
    for (std::size_t i = 0; i < packet.payload->size(); ++i) {
      bytes[placement.place(packet.offset + i)] = (*packet.payload)[i];
    }
  }
  /// Sums of some rows of a region (total_rows, columns), from row `first_row` on.
  void write_sums(RegionId region, std::size_t first_row, std::size_t total_rows,
                  std::size_t columns, const std::vector<std::int32_t>& sums) {
    std::vector<std::uint8_t>& bytes = regions_[region];
    if (bytes.empty()) bytes.assign(total_rows * columns * sizeof(std::int32_t), 0);
    const std::size_t place = first_row * columns * sizeof(std::int32_t);
    check(place + sums.size() * sizeof(std::int32_t) <= bytes.size(),
          "sums do not fit the region that they wait in");
    std::memcpy(bytes.data() + place, sums.data(), sums.size() * sizeof(std::int32_t));
  }
  /// ModelError if the region holds nothing (any more).
  const std::uint8_t* bytes(RegionId region) const {
    const auto found = regions_.find(region);
    check(found != regions_.end(), "a buffer was read where it holds nothing");
    return found->second.data();
  }
  void free(RegionId region) { regions_.erase(region); }

 private:
  std::unordered_map<RegionId, std::vector<std::uint8_t>> regions_;
};

/// The sums of a block, with what its results need.
struct BlockValues {
  std::vector<std::int32_t> sums;             ///< (rows, columns)
  std::vector<std::int32_t> beside;           ///< by row, of the line beside the array
  std::vector<std::uint32_t> requantisation;  ///< by column, then that of the line beside
};

/// From the array to the drain: a block's sums are complete. Its accumulators stay taken.
struct FinishedBlock {
  std::shared_ptr<const BlockValues> values;  ///< null if none are computed
};

/// From the drain to the array: a block's accumulators are free.
struct AccumulatorsFreed {};

}  // namespace vitcod
