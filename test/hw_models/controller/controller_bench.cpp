// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/controller/controller_bench.hpp"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

#include "test/hw_models/controller/controller_neighbours.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test {
namespace {

constexpr std::uint32_t kRowBytes = 64;
constexpr std::uint32_t kPacketBytes = 64;

/// The specified layers as the machine's own data: a trace's tensors, layers and units.
struct Program {
  explicit Program(const std::vector<LayerSpec>& layers) {
    for (const LayerSpec& layer : layers) {
      std::visit([this](const auto& spec) { add(spec); }, layer);
      ++num_layers;
    }
  }

  /// Place of a unit, or of a copy of it, in the program.
  std::size_t index_of_unit(const WorkUnit& wanted) const {
    const auto same = [&wanted](const WorkUnit& unit) {
      if (unit.encode.has_value() != wanted.encode.has_value()) return false;
      if (unit.encode) {
        return unit.encode->layer == wanted.encode->layer &&
               unit.encode->first_token == wanted.encode->first_token;
      }
      return unit.layer == wanted.layer && unit.first_head == wanted.first_head &&
             unit.first_row == wanted.first_row;
    };
    const auto found = std::find_if(units.begin(), units.end(), same);
    check(found != units.end(), "an order for a unit that is not in the program");
    return static_cast<std::size_t>(found - units.begin());
  }

  std::uint32_t num_layers = 0;
  std::deque<TinyLayer> attention;
  std::deque<EncodeLayer> encodings;
  std::vector<WorkUnit> units;
  Trace trace;

 private:
  void add(const AttentionSpec& spec) {
    const Drawing all_kept(spec.num_queries, std::string(spec.num_keys, 'x'));
    attention.emplace_back(
        std::vector<TinyHead>(spec.num_heads, TinyHead{all_kept, spec.num_denser}), kRowBytes,
        kRowBytes);
    AttentionLayer& layer = attention.back().layer;
    layer.layer = num_layers;
    layer.compressed_heads = spec.compressed ? 1 : 0;
    const std::uint32_t stored_heads = spec.compressed ? 1 : spec.num_heads;
    layer.query = tensor({stored_heads, spec.num_queries, kRowBytes});
    layer.key = tensor({stored_heads, spec.num_keys, kRowBytes});
    layer.value = tensor({spec.num_heads, spec.num_keys, kRowBytes});
    layer.output = tensor({spec.num_heads, spec.num_queries, kRowBytes});
    layer.query_weights = layer.key_weights = tensor({1, spec.num_heads});
    layer.query_bias = layer.key_bias = tensor({spec.num_heads}, 32);
    for (const UnitSpec& unit : spec.units) units.push_back(made(unit, attention.back()));
  }

  static WorkUnit made(const UnitSpec& spec, const TinyLayer& layer) {
    WorkUnit unit = layer.unit(spec.first_head, spec.num_heads, spec.first_row, spec.num_rows);
    unit.loads_keys_values = spec.loads_keys_values;
    unit.frees_keys_values = spec.frees_keys_values;
    unit.resident_keys = spec.resident_rows;
    unit.loads_resident = spec.loads_resident;
    unit.frees_resident = spec.frees_resident;
    return unit;
  }

  void add(const EncodeSpec& spec) {
    EncodeLayer& layer = encodings.emplace_back();
    layer.layer = num_layers;
    layer.heads_in = 2;
    layer.heads_out = 1;
    layer.features = kRowBytes / 2;
    for (const std::uint32_t tokens : spec.tile_tokens) {
      WorkUnit unit;
      unit.encode = EncodeTile{&layer, layer.num_tokens, tokens};
      units.push_back(std::move(unit));
      layer.num_tokens += tokens;
    }
    layer.input = tensor({layer.num_tokens, kRowBytes});
    layer.weights = tensor({2, 1});
    layer.bias = tensor({1}, 32);
    layer.output = tensor({layer.num_tokens, kRowBytes / 2});
  }

  TensorId tensor(std::vector<std::uint32_t> shape, std::uint32_t bits = 8) {
    trace.tensors.push_back(Tensor{"", std::move(shape), bits});
    return static_cast<TensorId>(trace.tensors.size() - 1);
  }
};

ControllerConfig config_of(const ChipSpec& chip) {
  ControllerConfig config;
  config.query_forwarding = chip.query_forwarding;
  config.prefetch_units = chip.prefetch_units;
  return config;
}

PlanLimits limits_of(const ChipSpec& chip) {
  PlanLimits limits;
  limits.input_bytes = chip.input_bytes;
  limits.output_bytes = chip.output_bytes;
  limits.index_bytes = chip.index_bytes;
  limits.prefetch_units = chip.prefetch_units;
  limits.query_forwarding = chip.query_forwarding;
  return limits;
}

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
        program(layers),
        layout(program.trace),
        transfers(layout, kPacketBytes, chip.query_forwarding),
        controller("controller", bench.clock, config_of(chip), limits_of(chip), program.units,
                   transfers, false, bench.stats),
        neighbours(
            "neighbours", bench, times,
            [this](const WorkUnit& unit) { return program.index_of_unit(unit); }, seed),
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
    link("denser_task", controller.denser_out, neighbours.tasks[0].port, 1);
    link("sparser_task", controller.sparser_out, neighbours.tasks[1].port, 1);
    link("normaliser_task", controller.normaliser_out, neighbours.normaliser_tasks.port, 2);
    link("denser_delivery", neighbours.deliveries[0].port, controller.denser_delivery_in, 2);
    link("sparser_delivery", neighbours.deliveries[1].port, controller.sparser_delivery_in, 2);
    link("encoder_delivery", neighbours.encoder_deliveries.port, controller.encoder_delivery_in, 2);
    link("denser_done", neighbours.dones[0].port, controller.denser_done_in, 1);
    link("sparser_done", neighbours.dones[1].port, controller.sparser_done_in, 1);
    link("normaliser_done", neighbours.normaliser_dones.port, controller.normaliser_done_in, 2);
    link("stored", neighbours.stores.port, controller.stored_in, 2);
  }

  SimBench bench;
  const Program program;
  DramLayout layout;
  TransferBuilder transfers;
  Controller controller;
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
  return parts_->controller.layer_cycles();
}

std::array<std::uint64_t, 3> ControllerBench::peaks() const {
  const Json& statistics = parts_->statistics["controller"];
  return {statistics["input_buffer_peak_bytes"], statistics["output_buffer_peak_bytes"],
          statistics["index_buffer_peak_bytes"]};
}

}  // namespace vitcod::test
