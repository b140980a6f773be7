// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"

namespace vitcod {

using Cycle = std::uint64_t;

/// One statistic of a group: knows its name, its meaning and how to write itself.
class Statistic {
 public:
  Statistic(std::string_view name, std::string_view meaning) : name_(name), meaning_(meaning) {}
  Statistic(const Statistic&) = delete;
  Statistic& operator=(const Statistic&) = delete;
  virtual ~Statistic() = default;

  const std::string& name() const { return name_; }
  const std::string& meaning() const { return meaning_; }
  /// Sets `out`, the member of the group's object that has this statistic's name.
  virtual void write(Json& out) const = 0;

 private:
  std::string name_;
  std::string meaning_;
};

/// A named group of statistics, in a tree that runs parallel to the blocks. The group does not own
/// its statistics: they are members of the block, and register themselves in order of declaration.
class StatGroup {
 public:
  explicit StatGroup(std::string_view name) : name_(name) {}
  StatGroup(StatGroup& parent, std::string_view name) : name_(name) {
    parent.children_.push_back(this);
  }
  StatGroup(const StatGroup&) = delete;
  StatGroup& operator=(const StatGroup&) = delete;

  const std::string& name() const { return name_; }
  const std::vector<const StatGroup*>& children() const { return children_; }
  const std::vector<const Statistic*>& statistics() const { return statistics_; }
  void add(const Statistic& statistic) { statistics_.push_back(&statistic); }

  /// Sets `out` to one JSON object: the group's statistics, then its children. ModelError if two of
  /// them have the same name.
  void write(Json& out) const;

 private:
  std::string name_;
  std::vector<const StatGroup*> children_;
  std::vector<const Statistic*> statistics_;
};

/// An event count; integers only, rates are computed when a report is written.
class Counter final : public Statistic {
 public:
  Counter(StatGroup& group, std::string_view name, std::string_view meaning)
      : Statistic(name, meaning) {
    group.add(*this);
  }
  Counter& operator++() {
    ++value_;
    return *this;
  }
  Counter& operator+=(std::uint64_t amount) {
    value_ += amount;
    return *this;
  }
  void raise_to(std::uint64_t value) {
    if (value > value_) value_ = value;
  }
  std::uint64_t value() const { return value_; }
  void write(Json& out) const override;

 private:
  std::uint64_t value_ = 0;
};

/// Cycles of one block by reason. Each cycle is counted once: `standing` names the reason that
/// holds from now on, `count` adds cycles that have passed under it, `add` adds cycles whose reason
/// is known otherwise. The kernel checks at the end of a run that the sum is the run's length.
class CycleAccount : public Statistic {
 public:
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (std::uint64_t c : cycles_) sum += c;
    return sum;
  }
  std::string_view standing_name() const { return reasons_[standing_]; }
  void count(Cycle num) { cycles_[standing_] += num; }
  void write(Json& out) const override;

 protected:
  CycleAccount(StatGroup& group, std::string_view key, std::vector<std::string_view> reasons)
      : Statistic(key, "cycles by reason"),
        reasons_(std::move(reasons)),
        cycles_(reasons_.size(), 0) {
    group.add(*this);
  }
  void set_standing(std::size_t reason) { standing_ = reason; }
  void add_to(std::size_t reason, Cycle num) { cycles_[reason] += num; }
  std::uint64_t at(std::size_t reason) const { return cycles_[reason]; }

 private:
  std::vector<std::string_view> reasons_;
  std::vector<std::uint64_t> cycles_;
  std::size_t standing_ = 0;
};

/// CycleAccount with its reasons as an enum; the first enumerator (0) holds at the start of a run.
/// `key` is "cycles", or "dram_clocks" for blocks of the DRAM clock.
template <typename Reason, std::size_t kNumReasons>
class CycleBreakdown final : public CycleAccount {
 public:
  CycleBreakdown(StatGroup& group, const std::array<std::string_view, kNumReasons>& reasons,
                 std::string_view key = "cycles")
      : CycleAccount(group, key, {reasons.begin(), reasons.end()}) {}

  void standing(Reason reason) { set_standing(static_cast<std::size_t>(reason)); }
  void add(Reason reason, Cycle num) { add_to(static_cast<std::size_t>(reason), num); }
  std::uint64_t cycles(Reason reason) const { return at(static_cast<std::size_t>(reason)); }
};

}  // namespace vitcod
