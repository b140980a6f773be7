// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/trace_replay.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <memory>

#include "hw_models/dram/channel_controller.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// A channel with the part of the trace that is its own.
class ReplayChannel final : public DramCommandListener {
 public:
  ReplayChannel(const DramConfig& config, const DramTrace& trace, const ReplayOptions& options,
                ReplayResult& result)
      : trace_(trace), options_(options), result_(result), map_(config), controller_(config) {
    if (options.log_commands) controller_.set_listener(this);
  }

  void add(std::uint32_t id) { offers_.push_back(id); }
  Cycle last_data_end() const { return last_data_end_; }
  DramActivity activity(Cycle clocks) const { return controller_.activity(clocks); }
  const std::vector<DramCommandRecord>& records() const { return records_; }

  /// All of the channel's offers, each as soon as the controller takes it.
  void stream() {
    std::size_t next = 0;
    while (true) {
      Cycle event = next_event();
      while (next < offers_.size()) {
        const Cycle room = controller_.next_room(trace_.entries[offers_[next]].write);
        const Cycle clock = std::max({stepped_until_, room, earliest_offer()});
        if (clock > event || clock == kOnLink) break;
        take(offers_[next++], clock);
        event = std::max(next_event(), clock);
      }
      if (next == offers_.size() && !controller_.has_work()) return;
      step(event);
    }
  }

  /// One request, offered in `clock`. Returns the clock after its last data beat.
  Cycle serve(std::uint32_t id, Cycle clock) {
    advance(clock);
    take(id, clock);
    while (controller_.has_work()) step(next_event());
    return last_data_end_;
  }

  /// Does the work of all clocks before `end`.
  void advance(Cycle end) {
    for (Cycle event = next_event(); event < end; event = next_event()) step(event);
  }

  void on_command(const DramCommandRecord& record) override { records_.push_back(record); }

 private:
  Cycle next_event() {
    return options_.stepped ? stepped_until_ : std::max(controller_.next_event(), stepped_until_);
  }

  /// The next request is offered a clock after the one before, and once the window has room.
  Cycle earliest_offer() {
    if (options_.window == 0) return next_offer_;
    while (in_flight_ == options_.window) {
      if (done_.empty()) return kOnLink;
      next_offer_ = std::max(next_offer_, done_.front());
      done_.pop_front();
      --in_flight_;
    }
    return next_offer_;
  }

  void take(std::uint32_t id, Cycle clock) {
    const DramTrace::Entry& entry = trace_.entries[id];
    controller_.accept({id, map_.burst_of(entry.address), 1, entry.write}, clock);
    next_offer_ = clock + 1;
    result_.latency_sum -= clock;  // modulo 2^64, made whole when it is done
    if (options_.log_latencies) result_.requests[id].accepted = clock;
    if (options_.window > 0) ++in_flight_;
  }

  void step(Cycle clock) {
    check(clock != kOnLink, "a request waits for a clock that never comes");
    const DramStep step = controller_.step(clock);
    stepped_until_ = clock + 1;
    if (!step.run_done) return;
    last_data_end_ = step.data_end;
    result_.latency_sum += step.data_end;
    if (options_.log_latencies) result_.requests[step.id].done = step.data_end;
    if (options_.window > 0) done_.push_back(step.data_end);
  }

  const DramTrace& trace_;
  const ReplayOptions& options_;
  ReplayResult& result_;
  const AddressMap map_;
  ChannelController controller_;
  std::vector<std::uint32_t> offers_;  ///< the requests of the trace that are its own
  std::vector<DramCommandRecord> records_;
  std::uint64_t in_flight_ = 0;
  std::deque<Cycle> done_;  ///< of requests in flight whose end is known
  Cycle next_offer_ = 0;
  Cycle last_data_end_ = 0;
  Cycle stepped_until_ = 0;
};

using Channels = std::vector<std::unique_ptr<ReplayChannel>>;

void run_stream(const AddressMap& map, const DramTrace& trace, Channels& channels) {
  for (std::uint32_t id = 0; id < trace.entries.size(); ++id) {
    channels[map.channel_of(trace.entries[id].address)]->add(id);
  }
  for (auto& channel : channels) channel->stream();
}

void run_dependent(const AddressMap& map, const DramTrace& trace, Channels& channels) {
  Cycle clock = 0;
  for (std::uint32_t id = 0; id < trace.entries.size(); ++id) {
    ReplayChannel& channel = *channels[map.channel_of(trace.entries[id].address)];
    clock = channel.serve(id, clock) + trace.gap;
  }
}

void collect_commands(Channels& channels, ReplayResult& result) {
  for (std::uint32_t index = 0; index < channels.size(); ++index) {
    for (const DramCommandRecord& record : channels[index]->records()) {
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
  const AddressMap map(config);
  ReplayResult result;
  if (options.log_latencies) result.requests.resize(trace.entries.size());
  Channels channels;
  for (std::uint32_t i = 0; i < config.organization.channels; ++i) {
    channels.push_back(std::make_unique<ReplayChannel>(config, trace, options, result));
  }
  (trace.dependent ? run_dependent : run_stream)(map, trace, channels);
  for (const auto& channel : channels) {
    result.clocks = std::max(result.clocks, channel->last_data_end());
  }
  for (auto& channel : channels) {
    channel->advance(result.clocks);
    result.activity += channel->activity(result.clocks);
  }
  collect_commands(channels, result);
  return result;
}

}  // namespace vitcod
