// SPDX-License-Identifier: Apache-2.0
#include "test/kernel/random_net.hpp"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/base/random.hpp"
#include "test/support/sim_bench.hpp"

namespace vitcod::test {
namespace {

/// Cycles in which a block pauses. A function of the cycle, so that it is the same however often
/// the block is woken.
class Stalls {
 public:
  Stalls(std::uint64_t seed, std::uint32_t percent) : seed_(seed), percent_(percent) {}

  bool at(Cycle cycle) const {
    std::uint64_t x = (cycle + 1) * 0x9E3779B97F4A7C15ULL ^ seed_;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    return (x ^ (x >> 31U)) % 100 < percent_;
  }
  Cycle next_free(Cycle cycle) const {
    while (at(cycle)) ++cycle;
    return cycle;
  }

 private:
  std::uint64_t seed_;
  std::uint32_t percent_;
};

enum class NetActivity { kWaiting, kMoving, kStalled, kBlocked };

class NetBlock : public Block {
 public:
  NetBlock(const sc_core::sc_module_name& name, Clock& clock, SimBench& bench, Stalls stalls)
      : Block(name, clock), stalls_(stalls), stats_(bench.stats, basename()) {}

 protected:
  CycleAccount& cycle_account() override { return cycles_; }

  const Stalls stalls_;

 private:
  StatGroup stats_;

 protected:
  CycleBreakdown<NetActivity, 4> cycles_{stats_, {"waiting", "moving", "stalled", "blocked"}};
};

/// Pushes beats in bursts. A burst is decided on when there is room for all of it; an event-driven
/// run pushes it ahead of time, a stepped one cycle by cycle.
class Producer final : public NetBlock {
 public:
  LinkOut<std::uint32_t> out{"out"};

  Producer(const sc_core::sc_module_name& name, SimBench& bench, const NetPlan::Chain& plan,
           std::uint32_t first_beat, Stalls stalls)
      : NetBlock(name, bench.clock, bench, stalls),
        plan_(plan),
        next_beat_(first_beat),
        end_beat_(first_beat + plan.num_beats) {}

 private:
  Cycle tick(Cycle now) override {
    if (now < pushed_until_) return pushed_until_;  // woken by a link within a burst
    if (pushes_left_ == 0) {
      if (next_beat_ == end_beat_) return stand(NetActivity::kWaiting, kOnLink);
      const std::uint32_t burst = std::min(plan_.burst, end_beat_ - next_beat_);
      // A full link tells when it has room; that it has more room than one beat is only to be
      // asked.
      if (out->room() < burst)
        return stand(NetActivity::kBlocked, out->ready() ? now + 1 : kOnLink);
      if (stalls_.at(now)) return stand(NetActivity::kStalled, stalls_.next_free(now));
      pushes_left_ = burst;
      next_push_ = now;
    }
    return stepped() ? push_one(now) : push_ahead();
  }

  Cycle push_one(Cycle now) {
    if (now < next_push_) return stand(NetActivity::kStalled, next_push_);
    out->push(next_beat_++);
    next_push_ += plan_.gap;
    --pushes_left_;
    return stand(NetActivity::kMoving, now + 1);
  }

  Cycle push_ahead() {
    for (; pushes_left_ > 0; --pushes_left_, next_push_ += plan_.gap) {
      out->push_at(next_beat_++, next_push_);
      cycles_.pass(NetActivity::kMoving, next_push_, next_push_ + 1);
      if (pushes_left_ == 1) continue;
      cycles_.pass(NetActivity::kStalled, next_push_ + 1, next_push_ + plan_.gap);
    }
    pushed_until_ = next_push_ - plan_.gap + 1;
    account_until(pushed_until_);
    return stand(NetActivity::kWaiting, pushed_until_);
  }

  Cycle stand(NetActivity activity, Cycle next) {
    cycles_.standing(activity);
    return next;
  }

  const NetPlan::Chain plan_;
  std::uint32_t next_beat_;
  const std::uint32_t end_beat_;
  std::uint32_t pushes_left_ = 0;
  Cycle next_push_ = 0;
  Cycle pushed_until_ = 0;  ///< cycles before are determined, in an event-driven run
};

/// A queue with a latency, which may pause.
class Queue final : public NetBlock {
 public:
  LinkIn<std::uint32_t> in{"in"};
  LinkOut<std::uint32_t> out{"out"};

