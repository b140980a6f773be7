// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/controller/controller_bench.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "hw_models/accelerators/layer_phases.hpp"
#include "test/hw_models/controller/controller_neighbours.hpp"
#include "test/hw_models/controller/controller_program.hpp"

namespace vitcod::test {
namespace {

/// Within a cycle the controller loads last: into what its other orders have given back.
void sort_by_cycle(std::vector<ControllerEvent>& events) {
  const auto key = [](const ControllerEvent& event) {
    return std::pair(event.cycle, event.what.rfind("load", 0) == 0);
  };
  std::stable_sort(events.begin(), events.end(),
                   [&key](const auto& a, const auto& b) { return key(a) < key(b); });
}

}  // namespace

struct ControllerBench::Parts {
  Parts(const std::vector<LayerSpec>& layers, const ChipSpec& chip, const AnswerTimes& times,
        const RunMode& mode, std::optional<std::uint64_t> seed)
      : bench(mode),
        program(layers, chip),
        controller("controller", bench.clock, program.program(), {3, 3}, kPacketBytes, {},
                   bench.stats),
        num_layers(layers.size()),
        layer_phases(controller, num_layers, [this] { return controller.layer(); }),
        neighbours(
            "neighbours", bench, program.program(), times,
            [this](std::size_t job) { return program.unit_of(job); }, seed),
        probe("probe", bench) {
    connect();
    watch_reasons();
    bench.run();
    bench.stats.write(statistics);
    sort_by_cycle(neighbours.orders);
    sort_by_cycle(neighbours.answers);
    if (mode.reversed) reasons.erase(reasons.begin());
    reasons.resize(bench.num_cycles(), reason());
  }

  /// Notes the controller's reason in every cycle. The probe runs after the controller, and in
  /// reversed order before it: it then finds the reason of the cycle before.
  void watch_reasons() {
    probe.script = [this](Cycle now) {
      reasons.push_back(reason());
      return now + 1;
    };
  }

  std::string reason() const {
    const Block& block = controller;
    return std::string(block.activity());
  }

  template <typename T>
  void link(const char* name, LinkOut<T>& writer, LinkIn<T>& reader, std::size_t depth) {
    auto made = std::make_unique<Link<T>>(name, bench.clock, depth);
    writer(*made);
    reader(*made);
    links.push_back(std::move(made));
  }

  /// The depths are those of the machine.
  void connect() {
    link("load", controller.load_out, neighbours.loads.port, 2);
    constexpr std::array<std::size_t, 3> kUnitDepths = {1, 1, 2};
    for (std::size_t i = 0; i < 3; ++i) {
      const std::string name = std::to_string(i);
      link(("task" + name).c_str(), *controller.order_out[i], neighbours.tasks[i].port,
           kUnitDepths[i]);
      link(("done" + name).c_str(), neighbours.dones[i].port, *controller.done_in[i],
           kUnitDepths[i]);
      link(("delivery" + name).c_str(), neighbours.deliveries[i].port, *controller.delivery_in[i],
           2);
    }
    link("stored", neighbours.stores.port, controller.stored_in, 2);
  }

  SimBench bench;
  const ControllerProgram program;
  Controller controller;
  const std::size_t num_layers;
  LayerPhases layer_phases;
  ControllerNeighbours neighbours;
  ScriptedBlock probe;
  std::vector<std::unique_ptr<LinkBase>> links;
  std::vector<std::string> reasons;  ///< by cycle
  Json statistics;
};

ControllerBench::ControllerBench(const std::vector<LayerSpec>& layers, const ChipSpec& chip,
                                 const AnswerTimes& times, const RunMode& mode,
                                 std::optional<std::uint64_t> stall_seed)
    : parts_(std::make_unique<Parts>(layers, chip, times, mode, stall_seed)) {}

ControllerBench::~ControllerBench() = default;

const std::vector<ControllerEvent>& ControllerBench::orders() const {
  return parts_->neighbours.orders;
}

const std::vector<ControllerEvent>& ControllerBench::answers() const {
  return parts_->neighbours.answers;
}

std::vector<std::string> ControllerBench::order_lines() const {
  std::vector<std::string> lines;
  for (const ControllerEvent& order : orders()) lines.push_back(order.text());
  return lines;
}

std::vector<Cycle> ControllerBench::cycles_of(const std::string& what, std::size_t unit) const {
  std::vector<Cycle> cycles;
  for (const ControllerEvent& order : orders()) {
    if (order.what == what && order.unit == unit) cycles.push_back(order.cycle);
  }
  return cycles;
}

std::string ControllerBench::reasons() const {
  const std::vector<std::string>& reasons = parts_->reasons;
  std::string text;
  for (std::size_t cycle = 0; cycle < reasons.size(); ++cycle) {
    if (cycle > 0 && reasons[cycle] == reasons[cycle - 1]) continue;
    text += fmt::format("{} {}, ", reasons[cycle], cycle);
  }
  for (const auto& [reason, cycles] : parts_->statistics["controller"]["cycles"].items()) {
    check(cycles == std::count(reasons.begin(), reasons.end(), reason),
          "the account has other cycles than the controller showed");
  }
  return text + fmt::format("end {}", reasons.size());
}

std::vector<Cycle> ControllerBench::layer_cycles() const {
  std::vector<Cycle> cycles;
  for (std::size_t layer = 0; layer < parts_->num_layers; ++layer) {
    Json by_phase;
    parts_->layer_phases.write(layer, by_phase);
    cycles.push_back(parts_->layer_phases.total(layer) - by_phase["write_back"].get<Cycle>());
  }
  return cycles;
}

std::array<std::uint64_t, 3> ControllerBench::peaks() const {
  const Json& statistics = parts_->statistics["controller"];
  return {statistics["input_buffer_peak_bytes"], statistics["output_buffer_peak_bytes"],
          statistics["index_buffer_peak_bytes"]};
}

}  // namespace vitcod::test
