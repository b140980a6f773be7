// SPDX-License-Identifier: Apache-2.0
#include "hw_models/controller/controller.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vitcod {

Controller::Controller(const sc_core::sc_module_name& name, Clock& clock, const Program& program,
                       const Neighbours& neighbours, std::uint32_t packet_bytes,
                       std::function<void(RegionId)> freed, StatGroup& parent)
    : Block(name, clock),
      program_(program),
      packet_bytes_(packet_bytes),
      outstanding_(neighbours.num_units),
      stats_(parent, basename()),
      cycles_(stats_, program.phases),
      pools_(program.pools, program.regions, std::move(freed), stats_),
      loads_("loads", clock, stats_) {
  if (!program.jobs.empty()) layer_ = job(0).layer;
  const auto add_port = [](auto& ports, const char* port, std::size_t index) {
    using Port = typename std::decay_t<decltype(ports)>::value_type::element_type;
    ports.push_back(std::make_unique<Port>(fmt::format("{}{}", port, index).c_str()));
  };
  for (std::size_t i = 0; i < neighbours.num_receivers; ++i)
    add_port(delivery_in, "delivery_in", i);
  for (std::size_t i = 0; i < neighbours.num_units; ++i) {
    add_port(order_out, "order_out", i);
    add_port(done_in, "done_in", i);
  }
}

void Controller::start_of_simulation() {
  for (auto& link : delivery_in) {
    (*link)->take_all(
        [this](const Delivery& delivery, Cycle seen) { count_delivery(*delivery.transfer, seen); });
  }
}

Cycle Controller::tick(Cycle now) {
  bool moved = see_deliveries(now);
  moved = take_dones() || moved;
  moved = take_stores() || moved;
  if (!moved && is_settled_) return next_delivery();
  moved = step() || moved;
  moved = command_load(now) || moved;
  moved = retire() || moved;
  is_settled_ = !moved && !waits_for_link();
  cycles_.standing(phase());
  if (retired_ == program_.jobs.size()) {
    clock().scheduler().stop();
    return kOnLink;
  }
  return moved ? now + 1 : next_delivery();
}

/// Does room on a link move anything, for a load or for the orders of the oldest job?
bool Controller::waits_for_link() const {
  const bool for_orders = oldest_ < program_.jobs.size() && has_operands(oldest_) &&
                          progress(oldest_).stage == Stage::kWaiting;
  return for_orders || !load_out->ready();
}

void Controller::Awaited::count(Cycle seen) {
  check(left > 0, "a packet was delivered twice");
  --left;
  last_seen = std::max(last_seen, seen);
}

void Controller::count_delivery(const Transfer& transfer, Cycle seen) {
  Progress& owner = owner_of(transfer);
  const Load& load = job(transfer.job).loads[transfer.load];
  Awaited& awaited = load.streams ? owner.stream : owner.operands;
  awaited.count(seen);
  wake_for(awaited);
  if (!load.is_fence) return;
  owner.fences.count(seen);
  wake_for(owner.fences);
}

/// Sent ahead of time, the last delivery that is counted need not be the last one that is seen.
void Controller::wake_for(const Awaited& awaited) {
  if (awaited.left > 0) return;
  deliveries_.push_back(awaited.last_seen);
  clock().wake(*this, awaited.last_seen);
}

bool Controller::see_deliveries(Cycle now) {
  return std::erase_if(deliveries_, [now](Cycle seen) { return seen <= now; }) > 0;
}

Cycle Controller::next_delivery() const {
  return deliveries_.empty() ? kOnLink : *std::min_element(deliveries_.begin(), deliveries_.end());
}

Controller::Progress& Controller::owner_of(const Transfer& transfer) {
  const std::size_t owner = transfer.job;
  check(owner >= retired_ && owner - retired_ < in_flight_.size(),
        "a packet came for a job that is not in flight");
  return progress(owner);
}

bool Controller::take_dones() {
  bool moved = false;
  for (std::size_t unit = 0; unit < done_in.size(); ++unit) {
    if (!(*done_in[unit])->valid()) continue;
    (*done_in[unit])->pop();
    check(!outstanding_[unit].empty(), "a unit reported without an order");
    const Outstanding order = outstanding_[unit].front();
    outstanding_[unit].pop_front();
    Progress& owner = progress(order.job);
    if (order.ends == Order::Ends::kReported) {
      --owner.reports_left;
    } else if (--owner.drains_left == 0) {
      pools_.give_back(job(order.job).frees_when_drained);
    }
    moved = true;
  }
  return moved;
}

bool Controller::take_stores() {
  if (!stored_in->valid()) return false;
  const StoreDone done = stored_in->pop();
  std::uint64_t& stored = owner_of(*done.transfer).stored_bytes;
  stored += done.bytes;
  const Job& owner = job(done.transfer->job);
  if (stored == owner.store->bytes()) pools_.give_back({owner.stored});
  return true;
}

bool Controller::step() {
  if (oldest_ == program_.jobs.size() || oldest_ - retired_ >= in_flight_.size()) return false;
  const Progress& oldest = progress(oldest_);
  if (oldest.stage == Stage::kWaiting) {
    if (job(oldest_).streams || !can_issue(oldest_)) return false;
    issue(oldest_);
    return true;
  }
  const bool done = job(oldest_).streams
                        ? has_operands(oldest_)
                        : oldest.reports_left == 0 && oldest.stream.came(clock().now());
  if (!done) return false;
  end_oldest();
  return true;
}

