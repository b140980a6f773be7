// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/trace_replay.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <memory>

#include "hw_models/dram/channel_controller.hpp"
#include "hw_models/dram/command_bus.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// A channel with the part of the trace that is its own.
class ReplayChannel final : public DramCommandListener, public CommandBus::Member {
 public:
  ReplayChannel(const DramConfig& config, const DramTrace& trace, const ReplayOptions& options,
                ReplayResult& result)
      : trace_(trace),
        options_(options),
        result_(result),
        is_only_(config.organization.channels == 1),
        map_(config),
        controller_(config) {
    if (options.log_commands) controller_.set_listener(this);
  }

  /// Makes room for the numbers of that many requests. The only channel needs none: all are its.
  void reserve(std::size_t num) { offers_.reserve(num); }
  /// Adds a request to its offers, which it makes in order, one a clock, none before `clock`.
  void add(std::uint32_t id, Cycle clock) {
    if (!is_only_) offers_.push_back(id);
    ++num_offers_;
    next_offer_ = std::max(next_offer_, clock);
  }
  bool is_done() const { return next_ == num_offers_ && !controller_.has_work(); }
  Cycle last_data_end() const { return last_data_end_; }
  DramActivity activity(Cycle clocks) const { return controller_.activity(clocks); }
  const std::vector<DramCommandRecord>& records() const { return records_; }

  /// The next clock, `from` or later, in which it takes an offer or its controller acts.
  Cycle next_event(Cycle from) {
    offer_at_ = next_ == num_offers_ ? kOnLink : std::max(earliest_offer(), from);
    return std::min(offer_at_, std::max(controller_.next_event(), from));
  }

  ChannelController& controller() override { return controller_; }
  void begin(Cycle now) override {
    if (offer_at_ != now) return;
    take(next_offered(), now);
    ++next_;
  }
  void end(Cycle, const DramStep& step) override {
    if (!step.run_done) return;
    last_data_end_ = step.data_end;
    result_.latency_sum += step.data_end;
    if (options_.log_latencies) result_.requests[step.id].done = step.data_end;
    if (options_.window > 0) done_.push_back(step.data_end);
  }
  void on_command(const DramCommandRecord& record) override { records_.push_back(record); }

 private:
  std::uint32_t next_offered() const {
    return is_only_ ? static_cast<std::uint32_t>(next_) : offers_[next_];
  }

  /// The next request is offered a clock after the one before, and once the window has room; it is
  /// taken once the queue has.
  Cycle earliest_offer() {
    while (options_.window > 0 && in_flight_ == options_.window) {
      if (done_.empty()) return kOnLink;
      next_offer_ = std::max(next_offer_, done_.front());
      done_.pop_front();
      --in_flight_;
    }
    return std::max(next_offer_, controller_.next_room(trace_.entries[next_offered()].write));
  }

  void take(std::uint32_t id, Cycle clock) {
    const DramTrace::Entry& entry = trace_.entries[id];
    controller_.accept({id, map_.burst_of(entry.address), 1, entry.write}, clock);
    next_offer_ = clock + 1;
    result_.latency_sum -= clock;  // modulo 2^64, made whole when it is done
    if (options_.log_latencies) result_.requests[id].accepted = clock;
    if (options_.window > 0) ++in_flight_;
  }

  const DramTrace& trace_;
  const ReplayOptions& options_;
  ReplayResult& result_;
  const bool is_only_;
  const AddressMap map_;
  ChannelController controller_;
  std::vector<std::uint32_t> offers_;  ///< the requests of the trace that are its own
  std::size_t num_offers_ = 0;
  std::size_t next_ = 0;      ///< of the offers
  Cycle offer_at_ = kOnLink;  ///< clock in which it is taken
  std::vector<DramCommandRecord> records_;
  std::uint64_t in_flight_ = 0;
  std::deque<Cycle> done_;  ///< of requests in flight whose end is known
  Cycle next_offer_ = 0;
  Cycle last_data_end_ = 0;
};

/// The channels that share a command bus; most often one.
class ReplayBus {
 public:
  explicit ReplayBus(bool stepped) : stepped_(stepped) {}

  void join(ReplayChannel& channel) {
    channels_.push_back(&channel);
    bus_.join(channel);
  }

  /// Does the work of all clocks before `end`.
  void run_until(Cycle end) {
    for (Cycle clock = next_event(); clock < end; clock = next_event()) step(clock);
  }
  /// Runs until `channel` has nothing left to do.
  void run_out(const ReplayChannel& channel) {
    while (!channel.is_done()) step(next_event());
  }

