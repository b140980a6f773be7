// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "hw_models/controller/controller.hpp"
#include "hw_models/dma/packet.hpp"
#include "sim/base/random.hpp"
#include "test/hw_models/controller/controller_bench.hpp"

namespace vitcod::test {

/// Extra cycles that each beat of a link waits: a stream of random numbers of the link's own.
class BeatDelays {
 public:
  BeatDelays(std::optional<std::uint64_t> seed, const char* link) {
    if (seed) random_.emplace(*seed, link);
  }
  Cycle next() {
    if (!random_ || random_->uniform_below(3) > 0) return 0;
    return 1 + random_->uniform_below(12);
  }

 private:
  std::optional<Random> random_;
};

/// Takes the beats of one link, each when it is visible and has waited.
template <typename T>
class Inbox {
 public:
  struct Taken {
    T beat;
    Cycle pushed_at;
  };

  Inbox(const char* name, std::optional<std::uint64_t> seed, Cycle from = 0)
      : port(name), stalls_(seed, name), free_(from) {}

  /// The beat of this cycle, if there is one.
  std::optional<Taken> take(Cycle now) {
    if (due() > now) return {};
    const Cycle pushed_at = port->next_visible() - 1;
    due_.reset();
    free_ = now + 1;
    return Taken{port->pop(), pushed_at};
  }
  /// The next cycle that gives a beat, as far as known; kOnLink if there is none in the link.
  Cycle due() {
    if (port->next_visible() == kOnLink) return kOnLink;
    if (!due_) due_ = std::max(port->next_visible(), free_) + stalls_.next();
    return *due_;
  }

  LinkIn<T> port;

 private:
  BeatDelays stalls_;
  Cycle free_;
  std::optional<Cycle> due_;
};

/// Pushes beats into one link, in order, each in its cycle or as soon after as may be.
template <typename T>
class Outbox {
 public:
  Outbox(const char* name, std::optional<std::uint64_t> seed) : port(name), stalls_(seed, name) {}

  /// Returns the cycle in which the beat is to be pushed.
  Cycle add(T beat, Cycle cycle) {
    free_ = std::max(cycle, free_) + stalls_.next();
    waiting_.push_back({std::move(beat), free_});
    return free_++;
  }
  void push(Cycle now) {
    if (waiting_.empty() || waiting_.front().cycle > now) return;
    check(port->ready(), "the controller leaves an answer in its link");
    port->push(std::move(waiting_.front().beat));
    waiting_.pop_front();
  }
  Cycle due() const { return waiting_.empty() ? kOnLink : waiting_.front().cycle; }

  LinkOut<T> port;

 private:
  struct Waiting {
    T beat;
    Cycle cycle;
  };
  BeatDelays stalls_;
  Cycle free_ = 0;
  std::deque<Waiting> waiting_;
};

/// All blocks that the controller talks with, as one: takes its orders and answers them.
class ControllerNeighbours final : public Block {
 public:
  /// Place of a job's unit of work in the program.
  using UnitIndex = std::function<std::size_t(std::size_t job)>;

  /// Units of `program`: both engines, then the normaliser.
  ControllerNeighbours(const sc_core::sc_module_name& name, SimBench& bench, const Program& program,
                       const AnswerTimes& times, UnitIndex unit_index,
                       std::optional<std::uint64_t> seed);

  std::vector<ControllerEvent> orders;
  std::vector<ControllerEvent> answers;

  Inbox<LoadCommand> loads;
  std::array<Inbox<UnitOrder>, 3> tasks;
  std::array<Outbox<Delivery>, 3> deliveries;  ///< of both engines, of the encoder
  std::array<Outbox<UnitDone>, 3> dones;
  Outbox<StoreDone> stores;

 private:
  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }

  void answer(const LoadCommand& command, Cycle now);
  void answer_tokens(const Packet& packet, Cycle delivered_at);
  void answer(std::size_t unit, const UnitOrder& order, Cycle now);
  void store_rows(const Transfer& store, Cycle now);
  Cycle time_of(std::size_t unit, const Kernel& kernel) const;
  void note_answer(Cycle pushed_at, std::string what, std::size_t job);

  const AnswerTimes times_;
  const UnitIndex unit_index_;
  std::map<const Kernel*, std::size_t> job_of_;
  Cycle path_free_ = 0;  ///< of the packets that are loaded
  StatGroup stats_;
  CycleBreakdown<TestActivity, 2> cycles_{stats_, {"idle", "busy"}};
};

}  // namespace vitcod::test