  Queue(const sc_core::sc_module_name& name, Clock& clock, SimBench& bench, const QueuePlan& plan,
        Fault fault, Stalls stalls)
      : NetBlock(name, clock, bench, stalls), plan_(plan), fault_(fault) {}

 private:
  struct Entry {
    std::uint32_t beat;
    Cycle ready_at;
  };

  Cycle tick(Cycle now) override {
    const bool stalled = stalls_.at(now);
    bool moved = false;
    const bool can_send = !entries_.empty() && entries_.front().ready_at <= now && out->ready();
    const bool can_take = entries_.size() < plan_.depth && in->valid();
    if (can_send && !stalled) {
      out->push(entries_.front().beat);
      entries_.pop_front();
      moved = true;
    }
    if (can_take && !stalled) {
      entries_.push_back(Entry{in->pop(), now + plan_.latency});
      moved = true;
    }
    if (moved) {
      cycles_.standing(NetActivity::kMoving);
      return fault_ == Fault::kSleepsAfterMoving ? kOnLink : now + 1;
    }
    if (can_send || can_take) {
      cycles_.standing(NetActivity::kStalled);
      return stalls_.next_free(now);
    }
    return sleep(now);
  }

  /// Nothing to take, and the oldest beat waits for its time or for room.
  Cycle sleep(Cycle now) {
    if (entries_.empty() || entries_.front().ready_at > now) {
      cycles_.standing(NetActivity::kWaiting);
      if (entries_.empty()) return kOnLink;
      return entries_.front().ready_at + (fault_ == Fault::kWakesLate ? 1 : 0);
    }
    cycles_.standing(NetActivity::kBlocked);
    return kOnLink;
  }

  const QueuePlan plan_;
  const Fault fault_;
  std::deque<Entry> entries_;
};

/// Takes beats from all chains, one from each a cycle, and ends the run with the last one.
class Consumer final : public NetBlock {
 public:
  Consumer(const sc_core::sc_module_name& name, SimBench& bench, std::size_t num_inputs,
           std::uint32_t num_beats, Stalls stalls)
      : NetBlock(name, bench.clock, bench, stalls), beats_left_(num_beats) {
    for (std::size_t i = 0; i < num_inputs; ++i) {
      in.push_back(std::make_unique<LinkIn<std::uint32_t>>(fmt::format("in{}", i).c_str()));
    }
  }

  std::vector<std::unique_ptr<LinkIn<std::uint32_t>>> in;
  std::string arrivals;

 private:
  Cycle tick(Cycle now) override {
    bool any = false;
    for (const auto& port : in) any = any || (*port)->valid();
    if (!any) {
      cycles_.standing(NetActivity::kWaiting);
      return kOnLink;
    }
    if (stalls_.at(now)) {
      cycles_.standing(NetActivity::kStalled);
      return stalls_.next_free(now);
    }
    for (const auto& port : in) {
      if (!(*port)->valid()) continue;
      arrivals += fmt::format("{}@{} ", (*port)->pop(), now);
      --beats_left_;
    }
    cycles_.standing(NetActivity::kMoving);
    if (beats_left_ == 0) clock().scheduler().stop();
    return now + 1;
  }

  std::uint32_t beats_left_;
};

/// A plan as blocks and links.
class Net {
 public:
  Net(const NetPlan& plan, const RunMode& mode, Fault fault)
      : bench_(mode, plan.core_khz), other_(bench_.scheduler, "other", plan.other_khz) {
    Random seeds(plan.seed, "stalls");
    std::uint32_t num_beats = 0;
    for (const NetPlan::Chain& chain : plan.chains) num_beats += chain.num_beats;
    consumer_ = std::make_unique<Consumer>("consumer", bench_, plan.chains.size(), num_beats,
                                           Stalls(seeds.next_u64(), plan.consumer_stall_percent));
    std::uint32_t first_beat = 0;
    for (std::size_t c = 0; c < plan.chains.size(); ++c) {
      build_chain(plan, c, first_beat, fault, seeds);
      first_beat += plan.chains[c].num_beats;
    }
  }

