// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/controller/controller_neighbours.hpp"

#include "hw_models/encoder/token_placement.hpp"
#include "hw_models/engine/engine_kernels.hpp"
#include "hw_models/normaliser/normaliser_kernels.hpp"
#include "test/hw_models/controller/controller_program.hpp"

namespace vitcod::test {
namespace {

constexpr std::array kUnitNames = {"denser", "sparser", "normaliser"};

/// Of an answer that the controller sees `time` cycles after an order which is taken in `now`: both
/// ways take a cycle.
Cycle push_cycle(Cycle now, Cycle time) { return now + time - 2; }

bool is_sddmm(const Kernel& kernel) { return dynamic_cast<const SddmmKernel*>(&kernel) != nullptr; }
bool is_merge(const Kernel& kernel) { return dynamic_cast<const MergeKernel*>(&kernel) != nullptr; }

std::string name_of(std::size_t unit, const Kernel& kernel) {
  if (unit == kNormaliser) return is_merge(kernel) ? "merge" : "normalise";
  return fmt::format("{} {}", is_sddmm(kernel) ? "sddmm" : "spmm", kUnitNames[unit]);
}

std::string_view role_of(const Transfer& transfer) {
  return kTensorRoleNames[static_cast<std::size_t>(transfer.label.role)];
}

}  // namespace

ControllerNeighbours::ControllerNeighbours(const sc_core::sc_module_name& name, SimBench& bench,
                                           const Program& program, const AnswerTimes& times,
                                           UnitIndex unit_index, std::optional<std::uint64_t> seed)
    : Block(name, bench.clock),
      loads("loads", seed, times.loads_taken_from),
      tasks{{{"denser_tasks", seed}, {"sparser_tasks", seed}, {"normaliser_tasks", seed}}},
      deliveries{{{"denser_deliveries", seed},
                  {"sparser_deliveries", seed},
                  {"encoder_deliveries", seed}}},
      dones{{{"denser_dones", seed}, {"sparser_dones", seed}, {"normaliser_dones", seed}}},
      stores("stores", seed),
      times_(times),
      unit_index_(std::move(unit_index)),
      stats_(bench.stats, basename()) {
  for (std::size_t job = 0; job < program.jobs.size(); ++job) {
    for (const Order& order : program.jobs[job].orders) job_of_[order.kernel.get()] = job;
  }
}

Cycle ControllerNeighbours::tick(Cycle now) {
  if (const auto load = loads.take(now)) {
    const Transfer& transfer = *load->beat.transfer;
    orders.push_back(
        {load->pushed_at, fmt::format("load {}", role_of(transfer)), unit_index_(transfer.job)});
    answer(load->beat, now);
  }
  for (std::size_t unit = 0; unit < tasks.size(); ++unit) {
    const auto task = tasks[unit].take(now);
    if (!task) continue;
    const Kernel& kernel = *task->beat.kernel;
    orders.push_back({task->pushed_at, name_of(unit, kernel), unit_index_(job_of_.at(&kernel))});
    answer(unit, task->beat, now);
  }
  Cycle next = std::min(loads.due(), stores.due());
  for (auto& task : tasks) next = std::min(next, task.due());
  for (auto& link : deliveries) link.push(now);
  for (auto& link : dones) link.push(now);
  stores.push(now);
  for (auto& link : deliveries) next = std::min(next, link.due());
  for (auto& link : dones) next = std::min(next, link.due());
  return std::max(now + 1, std::min(next, stores.due()));
}

void ControllerNeighbours::note_answer(Cycle pushed_at, std::string what, std::size_t job) {
  answers.push_back({pushed_at + 1, std::move(what), unit_index_(job)});
}

void ControllerNeighbours::answer(const LoadCommand& command, Cycle now) {
  const Transfer& transfer = *command.transfer;
  path_free_ = std::max(path_free_, push_cycle(now, times_.load));
  for (PacketCutter packets(transfer, kPacketBytes); !packets.done(); packets.pop()) {
    const Packet& packet = packets.front();
    for (std::size_t receiver = 0; receiver < deliveries.size(); ++receiver) {
      if ((packet.outputs & output_of(receiver)) == 0) continue;
      const Cycle cycle = deliveries[receiver].add(Delivery{&transfer}, path_free_);
      note_answer(cycle, fmt::format("delivered {}", role_of(transfer)), transfer.job);
      if (receiver == kEncoder) answer_tokens(packet, cycle);
    }
    ++path_free_;
  }
}

/// A packet of tokens has come to the encoder, which stores what it makes of them.
void ControllerNeighbours::answer_tokens(const Packet& packet, Cycle delivered_at) {
  const auto& placement = placement_as<TokenPlacement>(packet);
  if (placement.is_weights) return;
  const std::uint32_t bytes = packet.num_rows * placement.heads_out * placement.features;
  const Cycle cycle = stores.add(StoreDone{placement.store, bytes}, delivered_at + times_.store);
  note_answer(cycle, "stored", placement.store->job);
}

Cycle ControllerNeighbours::time_of(std::size_t unit, const Kernel& kernel) const {
  if (unit == kNormaliser) return is_merge(kernel) ? times_.merge : times_.normalise;
  return (is_sddmm(kernel) ? times_.sddmm : times_.spmm)[unit];
}

void ControllerNeighbours::answer(std::size_t unit, const UnitOrder& order, Cycle now) {
  const Kernel& kernel = *order.kernel;
  const Cycle cycle = push_cycle(now, time_of(unit, kernel));
  note_answer(dones[unit].add(UnitDone{}, cycle), name_of(unit, kernel) + " done",
              job_of_.at(&kernel));
  const auto* rows = dynamic_cast<const NormaliseKernel*>(&kernel);
  if (rows != nullptr) store_rows(*rows->store, now);
}

void ControllerNeighbours::store_rows(const Transfer& store, Cycle now) {
  Cycle cycle = push_cycle(now, times_.store);
  for (std::uint64_t bytes = store.bytes(); bytes > 0; bytes -= kRowBytes) {
    note_answer(stores.add(StoreDone{&store, kRowBytes}, cycle++), "stored", store.job);
  }
}

}  // namespace vitcod::test
