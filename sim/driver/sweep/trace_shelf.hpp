// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "workloads/trace.hpp"

namespace vitcod {

/// Traces in memory that a process shares with all that it forks later: whoever makes a trace puts
/// it there, and the others take it from there, read-only and without a copy. What is on the shelf
/// stays until the last of these processes ends; what finds no more room is kept by each process
/// for itself. No process waits for another, and one that is killed leaves nothing half made in
/// sight.
class TraceShelf {
 public:
  /// Memory is taken from the system as traces come. If there is no address space, nothing fits.
  explicit TraceShelf(std::size_t capacity_bytes);
  ~TraceShelf();
  TraceShelf(const TraceShelf&) = delete;
  TraceShelf& operator=(const TraceShelf&) = delete;

  std::size_t capacity() const { return capacity_; }
  /// The trace under `key`, with maps that are views of the shelf: it must not outlive it.
  std::optional<Trace> find(const std::string& key) const;
  /// Puts a trace there if it finds room. `key`: up to 64 characters.
  void add(const std::string& key, const Trace& trace);

 private:
  struct Header;
  struct Entry;

  Entry* at(std::uint64_t offset) const;

  std::byte* memory_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace vitcod