  std::string run() {
    bench_.run();
    Json blocks;
    bench_.stats.write(blocks);
    return fmt::format("{}\n{}\n{} {}", consumer_->arrivals, blocks.dump(), bench_.num_cycles(),
                       bench_.scheduler.num_cycles(other_));
  }

 private:
  void build_chain(const NetPlan& plan, std::size_t c, std::uint32_t first_beat, Fault fault,
                   Random& seeds) {
    const NetPlan::Chain& chain = plan.chains[c];
    producers_.push_back(std::make_unique<Producer>(fmt::format("producer{}", c).c_str(), bench_,
                                                    chain, first_beat,
                                                    Stalls(seeds.next_u64(), chain.stall_percent)));
    LinkOut<std::uint32_t>* writer = &producers_.back()->out;
    Clock* writer_clock = &bench_.clock;
    for (const QueuePlan& queue : chain.queues) {
      Clock& clock = queue.in_second_clock ? other_ : bench_.clock;
      queues_.push_back(std::make_unique<Queue>(fmt::format("queue{}", queues_.size()).c_str(),
                                                clock, bench_, queue, fault,
                                                Stalls(seeds.next_u64(), queue.stall_percent)));
      connect(*writer, *writer_clock, queues_.back()->in, clock, queue.link_depth);
      writer = &queues_.back()->out;
      writer_clock = &clock;
    }
    connect(*writer, *writer_clock, *consumer_->in[c], bench_.clock, plan.consumer_link_depth);
  }

  void connect(LinkOut<std::uint32_t>& writer, Clock& writer_clock, LinkIn<std::uint32_t>& reader,
               Clock& reader_clock, std::uint32_t depth) {
    links_.push_back(std::make_unique<Link<std::uint32_t>>(
        fmt::format("link{}", links_.size()).c_str(), writer_clock, reader_clock, depth));
    writer(*links_.back());
    reader(*links_.back());
  }

  SimBench bench_;
  Clock other_;
  ScriptedBlock sleeper_{"sleeper", other_, bench_};  // a clock needs a block
  std::unique_ptr<Consumer> consumer_;  // before its writers: the order must not matter
  std::vector<std::unique_ptr<Producer>> producers_;
  std::vector<std::unique_ptr<Queue>> queues_;
  std::vector<std::unique_ptr<Link<std::uint32_t>>> links_;
};

}  // namespace

NetPlan make_random_net(std::uint64_t seed) {
  Random random(seed, "net");
  const auto from_to = [&random](std::uint64_t low, std::uint64_t high) {
    return static_cast<std::uint32_t>(low + random.uniform_below(high - low + 1));
  };
  const auto stall_percent = [&] { return from_to(0, 1) == 0 ? 0 : from_to(1, 90); };
  NetPlan plan;
  plan.seed = seed;
  plan.core_khz = from_to(1, 50);
  plan.other_khz = from_to(0, 3) == 0 ? plan.core_khz : from_to(1, 50);
  plan.consumer_stall_percent = stall_percent();
  const std::uint32_t num_chains = from_to(1, 3);
  for (std::uint32_t c = 0; c < num_chains; ++c) {
    NetPlan::Chain chain;
    chain.num_beats = from_to(1, 60);
    chain.burst = from_to(1, 4);
    chain.gap = from_to(1, 5);
    chain.stall_percent = stall_percent();
    const std::uint32_t num_queues = from_to(0, 5);
    for (std::uint32_t q = 0; q < num_queues; ++q) {
      chain.queues.push_back(QueuePlan{from_to(0, 3) == 0, from_to(1, 4), from_to(0, 7),
                                       from_to(1, 4), stall_percent()});
    }
    if (!chain.queues.empty()) {
      chain.queues[0].link_depth = std::max(chain.queues[0].link_depth, chain.burst);
    }
    plan.chains.push_back(chain);
  }
  plan.consumer_link_depth = from_to(4, 6);  // room for any burst of a chain without queues
  if (!plan.chains[0].queues.empty() && num_chains == 1) plan.consumer_link_depth = from_to(1, 3);
  return plan;
}

std::string run_net(const NetPlan& plan, const RunMode& mode, Fault fault) {
  return Net(plan, mode, fault).run();
}

}  // namespace vitcod::test
