// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_contents.hpp"

#include <algorithm>

#include "sim/base/errors.hpp"

namespace vitcod {

void DramContents::add_area(std::uint64_t address, std::uint64_t bytes,
                            std::function<Bytes()> contents) {
  if (bytes == 0) return;
  const auto next = areas_.lower_bound(address);
  const bool free_before =
      next == areas_.begin() || std::prev(next)->first + std::prev(next)->second.size <= address;
  check(free_before && (next == areas_.end() || address + bytes <= next->first),
        "two tensors lie over each other in DRAM");
  areas_.emplace(address, Area{bytes, std::move(contents), {}});
}

template <typename Use>
void DramContents::for_each_part(std::uint64_t address, std::uint64_t bytes, Use use) {
  std::uint64_t left = bytes;
  auto area = areas_.upper_bound(address);
  if (area != areas_.begin()) --area;
  for (; area != areas_.end() && area->first < address + bytes; ++area) {
    const std::uint64_t first = std::max(address, area->first);
    const std::uint64_t last = std::min(address + bytes, area->first + area->second.size);
    if (first >= last) continue;
    left -= last - first;
    Bytes& contents = area->second.bytes;
    if (contents.empty()) {
      if (area->second.contents) contents = area->second.contents();
      contents.resize(area->second.size, 0);
    }
    use(contents.data() + (first - area->first), first - address, last - first);
  }
  check(left == 0, "DRAM was accessed where nothing lies");
}

DramContents::Bytes DramContents::read(std::uint64_t address, std::uint64_t bytes) {
  Bytes result(bytes, 0);
  for_each_part(address, bytes,
                [&](const std::uint8_t* from, std::uint64_t at, std::uint64_t number) {
                  std::copy_n(from, number, result.data() + at);
                });
  return result;
}

void DramContents::write(std::uint64_t address, const Bytes& bytes) {
  for_each_part(address, bytes.size(),
                [&](std::uint8_t* to, std::uint64_t at, std::uint64_t number) {
                  std::copy_n(bytes.data() + at, number, to);
                });
}

}  // namespace vitcod
