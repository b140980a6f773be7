// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/dram/dram_bench.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/base/random.hpp"
#include "sim/kernel/sim_context.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test {
namespace {

enum class Activity { kWaiting };

/// Whether a bench block stalls in a cycle: a hash, so that it does not depend on who asks when.
class Stalls {
 public:
  Stalls(std::uint64_t seed, std::uint32_t sixteenths) : seed_(seed), sixteenths_(sixteenths) {}
  bool at(Cycle cycle) const {
    std::uint64_t x = (cycle + seed_) * 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 29U)) * 0xBF58476D1CE4E5B9U;
    return sixteenths_ > 0 && ((x >> 32U) & 15U) < sixteenths_;
  }

 private:
  std::uint64_t seed_;
  std::uint32_t sixteenths_;
};

class Source final : public Block {
 public:
  LinkOut<DramRequest> request_out{"request_out"};

  Source(const sc_core::sc_module_name& name, Clock& clock, std::vector<DramRequest> requests,
         const Stalls& stalls, StatGroup& stats)
      : Block(name, clock),
        requests_(std::move(requests)),
        stalls_(stalls),
        stats_(stats, basename()) {}

 private:
  Cycle tick(Cycle now) override {
    if (next_ == requests_.size()) return kOnLink;
    if (stalls_.at(now)) return now + 1;
    if (!request_out->ready()) return kOnLink;
    request_out->push(requests_[next_++]);
    return now + 1;
  }
  CycleAccount& cycle_account() override { return cycles_; }

  std::vector<DramRequest> requests_;
  const Stalls stalls_;
  std::size_t next_ = 0;
  StatGroup stats_;
  CycleBreakdown<Activity, 1> cycles_{stats_, {"waiting"}};
};

/// Takes the responses of one channel; the last of all sinks to be complete ends the run.
class Sink final : public Block {
 public:
  LinkIn<DramResponse> response_in{"response_in"};

  Sink(const sc_core::sc_module_name& name, Clock& clock, std::size_t num_expected,
       std::size_t& num_open, const Stalls& stalls, StatGroup& stats)
      : Block(name, clock),
        num_expected_(num_expected),
        num_open_(num_open),
        stalls_(stalls),
        stats_(stats, basename()) {}

  std::vector<std::uint64_t> ids;
  std::vector<Cycle> cycles;

 private:
  Cycle tick(Cycle now) override {
    if (num_expected_ == 0 && now == 0) close();
    if (!response_in->valid()) return response_in->next_visible();
    if (stalls_.at(now)) return now + 1;
    ids.push_back(response_in->pop().id);
    cycles.push_back(now);
    if (ids.size() == num_expected_) close();
    return now + 1;
  }
  void close() {
    if (--num_open_ == 0) clock().scheduler().stop();
  }
  CycleAccount& cycle_account() override { return cycles_; }

  const std::size_t num_expected_;
  std::size_t& num_open_;
  const Stalls stalls_;
  StatGroup stats_;
  CycleBreakdown<Activity, 1> cycles_{stats_, {"waiting"}};
};

class Recorder final : public DramCommandListener {
 public:
  void on_command(const DramCommandRecord& record) override { records.push_back(record); }
  std::vector<DramCommandRecord> records;
};

/// One channel with its links, source and sink.
struct Lane {
  Lane(std::size_t index, Clock& core, Clock& dram, const DramConfig& config, CommandBus& bus,
       const std::vector<DramRequest>& requests, std::size_t& num_open, const BenchOptions& options,
       StatGroup& dram_stats, StatGroup& bench_stats)
      : request(named("request", index).c_str(), core, dram, options.link_depth),
        response(named("response", index).c_str(), dram, core, options.link_depth),
        source(named("source", index).c_str(), core, requests,
               Stalls(options.stall_seed + index, options.stall_sixteenths), bench_stats),
        sink(named("sink", index).c_str(), core, requests.size(), num_open,
             Stalls(options.stall_seed + index + 1000, options.stall_sixteenths), bench_stats),
        channel(named("channel", index).c_str(), dram, config, bus, dram_stats) {
    source.request_out(request);
    channel.request_in(request);
    channel.response_out(response);
    sink.response_in(response);
    if (options.record_commands) channel.set_listener(&recorder);
  }
  static std::string named(const std::string& name, std::size_t index) {
    return name + std::to_string(index);
  }

  Link<DramRequest> request;
  Link<DramResponse> response;
  Source source;
  Sink sink;
  DramChannel channel;
  Recorder recorder;
};

}  // namespace

DramConfig preset(const std::string& name, std::uint32_t channels) {
  const std::filesystem::path folder = std::filesystem::path(source_dir()) / "configs" / "dram";
  auto config = read_config<DramConfig>(read_json_file(folder / (name + ".json")));
  config.organization.channels = channels;
  validate(config);
  return config;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  const std::filesystem::path folder = std::filesystem::path(source_dir()) / "configs" / "dram";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

BenchResult run_bench(const DramConfig& config,
                      const std::vector<std::vector<DramRequest>>& requests,
                      const BenchOptions& options) {
  const SimContext context;
  StatGroup dram_stats("dram");
  StatGroup bench_stats("bench");
  Scheduler scheduler("scheduler", options.mode);
  Clock core(scheduler, "core", options.accelerator_khz);
  Clock dram(scheduler, "dram", config.clock_khz);
  std::size_t num_open = requests.size();
  std::deque<CommandBus> buses;
  std::vector<std::unique_ptr<Lane>> lanes;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (i % config.commands.channels_per_bus == 0) buses.emplace_back();
    lanes.push_back(std::make_unique<Lane>(i, core, dram, config, buses.back(), requests[i],
                                           num_open, options, dram_stats, bench_stats));
  }
  scheduler.run();
  BenchResult result;
  result.clocks = scheduler.num_cycles(core);
  result.num_wakeups = scheduler.num_wakeups();
  for (const auto& lane : lanes) {
    result.commands.push_back(lane->recorder.records);
    result.response_ids.push_back(lane->sink.ids);
    result.response_clocks.push_back(lane->sink.cycles);
  }
  Json json;
  dram_stats.write(json);
  result.statistics = json.dump();
  return result;
}

}  // namespace vitcod::test
