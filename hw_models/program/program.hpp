// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hw_models/dma/transfer.hpp"
#include "hw_models/program/kernel.hpp"
#include "hw_models/program/region.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// Index into Program::jobs: program order.
enum class JobId : std::uint32_t {};
/// A unit of the machine that executes orders: index of its pair of links at the controller.
enum class UnitId : std::uint8_t {};
/// Index into Program::phases.
enum class PhaseId : std::uint8_t {};

inline constexpr std::size_t index_of(JobId id) { return static_cast<std::size_t>(id); }
inline constexpr std::size_t index_of(UnitId id) { return static_cast<std::size_t>(id); }
inline constexpr std::size_t index_of(PhaseId id) { return static_cast<std::size_t>(id); }

/// Phases that every program has first; further ones are named by the machine.
inline constexpr PhaseId kWaitOperands{0};  ///< nothing of the oldest job's loads is under way
inline constexpr PhaseId kWaitSpace{1};     ///< its operands are there, its results have no room

/// What one unit does in a job, and how its part of the job ends.
struct Order {
  enum class Ends : std::uint8_t {
    kReported,  ///< the unit says so, and the job waits for it
    kDrained,   ///< likewise, but the job ends without it: the unit works off what the others leave
  };
  UnitId unit{};
  std::shared_ptr<const Kernel> kernel;
  Ends ends = Ends::kReported;
};

/// A transfer into the machine, and the regions that it fills.
struct Load {
  Transfer transfer;
  std::vector<RegionId> claims;  ///< taken before the load is commanded
  bool is_fence = false;         ///< what it brings is needed by rows that come another way
  bool after_fences = false;     ///< commanded only once the job's fences are delivered
  /// It comes while the job's units work on it: the job is issued without it, and ends with it.
  bool streams = false;
};

/// A job that another one waits for.
struct Dependency {
  enum class Milestone : std::uint8_t {
    kDelivered,  ///< its loads have come; with one that streams, it has ended
    kEnded,      ///< it has ended, and all jobs before it
    kRetired,    ///< and its results, and those of all jobs before it, are in DRAM
  };
  JobId job{};
  Milestone milestone = Milestone::kEnded;
  bool operator==(const Dependency&) const = default;
};

/// A step of the program. Loads are commanded in program order, each when its regions are free. A
/// job is issued when those before it have ended, its loads are delivered (those that stream:
/// commanded) and `claims` are free; it ends when its units have reported, and gives `frees` back.
struct Job {
  std::vector<Load> loads;
  std::vector<RegionId> claims;              ///< taken when the job is issued
  std::vector<RegionId> frees;               ///< given back when it ends
  std::vector<RegionId> frees_when_drained;  ///< when its units that drain have reported too
  std::vector<Order> orders;                 ///< in the order in which they are given
  std::optional<Transfer> store;
  RegionId stored{};  ///< given back once all of `store` is in DRAM, if there is one
  std::vector<Dependency> loads_wait_for;
  bool streams = false;    ///< it has no orders: it is issued with its first load and ends with the
                           ///< delivery of its last one, its unit working on packets as they come
  bool chained = false;    ///< issued in the cycle in which the job before it ends
  bool ends_tile = false;  ///< last job of a piece that the compiler cut
  std::uint32_t layer = 0;   ///< of the trace, that its cycles belong to
  PhaseId phase{};           ///< its cycles while it is issued
  PhaseId operands_phase{};  ///< its cycles while its loads are under way
};

/// Bytes of a table that the compiler made and that lies in DRAM (an index); made when asked for.
struct Table {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
  std::function<std::vector<std::uint8_t>()> contents;
};

/// What the compiler makes of a trace, once and offline: the controller carries it out.
struct Program {
  std::vector<std::string> phases;  ///< names
  PhaseId write_back{};             ///< all jobs have ended, the last results are stored
  std::vector<Pool> pools;
  std::vector<Region> regions;
  std::deque<Job> jobs;  ///< transfers are referred to: elements stay where they are
  std::vector<Table> tables;
  std::uint64_t dram_bytes = 0;  ///< that tensors and tables take
  /// Of each layer of the trace up to the last one that has jobs, as the compiler predicts them:
  /// counted as those of the run are.
  std::vector<Cycle> predicted_cycles;
};

}  // namespace vitcod
