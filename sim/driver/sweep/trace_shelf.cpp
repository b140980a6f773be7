// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/trace_shelf.hpp"

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstring>
#include <new>
#include <string_view>
#include <vector>

#include "workloads/trace_image.hpp"

namespace vitcod {

/// Space is only ever taken, from `used` on; entries are chained, the last one first. An entry
/// whose process died before it was chained is space lost, and nothing else.
struct TraceShelf::Header {
  std::atomic<std::uint64_t> used;
  std::atomic<std::uint64_t> last;  ///< offset of an entry; 0: none
};

struct TraceShelf::Entry {
  std::uint64_t before;  ///< offset of the entry that was chained before; 0: none
  std::uint64_t bytes;   ///< of the image that follows
  std::array<char, 64> key;

  std::string_view name() const { return {key.data(), ::strnlen(key.data(), key.size())}; }
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "other processes see no lock");

TraceShelf::TraceShelf(std::size_t capacity_bytes) {
  static_assert(sizeof(Header) % 8 == 0 && sizeof(Entry) % 8 == 0, "images begin at 8 bytes");
  void* memory = ::mmap(nullptr, capacity_bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;
  memory_ = static_cast<std::byte*>(memory);
  capacity_ = capacity_bytes;
  new (memory_) Header{{sizeof(Header)}, {0}};
}

TraceShelf::~TraceShelf() {
  if (memory_ != nullptr) ::munmap(memory_, capacity_);
}

TraceShelf::Entry* TraceShelf::at(std::uint64_t offset) const {
  return reinterpret_cast<Entry*>(memory_ + offset);
}

std::optional<Trace> TraceShelf::find(const std::string& key) const {
  if (memory_ == nullptr) return std::nullopt;
  const auto& header = *reinterpret_cast<const Header*>(memory_);
  for (std::uint64_t offset = header.last.load(std::memory_order_acquire); offset != 0;) {
    const Entry& entry = *at(offset);
    if (entry.name() == key) {
      return view_trace_image({memory_ + offset + sizeof(Entry), entry.bytes});
    }
    offset = entry.before;
  }
  return std::nullopt;
}

void TraceShelf::add(const std::string& key, const Trace& trace) {
  if (memory_ == nullptr) return;
  auto& header = *reinterpret_cast<Header*>(memory_);
  const std::vector<std::byte> image = make_trace_image(trace);
  const std::uint64_t size = sizeof(Entry) + image.size();
  // Taking space that is not there would take it from smaller traces too.
  std::uint64_t offset = header.used.load(std::memory_order_relaxed);
  do {
    if (size > capacity_ - offset) return;
  } while (!header.used.compare_exchange_weak(offset, offset + size));
  Entry* entry = new (memory_ + offset) Entry{0, image.size(), {}};
  key.copy(entry->key.data(), entry->key.size());
  std::memcpy(memory_ + offset + sizeof(Entry), image.data(), image.size());
  entry->before = header.last.load(std::memory_order_relaxed);
  while (!header.last.compare_exchange_weak(entry->before, offset, std::memory_order_release)) {
  }
}

}  // namespace vitcod
