// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/controller/controller_neighbours.hpp"

namespace vitcod::test {
namespace {

constexpr std::array kEngineNames = {"denser", "sparser"};

/// Of an answer that the controller sees `time` cycles after an order which is taken in `now`: both
/// ways take a cycle.
Cycle push_cycle(Cycle now, Cycle time) { return now + time - 2; }

std::string phase_name(Phase phase) { return phase == Phase::kSddmm ? "sddmm" : "spmm"; }

}  // namespace

ControllerNeighbours::ControllerNeighbours(const sc_core::sc_module_name& name, SimBench& bench,
                                           const AnswerTimes& times, UnitIndex unit_index,
                                           std::optional<std::uint64_t> seed)
    : Block(name, bench.clock),
      loads("loads", seed, times.loads_taken_from),
      tasks{{{"denser_tasks", seed}, {"sparser_tasks", seed}}},
      normaliser_tasks("normaliser_tasks", seed),
      deliveries{{{"denser_deliveries", seed}, {"sparser_deliveries", seed}}},
      encoder_deliveries("encoder_deliveries", seed),
      dones{{{"denser_dones", seed}, {"sparser_dones", seed}}},
      normaliser_dones("normaliser_dones", seed),
      stores("stores", seed),
      times_(times),
      unit_index_(std::move(unit_index)),
      stats_(bench.stats, basename()) {}

Cycle ControllerNeighbours::tick(Cycle now) {
  const auto note = [this](Cycle cycle, std::string what, const UnitContext& unit) {
    orders.push_back({cycle, std::move(what), unit_index_(unit.work)});
  };
  if (const auto load = loads.take(now)) {
    const Transfer& transfer = *load->beat.transfer;
    const auto role = static_cast<std::size_t>(transfer.role);
    note(load->pushed_at, fmt::format("load {}", kTensorRoleNames[role]), *transfer.unit);
    answer(load->beat, now);
  }
  for (std::size_t e = 0; e < 2; ++e) {
    const auto task = tasks[e].take(now);
    if (!task) continue;
    note(task->pushed_at, fmt::format("{} {}", phase_name(task->beat.phase), kEngineNames[e]),
         *task->beat.unit);
    answer(e, task->beat, now);
  }
  if (const auto task = normaliser_tasks.take(now)) {
    const bool merges = task->beat.kind == NormaliserTask::Kind::kMergeExponents;
    note(task->pushed_at, merges ? "merge" : "normalise", *task->beat.unit);
    answer(task->beat, now);
  }
  for (auto& link : deliveries) link.push(now);
  for (auto& link : dones) link.push(now);
  encoder_deliveries.push(now);
  normaliser_dones.push(now);
  stores.push(now);
  return std::max(now + 1,
                  std::min({loads.due(), tasks[0].due(), tasks[1].due(), normaliser_tasks.due(),
                            deliveries[0].due(), deliveries[1].due(), encoder_deliveries.due(),
                            dones[0].due(), dones[1].due(), normaliser_dones.due(), stores.due()}));
}

void ControllerNeighbours::note_answer(Cycle pushed_at, std::string what, const UnitContext& unit) {
  answers.push_back({pushed_at + 1, std::move(what), unit_index_(unit.work)});
}

void ControllerNeighbours::answer(const LoadCommand& command, Cycle now) {
  const Transfer& transfer = *command.transfer;
  const auto role = static_cast<std::size_t>(transfer.role);
  const std::string what = fmt::format("delivered {}", kTensorRoleNames[role]);
  path_free_ = std::max(path_free_, push_cycle(now, times_.load));
  for (const Packet& packet : transfer.packets) {
    for (std::size_t e = 0; e < 2; ++e) {
      if (!goes_to(packet, e)) continue;
      note_answer(deliveries[e].add(Delivery{&packet}, path_free_), what, *transfer.unit);
    }
    if (transfer.to_encoder) {
      const Cycle cycle = encoder_deliveries.add(Delivery{&packet}, path_free_);
      note_answer(cycle, what, *transfer.unit);
      if (packet.result != nullptr) {
        note_answer(stores.add(StoreDone{packet.result}, cycle + times_.store), "stored",
                    *transfer.unit);
      }
    }
    ++path_free_;
  }
}

void ControllerNeighbours::answer(std::size_t engine, const EngineTask& task, Cycle now) {
  const Cycle time = (task.phase == Phase::kSddmm ? times_.sddmm : times_.spmm)[engine];
  note_answer(dones[engine].add(EngineDone{}, push_cycle(now, time)),
              fmt::format("{} {} done", phase_name(task.phase), kEngineNames[engine]), *task.unit);
}

void ControllerNeighbours::answer(const NormaliserTask& task, Cycle now) {
  const bool merges = task.kind == NormaliserTask::Kind::kMergeExponents;
  const Cycle time = merges ? times_.merge : times_.normalise;
  note_answer(normaliser_dones.add(NormaliserDone{task.kind}, push_cycle(now, time)),
              merges ? "merge done" : "normalise done", *task.unit);
  if (merges) return;
  Cycle cycle = push_cycle(now, times_.store);
  for (const Packet& packet : task.output->packets) {
    note_answer(stores.add(StoreDone{&packet}, cycle++), "stored", *task.unit);
  }
}

}  // namespace vitcod::test
