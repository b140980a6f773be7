// SPDX-License-Identifier: Apache-2.0
#include "test/driver/tiny_machine.hpp"

#include <nlohmann/json.hpp>

#include "hw_models/accelerators/layer_passes.hpp"
#include "hw_models/accelerators/report.hpp"
#include "hw_models/dram/dram_channel.hpp"
#include "hw_models/local_buffer/local_buffer.hpp"
#include "sim/kernel/link.hpp"
#include "test/support/source_tree.hpp"
#include "workloads/values.hpp"

namespace vitcod::test {
namespace {

constexpr TensorId kInput{0};
constexpr TensorId kOutput{1};

/// The sum of squares of burst `index`, as the engine forms it.
std::int8_t low_byte_of_sum(const std::vector<std::int8_t>& values, std::uint64_t index,
                            std::uint32_t burst_bytes) {
  std::int32_t sum = 0;
  for (std::uint32_t i = 0; i < burst_bytes; ++i) {
    const std::int32_t value = values[index * burst_bytes + i];
    sum += value * value;
  }
  return static_cast<std::int8_t>(sum);
}

/// Asks for one burst a cycle as long as there is room, and works on those that are there one after
/// the other; then writes all outputs at once.
class SquareEngine final : public Block {
 public:
  LinkOut<DramRequest> request_out{"request_out"};
  LinkIn<DramResponse> response_in{"response_in"};

  SquareEngine(const sc_core::sc_module_name& name, Clock& clock, const TinyConfig& config,
               std::uint32_t num_bursts, StatGroup& parent)
      : Block(name, clock),
        num_bursts_(num_bursts),
        burst_bytes_(config.dram.organization.burst_bytes()),
        cycles_a_burst_((burst_bytes_ + config.multipliers - 1) / config.multipliers),
        stats_(parent, basename()),
        buffer_("buffer", clock, config.buffer, stats_) {
    buffer_.begin(burst_bytes_, config.buffer.banks);
  }

  std::uint64_t macs() const { return macs_.value(); }
  /// Called with the index of each burst once it is done.
  std::function<void(std::uint32_t)> on_done = [](std::uint32_t) {};

  /// What computing takes if no operand is late.
  Cycle unloaded_cycles() const {
    return num_bursts_ * (buffer_.latency_cycles() + cycles_a_burst_);
  }

 private:
  enum class Activity { kWaitOperands, kComputing, kWriteBack };

  Cycle tick(Cycle now) override {
    bool moved = ask_for_burst();
    moved = take_response() || moved;
    moved = compute(now) || moved;
    moved = write(now) || moved;
    cycles_.standing(now < busy_until_         ? Activity::kComputing
                     : num_done_ < num_bursts_ ? Activity::kWaitOperands
                                               : Activity::kWriteBack);
    if (moved) return now + 1;
    return now < busy_until_ ? busy_until_ : kOnLink;
  }
  CycleAccount& cycle_account() override { return cycles_; }

  bool ask_for_burst() {
    if (num_asked_ == num_bursts_ || !request_out->ready()) return false;
    request_out->push(DramRequest{num_asked_, num_asked_, 1, false});
    ++num_asked_;
    return true;
  }
  bool take_response() {
    if (!response_in->valid()) return false;
    response_in->pop();
    if (is_writing_) {
      clock().scheduler().stop();
    } else {
      ++num_arrived_;
    }
    return true;
  }
  bool compute(Cycle now) {
    if (now < busy_until_ || num_done_ == num_arrived_) return false;
    busy_until_ = buffer_.request(now, num_done_) + cycles_a_burst_;
    macs_ += burst_bytes_;
    on_done(num_done_++);
    return true;
  }
  bool write(Cycle now) {
    if (is_writing_ || num_done_ < num_bursts_ || now < busy_until_ || !request_out->ready()) {
      return false;
    }
    request_out->push(DramRequest{num_bursts_, num_bursts_, 1, true});
    is_writing_ = true;
    return true;
  }

  const std::uint32_t num_bursts_;
  const std::uint32_t burst_bytes_;
  const std::uint32_t cycles_a_burst_;
  std::uint32_t num_asked_ = 0;
  std::uint32_t num_arrived_ = 0;
  std::uint32_t num_done_ = 0;
  Cycle busy_until_ = 0;
  bool is_writing_ = false;

  StatGroup stats_;
  LocalBuffer buffer_;
  Counter macs_{stats_, "macs", "multiply-accumulates"};
  CycleBreakdown<Activity, 3> cycles_{stats_, {"wait_operands", "computing", "write_back"}};
};

class TinyMachine final : public Machine {
 public:
  TinyMachine(const TinyConfig& config, const Trace& trace, bool with_values, const RunMode& mode,
              std::int8_t fault)
      : config_(config),
        trace_(trace),
        scheduler_("scheduler", mode),
        core_(scheduler_, "core", config.clock_khz),
        memory_(scheduler_, "memory", config.dram.clock_khz),
        engine_("engine", core_, config, num_bursts(), stats_),
        channel_("dram0", memory_, config.dram, bus_, stats_),
        requests_("requests", core_, memory_, 4),
        responses_("responses", memory_, core_, 4),
        energy_(config.energy, stats_) {
    engine_.request_out(requests_);
    channel_.request_in(requests_);
    channel_.response_out(responses_);
    engine_.response_in(responses_);
    if (!with_values) return;
    outputs_.emplace(num_bursts(), std::int8_t{0});
    engine_.on_done = [this, fault, input = operand_values(trace, kInput)](std::uint32_t index) {
      (*outputs_)[index] = static_cast<std::int8_t>(
          low_byte_of_sum(input, index, config_.dram.organization.burst_bytes()) + fault);
    };
  }

