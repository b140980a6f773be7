// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"

namespace vitcod {

using Cycle = std::uint64_t;

class CycleAccount;
class CycleListener;

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
  /// `parent` must outlive the group.
  StatGroup(StatGroup& parent, std::string_view name) : name_(name), parent_(&parent) {
    parent.children_.push_back(this);
  }
  StatGroup(const StatGroup&) = delete;
  StatGroup& operator=(const StatGroup&) = delete;

  const std::string& name() const { return name_; }
  /// Its place in what `write` of the root sets: a JSON pointer, empty for the root.
  std::string path() const;
  const std::vector<StatGroup*>& children() const { return children_; }
  const std::vector<const Statistic*>& statistics() const { return statistics_; }
  void add(const Statistic& statistic) { statistics_.push_back(&statistic); }
  void add(CycleAccount& account);
  /// Tells `listener` of every pass on the accounts of the group and of those below it, as they are
  /// now. It must outlive the run.
  void listen(CycleListener& listener);

  /// Sets `out` to one JSON object: the group's statistics, then its children. ModelError if two of
  /// them have the same name.
  void write(Json& out) const;

 private:
  std::string name_;
  const StatGroup* parent_ = nullptr;
  std::vector<StatGroup*> children_;
  std::vector<const Statistic*> statistics_;
  std::vector<CycleAccount*> accounts_;
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

/// Is told how the cycles of accounts pass: a timeline, a waveform, figures of a part of a run.
class CycleListener {
 public:
  virtual ~CycleListener() = default;

  /// The cycles [from, to) of the account's clock, at least one, passed under `reason`, the place
  /// of its name in account.reasons(). The passes of one account come in the order of time and
  /// leave no cycle out, from cycle 0 to the end of the run; how many of one reason follow each
  /// other depends on the run mode. Passes of different accounts come in no order: a block that
  /// knows its future tells it ahead, a part that others drive tells its past when it is called.
  virtual void on_pass(const CycleAccount& account, std::size_t reason, Cycle from, Cycle to) = 0;
};

/// Cycles of one block by reason. Each cycle is counted once: `standing` names the reason that
/// holds from now on, `pass` counts cycles, under it or under a reason that is known otherwise. The
/// kernel checks at the end of a run that the sum is the run's length.
class CycleAccount : public Statistic {
 public:
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (std::uint64_t c : cycles_) sum += c;
    return sum;
  }
  /// Names of the reasons, in the order in which `write` has them.
  const std::vector<std::string_view>& reasons() const { return reasons_; }
  /// Cycles that passed under a reason; none if the account has no such reason.
  std::optional<std::uint64_t> find(std::string_view reason) const;
  std::string_view standing_name() const { return reasons_[standing_]; }
  /// The cycles [from, to) have passed under the standing reason.
  void pass(Cycle from, Cycle to) { pass_under(standing_, from, to); }
  void write(Json& out) const override;
  /// Its place in what `write` of the root of its group sets: a JSON pointer.
  std::string path() const { return group_.path() + "/" + name(); }
  /// Tells `listener` of every pass from now on. It must outlive the run.
  void listen(CycleListener& listener) { listeners_.push_back(&listener); }

 protected:
  CycleAccount(StatGroup& group, std::string_view key, std::vector<std::string_view> reasons)
      : Statistic(key, "cycles by reason"),
        group_(group),
        reasons_(std::move(reasons)),
        cycles_(reasons_.size(), 0) {
    group.add(*this);
  }
  void set_standing(std::size_t reason) { standing_ = reason; }
  void pass_under(std::size_t reason, Cycle from, Cycle to) {
    cycles_[reason] += to - from;
    if (!listeners_.empty() && to > from) [[unlikely]]
      tell(reason, from, to);
  }
  std::uint64_t at(std::size_t reason) const { return cycles_[reason]; }

 private:
  void tell(std::size_t reason, Cycle from, Cycle to) const;

  const StatGroup& group_;
  std::vector<std::string_view> reasons_;
  std::vector<std::uint64_t> cycles_;
  std::size_t standing_ = 0;
  std::vector<CycleListener*> listeners_;
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
  /// The cycles [from, to), the next ones that the account has not counted, passed under `reason`.
  void pass(Reason reason, Cycle from, Cycle to) {
    pass_under(static_cast<std::size_t>(reason), from, to);
  }
  using CycleAccount::pass;
  std::uint64_t cycles(Reason reason) const { return at(static_cast<std::size_t>(reason)); }
};

}  // namespace vitcod
