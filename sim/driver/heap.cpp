// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/heap.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace vitcod {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20U;
constexpr int kHeapBytes = 1 << 30;
// What malloc would rise to by itself, as larger and larger blocks are freed.
constexpr int kLargestFromHeap = 32 << 20;
constexpr int kUsualTopPad = 128 << 10;

}  // namespace

void reserve_heap() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY) return;
  ::mallopt(M_MMAP_THRESHOLD, kLargestFromHeap);
  // Free space at the end stays: most of the heap is that at first, and would be given back.
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  // With bins of small blocks, one that is freed beside much free space goes through them all.
  ::mallopt(M_MXFAST, 0);
  ::mallopt(M_TOP_PAD, kHeapBytes);
  // More than there is so far: the heap grows by this and by the pad.
  auto* const first = static_cast<char*>(std::malloc(kLargePage));
  ::mallopt(M_TOP_PAD, kUsualTopPad);
  const auto start = reinterpret_cast<std::uintptr_t>(first);
  const auto begin = (start + kLargePage - 1) & ~(kLargePage - 1);
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  if (first == nullptr || begin >= end) {
    std::free(first);
    return;
  }
  const std::size_t before = begin - start;
  ::madvise(first + before, end - begin, MADV_HUGEPAGE);
  // What lies before the first large page stays taken: addresses without memory.
  static void* const unused = std::realloc(first, before);
  static_cast<void>(unused);
}

}  // namespace vitcod