 private:
  Cycle next_event() {
    Cycle next = kOnLink;
    for (ReplayChannel* channel : channels_) {
      next = std::min(next, channel->next_event(stepped_until_));
    }
    return stepped_ ? stepped_until_ : next;
  }

  void step(Cycle clock) {
    check(clock != kOnLink, "a request waits for a clock that never comes");
    bus_.step(clock);
    stepped_until_ = clock + 1;
  }

  const bool stepped_;
  std::vector<ReplayChannel*> channels_;
  CommandBus bus_;
  Cycle stepped_until_ = 0;
};

/// All channels and the buses between them and their memory.
struct ReplayMachine {
  ReplayMachine(const DramConfig& config, const DramTrace& trace, const ReplayOptions& options,
                ReplayResult& result)
      : map(config), sharers(config.commands.channels_per_bus) {
    for (std::uint32_t i = 0; i < config.organization.channels; ++i) {
      if (i % sharers == 0) buses.emplace_back(options.stepped);
      channels.push_back(std::make_unique<ReplayChannel>(config, trace, options, result));
      buses.back().join(*channels.back());
    }
  }

  const AddressMap map;
  const std::uint32_t sharers;
  std::vector<std::unique_ptr<ReplayChannel>> channels;
  std::deque<ReplayBus> buses;
};

/// A list that grows is copied, and memory that is touched for the first time is dear.
void reserve_offers(const DramTrace& trace, ReplayMachine& machine) {
  if (machine.channels.size() == 1) return;
  std::vector<std::size_t> num(machine.channels.size(), 0);
  for (const DramTrace::Entry& entry : trace.entries) ++num[machine.map.channel_of(entry.address)];
  for (std::size_t i = 0; i < num.size(); ++i) machine.channels[i]->reserve(num[i]);
}

void run_stream(const DramTrace& trace, ReplayMachine& machine) {
  reserve_offers(trace, machine);
  for (std::uint32_t id = 0; id < trace.entries.size(); ++id) {
    machine.channels[machine.map.channel_of(trace.entries[id].address)]->add(id, 0);
  }
  for (std::size_t i = 0; i < machine.channels.size(); ++i) {
    machine.buses[i / machine.sharers].run_out(*machine.channels[i]);
  }
}

void run_dependent(const DramTrace& trace, ReplayMachine& machine) {
  Cycle clock = 0;
  for (std::uint32_t id = 0; id < trace.entries.size(); ++id) {
    const std::uint32_t at = machine.map.channel_of(trace.entries[id].address);
    ReplayChannel& channel = *machine.channels[at];
    channel.add(id, clock);
    machine.buses[at / machine.sharers].run_out(channel);
    clock = channel.last_data_end() + trace.gap;
  }
}

/// Bursts pass a channel's data bus one after the other.
void check_floor(const DramConfig& config, const ReplayMachine& machine) {
  for (const auto& channel : machine.channels) {
    const DramActivity did = channel->activity(0);
    const std::uint64_t bursts =
        (did.bytes_read + did.bytes_written) / config.organization.burst_bytes();
    check(channel->last_data_end() >= bursts * config.commands.burst_clocks,
          "a channel moved more bytes than its data bus can");
  }
}

void collect_commands(const ReplayMachine& machine, ReplayResult& result) {
  for (std::uint32_t index = 0; index < machine.channels.size(); ++index) {
    for (const DramCommandRecord& record : machine.channels[index]->records()) {
      result.commands.push_back({index, record});
    }
  }
  std::stable_sort(result.commands.begin(), result.commands.end(),
                   [](const LoggedDramCommand& a, const LoggedDramCommand& b) {
                     return a.record.clock < b.record.clock;
                   });
}

}  // namespace

ReplayResult replay(const DramConfig& config, const DramTrace& trace,
                    const ReplayOptions& options) {
  if (trace.entries.size() >= std::numeric_limits<std::uint32_t>::max()) {
    throw InputError("a trace holds at most 2^32 - 2 requests");
  }
  ReplayResult result;
  if (options.log_latencies) result.requests.resize(trace.entries.size());
  ReplayMachine machine(config, trace, options, result);
  (trace.dependent ? run_dependent : run_stream)(trace, machine);
  for (const auto& channel : machine.channels) {
    result.clocks = std::max(result.clocks, channel->last_data_end());
  }
  for (ReplayBus& bus : machine.buses) bus.run_until(result.clocks);
  check_floor(config, machine);
  for (const auto& channel : machine.channels) result.activity += channel->activity(result.clocks);
  collect_commands(machine, result);
  return result;
}

}  // namespace vitcod