  void run() override {
    scheduler_.run();
    check(engine_.macs() == trace_.tensor(kInput).bytes(), "not every byte was squared");
  }
  void listen(CycleListener& listener) override { stats_.listen(listener); }
  void listen_to_layers(CycleListener& listener) override { layer_passes_.listen(listener); }
  std::uint64_t dram_clock_khz() const override { return config_.dram.clock_khz; }
  std::uint64_t clock_khz() const override { return config_.clock_khz; }
  Cycle total_cycles() const override { return scheduler_.num_cycles(core_); }
  std::uint64_t num_wakeups() const override { return scheduler_.num_wakeups(); }

  void write_report(Json& result) const override {
    const DramActivity activity = channel_.activity_counts(scheduler_.num_cycles(memory_));
    engine_.account()->write(result["cycles"]["by_phase"]);
    const double slots = double(total_cycles()) * config_.multipliers;
    for (const char* share : {"useful", "done", "multipliers"}) {
      result["utilization"][share] = ratio(double(engine_.macs()), slots);
    }
    Json layer;
    layer["name"] = trace_.layers.front().name;
    layer["cycles"] = total_cycles();
    layer["predicted_cycles"] = engine_.unloaded_cycles();
    engine_.account()->write(layer["by_phase"]);
    layer["nnz"] = 0;
    result["layers"].push_back(layer);
    result["macs"]["attention"] = engine_.macs();
    stats_.write(result["blocks"]);
    write_dram(config_.dram, activity, scheduler_.num_cycles(memory_),
               seconds_of(total_cycles(), config_.clock_khz), result["dram"]);
    result["traffic"]["input"] = {
        {"first_load", activity.bytes_read}, {"reload", 0}, {"write_back", 0}};
    result["traffic"]["output"] = {
        {"first_load", 0}, {"reload", 0}, {"write_back", activity.bytes_written}};
    write_energy(config_.dram, activity, energy_, config_.energy.source, result["energy_pj"]);
  }

  void write_values(Json& values) override {
    values["checked"] = outputs_.has_value();
    if (!outputs_) return;
    // The other way round than the engine: by differences of running sums.
    std::vector<std::int8_t> expected;
    std::uint64_t sum = 0;
    std::uint64_t sum_before = 0;
    const std::vector<std::int8_t> input = operand_values(trace_, kInput);
    for (std::size_t i = 0; i < input.size(); ++i) {
      sum += static_cast<std::uint64_t>(std::int64_t{input[i]} * input[i]);
      if ((i + 1) % config_.dram.organization.burst_bytes() != 0) continue;
      expected.push_back(static_cast<std::int8_t>(sum - sum_before));
      sum_before = sum;
    }
    ValueCheck check;
    check.compare(*outputs_, expected);
    check.write(values);
  }

 private:
  std::uint32_t num_bursts() const { return trace_.tensor(kOutput).shape.front(); }

  const TinyConfig config_;
  const Trace& trace_;
  StatGroup stats_{"blocks"};
  Scheduler scheduler_;
  Clock core_;
  Clock memory_;
  SquareEngine engine_;
  LayerPasses layer_passes_{engine_, trace_.layers, [] { return std::size_t{0}; }};
  CommandBus bus_;
  DramChannel channel_;
  Link<DramRequest> requests_;
  Link<DramResponse> responses_;
  const EnergyAccount energy_;
  std::optional<std::vector<std::int8_t>> outputs_;
};

}  // namespace

void read(ConfigReader& reader, TinyConfig& config) {
  reader.required("clock_khz", config.clock_khz, "Clock of the engine",
                  Range<std::uint64_t>{1, 100'000'000});
  reader.required("multipliers", config.multipliers, "MACs a cycle", at_least(1U));
  reader.required_object("buffer", config.buffer, "Between the DRAM and the engine");
  reader.required_object("energy", config.energy, "What MACs and accesses cost");
  reader.required_object("dram", config.dram, "Memory");
  reader.finish();
}

Json tiny_document() {
  Json document = Json::parse(R"({
    "clock_khz": 500000, "multipliers": 16,
    "buffer": {"banks": 1, "ports_per_bank": 1, "bytes_per_access": 32,
               "ways": 1, "network_cycles": 0, "line_groups": 1},
    "energy": {"source": "made up", "events": [
      {"counter": "/engine/macs", "pj": 0.5, "basis": "none"},
      {"counter": "/engine/buffer/bytes_read", "pj": 2, "basis": "none"}]}})");
  document["dram"] = read_json_file(source_dir() + "/configs/dram/ddr4-2400.json");
  return document;
}

Trace tiny_trace(std::uint32_t num_bursts) {
  Trace trace;
  trace.name = "squares";
  trace.provenance = "{}";
  trace.value_seed = 1;
  trace.layers.push_back({"layer0"});
  trace.tensors.push_back({"layer0/input", {num_bursts, 64}, 8});
  trace.tensors.push_back({"layer0/output", {num_bursts}, 8});
  return trace;
}

std::unique_ptr<Machine> make_tiny_machine(const TinyConfig& config, const Trace& trace,
                                           bool with_values, const RunMode& mode,
                                           std::int8_t fault) {
  return std::make_unique<TinyMachine>(config, trace, with_values, mode, fault);
}

}  // namespace vitcod::test
