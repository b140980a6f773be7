// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace vitcod {

/// What the DRAM holds when values are computed: bytes by address, in areas. Those with given
/// contents (the operands of a workload) are filled when first touched; others are zero until they
/// are written.
class DramContents {
 public:
  using Bytes = std::vector<std::uint8_t>;

  /// `bytes` bytes from `address` on; `contents` gives them, once (none: zero). ModelError if the
  /// area overlaps another one.
  void add_area(std::uint64_t address, std::uint64_t bytes, std::function<Bytes()> contents);

  /// ModelError if a byte of the access lies in no area: the address is wrong.
  Bytes read(std::uint64_t address, std::uint64_t bytes);
  void write(std::uint64_t address, const Bytes& bytes);

 private:
  struct Area {
    std::uint64_t size = 0;
    std::function<Bytes()> contents;
    Bytes bytes;  ///< empty until touched
  };
  /// Calls `use(bytes in the area, index in the access, number)` for the part of the access in each
  /// area.
  template <typename Use>
  void for_each_part(std::uint64_t address, std::uint64_t bytes, Use use);

  std::map<std::uint64_t, Area> areas_;  ///< by address
};

}  // namespace vitcod
