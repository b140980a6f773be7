// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "hw_models/dma/packet.hpp"

namespace vitcod {

/// Puts the rows of a load together from the values of its packets: a row that spans packets waits
/// in a register until its last byte is there. Bytes of a row whose beginning went elsewhere are
/// passed over. Two loads may alternate.
class RowAssembler {
 public:
  /// Calls `use(row, bytes)` for each row that is complete with `packet`.
  template <typename Use>
  void take(const Packet& packet, std::uint64_t row_bytes, Use use) {
    Partial& partial = partial_[packet.transfer];
    if (partial.next_offset != packet.offset) partial.bytes.clear();
    const std::vector<std::uint8_t>& values = *packet.payload;
    std::uint64_t begin = packet.offset - partial.bytes.size();  // of what is at hand
    partial.bytes.insert(partial.bytes.end(), values.begin(), values.end());
    const std::uint8_t* next = partial.bytes.data();
    const std::uint64_t end = packet.offset + values.size();
    if (const std::uint64_t over = begin % row_bytes; over != 0) {
      const std::uint64_t skipped = std::min(row_bytes - over, end - begin);
      begin += skipped;
      next += skipped;
    }
    for (; begin + row_bytes <= end; begin += row_bytes, next += row_bytes) {
      use(static_cast<std::uint32_t>(begin / row_bytes), next);
    }
    partial.bytes.erase(partial.bytes.begin(),
                        partial.bytes.begin() + (next - partial.bytes.data()));
    partial.next_offset = end;
    if (partial.bytes.empty()) partial_.erase(packet.transfer);
  }

 private:
  struct Partial {
    std::uint64_t next_offset = 0;
    std::vector<std::uint8_t> bytes;
  };
  std::unordered_map<const Transfer*, Partial> partial_;
};

}  // namespace vitcod