bool Controller::has_operands(std::size_t index) const {
  if (index - retired_ >= in_flight_.size()) return false;
  const Progress& state = progress(index);
  return state.loads_commanded == job(index).loads.size() && state.operands.came(clock().now());
}

bool Controller::streams_any(std::size_t index) const {
  const std::vector<Load>& loads = job(index).loads;
  return std::any_of(loads.begin(), loads.end(), [](const Load& load) { return load.streams; });
}

bool Controller::can_issue(std::size_t index) const {
  return has_operands(index) && pools_.fit(job(index).claims) && units_take_orders(job(index));
}

/// A unit that drains may still have orders of earlier jobs waiting.
bool Controller::units_take_orders(const Job& job) const {
  return std::all_of(job.orders.begin(), job.orders.end(), [this](const Order& order) {
    return (*order_out[index_of(order.unit)])->ready();
  });
}

void Controller::issue(std::size_t index) {
  const Job& issued = job(index);
  Progress& state = progress(index);
  pools_.take(issued.claims);
  for (const Order& order : issued.orders) {
    const std::size_t unit = index_of(order.unit);
    (*order_out[unit])->push(UnitOrder{order.kernel.get()});
    outstanding_[unit].push_back(Outstanding{index, order.ends});
    ++(order.ends == Order::Ends::kReported ? state.reports_left : state.drains_left);
  }
  state.stage = Stage::kIssued;
}

void Controller::end_oldest() {
  const Job& ended = job(oldest_);
  pools_.give_back(ended.frees);
  progress(oldest_).stage = Stage::kEnded;
  if (ended.ends_tile) ++tiles_;
  ++oldest_;
  if (oldest_ == program_.jobs.size()) return;
  layer_ = job(oldest_).layer;
  if (!job(oldest_).chained) return;
  if (in_flight_.size() <= oldest_ - retired_) in_flight_.resize(oldest_ - retired_ + 1);
  issue(oldest_);
}

bool Controller::is_met(const Dependency& dependency) const {
  const std::size_t index = index_of(dependency.job);
  switch (dependency.milestone) {
    case Dependency::Milestone::kDelivered:
      return index < retired_ || (has_operands(index) && (index < oldest_ || !streams_any(index)));
    case Dependency::Milestone::kEnded:
      return index < oldest_;
    case Dependency::Milestone::kRetired:
      return index < retired_;
  }
  return false;
}

/// Goes on to the next job that has loads left to command; false if there is none, or if it must
/// wait.
bool Controller::reach_next_load() {
  while (true) {
    if (has_reached_) {
      if (progress(loading_).loads_commanded < job(loading_).loads.size()) return true;
      ++loading_;
      has_reached_ = false;
    }
    if (loading_ == program_.jobs.size()) return false;
    const std::vector<Dependency>& waits = job(loading_).loads_wait_for;
    const auto met = [this](const Dependency& dependency) { return is_met(dependency); };
    if (!std::all_of(waits.begin(), waits.end(), met)) return false;
    has_reached_ = true;
    if (in_flight_.size() <= loading_ - retired_) in_flight_.resize(loading_ - retired_ + 1);
    if (job(loading_).streams) issue(loading_);
  }
}

bool Controller::command_load(Cycle now) {
  const std::size_t known = in_flight_.size();
  const LoadAccount::Reason reason = try_load();
  loads_.standing(reason, now);
  // A job that has no loads can be issued in the next cycle, and nothing else would wake us.
  return reason == LoadAccount::Reason::kCommanding || in_flight_.size() > known;
}

/// Commands the next load, or says what it waits for.
LoadAccount::Reason Controller::try_load() {
  using Reason = LoadAccount::Reason;
  if (!reach_next_load()) {
    return loading_ == program_.jobs.size() ? Reason::kDone : Reason::kWaitJob;
  }
  Progress& state = progress(loading_);
  const Load& load = job(loading_).loads[state.loads_commanded];
  if (load.after_fences && !state.fences.came(clock().now())) return Reason::kWaitJob;
  if (!load_out->ready()) return Reason::kWaitDma;
  if (!pools_.fit(load.claims)) return Reason::kWaitRoom;
  pools_.take(load.claims);
  load_out->push(LoadCommand{&load.transfer});
  const std::uint64_t deliveries = count_deliveries(load.transfer, packet_bytes_);
  (load.streams ? state.stream : state.operands).left += deliveries;
  if (load.is_fence) state.fences.left += deliveries;
  ++state.loads_commanded;
  return Reason::kCommanding;
}

/// Jobs without results retire beside the one of their tile that has some.
bool Controller::retire() {
  while (retired_ < oldest_) {
    const Progress& state = in_flight_.front();
    const Job& done = job(retired_);
    if (state.drains_left > 0) return false;
    if (done.store && state.stored_bytes < done.store->bytes()) return false;
    const bool ends_tile = done.ends_tile;
    in_flight_.pop_front();
    ++retired_;
    if (ends_tile) return true;
  }
  return false;
}

PhaseId Controller::phase() const {
  if (oldest_ == program_.jobs.size()) return program_.write_back;
  const bool reached = oldest_ < loading_ || (oldest_ == loading_ && has_reached_);
  if (!reached) return kWaitOperands;
  if (progress(oldest_).stage == Stage::kIssued) return job(oldest_).phase;
  return has_operands(oldest_) ? kWaitSpace : job(oldest_).operands_phase;
}

}  // namespace vitcod
