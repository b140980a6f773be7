// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "hw_models/controller/controller.hpp"
#include "test/hw_models/controller/controller_neighbours.hpp"
#include "test/support/sim_bench.hpp"

namespace vitcod::test {

/// Work of any unit: the controller sees its end `cycles` after its order, 2 at least, and the
/// bytes of `store` in DRAM `stored_after` the order.
struct TestKernel final : Kernel {
  std::string name;
  Cycle cycles = 2;
  const Transfer* store = nullptr;
  Cycle stored_after = 2;
};

/// Packets of 64 bytes to the one receiver.
struct TestPlacement final : Placement {
  OutputMask outputs(std::uint32_t /*first*/, std::uint32_t /*end*/) const override { return 1; }
};

/// A program of jobs for units without a meaning. Phases: the two that are always there, "work",
/// "more_work", "write_back". Two pools.
class TestProgram {
 public:
  TestProgram() {
    program.phases = {"wait_operands", "wait_space", "work", "more_work", "write_back"};
    program.write_back = PhaseId{4};
    program.pools = {Pool{"input", 256}, Pool{"output", 256}};
  }
  TestProgram(const TestProgram&) = delete;
  TestProgram& operator=(const TestProgram&) = delete;

  RegionId region(std::uint8_t pool, std::uint64_t bytes) {
    program.regions.push_back(Region{PoolId{pool}, bytes});
    return static_cast<RegionId>(program.regions.size() - 1);
  }
  Job& job(std::uint32_t layer = 0) {
    Job& job = program.jobs.emplace_back();
    job.phase = PhaseId{2};
    job.ends_tile = true;
    job.layer = layer;
    return job;
  }
  JobId last() const { return static_cast<JobId>(program.jobs.size() - 1); }
  /// A load of the job added last.
  Load& load(std::uint32_t packets, std::vector<RegionId> claims = {}) {
    Load& load = program.jobs.back().loads.emplace_back();
    load.transfer.job = static_cast<std::uint32_t>(index_of(last()));
    load.transfer.load = static_cast<std::uint32_t>(program.jobs.back().loads.size() - 1);
    load.transfer.stretches = {Stretch{0, std::uint64_t{64} * packets, 0, 0, 0}};
    load.transfer.placement = std::make_shared<TestPlacement>();
    load.claims = std::move(claims);
    return load;
  }
  /// An order of the job added last.
  void order(std::uint8_t unit, const std::string& name, Cycle cycles,
             Order::Ends ends = Order::Ends::kReported) {
    auto kernel = std::make_shared<TestKernel>();
    kernel->name = name;
    kernel->cycles = cycles;
    program.jobs.back().orders.push_back(Order{UnitId{unit}, std::move(kernel), ends});
  }
  /// Results of the job added last, in DRAM so long after the order of unit 0, `cycles` long.
  void storing_order(const std::string& name, Cycle cycles, std::uint64_t bytes, RegionId region,
                     Cycle stored_after) {
    Job& job = program.jobs.back();
    job.store.emplace();
    job.store->job = static_cast<std::uint32_t>(index_of(last()));
    job.store->stretches = {Stretch{0, bytes, 0, 0, 0}};
    job.stored = region;
    auto kernel = std::make_shared<TestKernel>();
    kernel->name = name;
    kernel->cycles = cycles;
    kernel->store = &*job.store;
    kernel->stored_after = stored_after;
    job.orders.push_back(Order{UnitId{0}, std::move(kernel)});
  }

  Program program;
};

/// Three units that answer orders as their kernels say, and a path whose first packet of a load is
/// seen 5 cycles after its command, the others one a cycle.
class TestUnits final : public Block {
 public:
  TestUnits(const sc_core::sc_module_name& name, SimBench& bench)
      : Block(name, bench.clock), stats_(bench.stats, basename()) {}

  /// "CYCLE load JOB" and "CYCLE NAME", in the order in which they were taken.
  std::vector<std::string> lines;

  Inbox<LoadCommand> loads{"loads", {}};
  Outbox<Delivery> deliveries{"deliveries", {}};
  Outbox<StoreDone> stores{"stores", {}};
  std::array<Inbox<UnitOrder>, 3> orders{{{"orders0", {}}, {"orders1", {}}, {"orders2", {}}}};
  std::array<Outbox<UnitDone>, 3> dones{{{"dones0", {}}, {"dones1", {}}, {"dones2", {}}}};

 private:
  Cycle tick(Cycle now) override {
    if (const auto load = loads.take(now)) {
      const Transfer* transfer = load->beat.transfer;
      lines.push_back(fmt::format("{} load {}", load->pushed_at, transfer->job));
      for (std::uint64_t i = 0; i < transfer->bytes() / 64; ++i) {
        deliveries.add(Delivery{transfer}, load->pushed_at + 4);
      }
    }
    for (std::size_t unit = 0; unit < orders.size(); ++unit) {
      const auto order = orders[unit].take(now);
      if (!order) continue;
      const auto& kernel = kernel_as<TestKernel>(*order->beat.kernel);
      lines.push_back(fmt::format("{} {}", order->pushed_at, kernel.name));
      dones[unit].add(UnitDone{}, order->pushed_at + kernel.cycles - 1);
      if (kernel.store == nullptr) continue;
      stores.add(StoreDone{kernel.store, static_cast<std::uint32_t>(kernel.store->bytes())},
                 order->pushed_at + kernel.stored_after - 1);
    }
    deliveries.push(now);
    stores.push(now);
    for (auto& link : dones) link.push(now);
    return now + 1;
  }
  CycleAccount& cycle_account() override { return cycles_; }

  StatGroup stats_;
  CycleBreakdown<TestActivity, 2> cycles_{stats_, {"idle", "busy"}};
};

/// Runs a test's program on the controller.
class JobsBench {
 public:
  explicit JobsBench(const TestProgram& program, const RunMode& mode = {})
      : bench(mode),
        controller(
            "controller", bench.clock, program.program, {1, 3}, 64,
            [this](RegionId region) { freed.push_back(region); }, bench.stats),
        units("units", bench) {
    link("load", controller.load_out, units.loads.port, 2);
    link("delivery", units.deliveries.port, *controller.delivery_in[0], 2);
    link("stored", units.stores.port, controller.stored_in, 2);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::string number = std::to_string(i);
      link("order" + number, *controller.order_out[i], units.orders[i].port, 2);
      link("done" + number, units.dones[i].port, *controller.done_in[i], 2);
    }
  }

  void run() { bench.run(); }

  SimBench bench;
  std::vector<RegionId> freed;
  Controller controller;
  TestUnits units;

 private:
  template <typename T>
  void link(const std::string& name, LinkOut<T>& writer, LinkIn<T>& reader, std::size_t depth) {
    auto made = std::make_unique<Link<T>>(name.c_str(), bench.clock, depth);
    writer(*made);
    reader(*made);
    links_.push_back(std::move(made));
  }

  std::vector<std::unique_ptr<LinkBase>> links_;
};

}  // namespace vitcod::test
