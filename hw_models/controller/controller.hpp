// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "hw_models/controller/buffer_pools.hpp"
#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/controller/load_account.hpp"
#include "hw_models/dma/dma_messages.hpp"
#include "hw_models/program/program.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Cycles by the program's phases.
class PhaseAccount final : public CycleAccount {
 public:
  PhaseAccount(StatGroup& group, const std::vector<std::string>& phases)
      : CycleAccount(group, "cycles", {phases.begin(), phases.end()}) {}
  void standing(PhaseId phase) { set_standing(index_of(phase)); }
};

/// Carries a program out as a scoreboard. Loads are commanded in program order, one a cycle, each
/// once its regions are free. Jobs are issued in program order: when the job before has ended, the
/// loads are delivered and the regions for results are free, the orders go to the units. A job ends
/// when its units have reported; it retires, in program order and one tile a cycle, when its
/// results are in DRAM. The run ends when the last job has retired. A cycle belongs to the oldest
/// job that has not ended.
class Controller final : public Block {
 public:
  LinkOut<LoadCommand> load_out{"load_out"};
  LinkIn<StoreDone> stored_in{"stored_in"};
  std::vector<std::unique_ptr<LinkIn<Delivery>>> delivery_in;  ///< by receiver
  std::vector<std::unique_ptr<LinkOut<UnitOrder>>> order_out;  ///< by unit
  std::vector<std::unique_ptr<LinkIn<UnitDone>>> done_in;      ///< by unit

  struct Neighbours {
    std::size_t num_receivers = 0;  ///< of loads
    std::size_t num_units = 0;
  };

  /// `packet_bytes`: as the DMA cuts loads. `freed`: told of each region whose contents are lost;
  /// may be empty. `program` must outlive the controller.
  Controller(const sc_core::sc_module_name& name, Clock& clock, const Program& program,
             const Neighbours& neighbours, std::uint32_t packet_bytes,
             std::function<void(RegionId)> freed, StatGroup& parent);

  /// The layer, of the trace, that the cycles belong to which pass now: that of the oldest job that
  /// has not ended; at the end, of the last one.
  std::uint32_t layer() const { return layer_; }

 private:
  enum class Stage : std::uint8_t { kWaiting, kIssued, kEnded };
  /// Deliveries that a job waits for. They are counted when they are sent; nothing waits for a part
  /// of them, so only when the last one is seen matters.
  struct Awaited {
    std::uint64_t left = 0;
    Cycle last_seen = 0;  ///< of those that were counted
    bool came(Cycle now) const { return left == 0 && last_seen <= now; }
    void count(Cycle seen);
  };
  /// What is known of a job in flight.
  struct Progress {
    Stage stage = Stage::kWaiting;
    std::uint32_t loads_commanded = 0;
    Awaited operands;                ///< of the loads commanded so far that do not stream
    Awaited stream;                  ///< of those that do
    Awaited fences;                  ///< of fences
    std::uint32_t reports_left = 0;  ///< orders on which the end of the job depends
    std::uint32_t drains_left = 0;   ///< orders that go on after it
    std::uint64_t stored_bytes = 0;
  };
  /// An order that its unit has not answered yet.
  struct Outstanding {
    std::size_t job = 0;
    Order::Ends ends = Order::Ends::kReported;
  };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }

  void start_of_simulation() override;
  void count_delivery(const Transfer& transfer, Cycle seen);
  void wake_for(const Awaited& awaited);
  bool see_deliveries(Cycle now);
  Cycle next_delivery() const;
  bool take_dones();
  bool take_stores();
  bool step();
  bool command_load(Cycle now);
  LoadAccount::Reason try_load();
  bool reach_next_load();
  bool retire();
  bool waits_for_link() const;
  bool can_issue(std::size_t job) const;
  bool units_take_orders(const Job& job) const;
  void issue(std::size_t job);
  void end_oldest();
  bool is_met(const Dependency& dependency) const;
  Progress& owner_of(const Transfer& transfer);
  bool has_operands(std::size_t job) const;
  bool streams_any(std::size_t job) const;
  PhaseId phase() const;
  const Job& job(std::size_t index) const { return program_.jobs[index]; }
  Progress& progress(std::size_t index) { return in_flight_[index - retired_]; }
  const Progress& progress(std::size_t index) const { return in_flight_[index - retired_]; }

  const Program& program_;
  const std::uint32_t packet_bytes_;

  std::size_t retired_ = 0;  ///< jobs before are done with
  std::size_t oldest_ = 0;   ///< the first job that has not ended
  std::uint32_t layer_ = 0;  ///< its layer
  std::size_t loading_ = 0;  ///< the job whose loads are being commanded, if `has_reached_`
  bool has_reached_ = false;
  bool is_settled_ = false;  ///< nothing moves before a delivery, an answer or a store that counts
  std::vector<Cycle> deliveries_;   ///< cycles to come in which one is seen that counts
  std::deque<Progress> in_flight_;  ///< of the jobs from `retired_` to `loading_` at least
  std::vector<std::deque<Outstanding>> outstanding_;  ///< by unit, in order

  StatGroup stats_;
  PhaseAccount cycles_;
  Counter tiles_{stats_, "units", "pieces of the workload that the compiler cut, done"};
  BufferPools pools_;
  LoadAccount loads_;
};

}  // namespace vitcod
