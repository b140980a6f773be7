// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/schedule.hpp"

#include <algorithm>

namespace vitcod {

Schedule::Schedule(const std::vector<std::uint64_t>& capacities, std::uint32_t prefetch_tiles)
    : prefetch_tiles_(prefetch_tiles), pools_(capacities.begin(), capacities.end()) {}

double Schedule::Space::take(std::uint64_t bytes, double cycle) {
  free_ -= static_cast<double>(bytes);
  while (free_ < 0 && !releases_.empty()) {
    cycle = std::max(cycle, releases_.front().cycle);
    free_ += releases_.front().bytes;
    releases_.pop_front();
  }
  return cycle;
}

double Schedule::take(const std::optional<Claim>& claim, double cycle) {
  return claim ? pools_[index_of(claim->pool)].take(claim->bytes, cycle) : cycle;
}

/// When the last packet is delivered.
double Schedule::pass(const Passage& passage, double from) {
  if (passage.is_empty) return from;
  double start = from;  // at one place, and not earlier at the next
  double end = from;
  const auto through = [&start, &end](double& free, double cycles) {
    if (cycles == 0) return;
    start = std::max(free, start);
    free = start + cycles;
    end = std::max(end, free);
  };
  through(memory_free_, passage.memory_cycles);
  through(ports_free_, passage.port_cycles);
  const double at_ports = start;
  for (std::size_t i = 0; i < kMaxReceivers; ++i) {
    start = at_ports;
    through(receivers_free_[i], passage.receiver_cycles[i]);
  }
  return end + passage.latency;
}

void Schedule::begin_tile() {
  commanded_ = 0;
  if (tile_ends_.size() > prefetch_tiles_) {
    commanded_ = tile_ends_.front();
    tile_ends_.pop_front();
  }
}

void Schedule::wait_for(const std::vector<TensorId>& tensors) {
  for (const TensorId tensor : tensors) commanded_ = std::max(commanded_, written(tensor));
}

double& Schedule::written(TensorId tensor) {
  const auto index = static_cast<std::size_t>(tensor);
  if (index >= written_.size()) written_.resize(index + 1);
  return written_[index];
}

/// When the job's operands are there.
double Schedule::add_loads(const JobSketch& job) {
  double ready = 0;
  double fenced = 0;
  for (std::size_t i = 0; i < job.loads.size(); ++i) {
    const LoadSketch& load = job.loads[i];
    if (load.after_fences) commanded_ = std::max(commanded_, fenced);
    const double from = take(load.claim, commanded_);
    commanded_ = from;
    if (!load.with_next) {
      const double delivered = pass(load.passage, from);
      if (load.is_fence) fenced = std::max(fenced, delivered);
      ready = std::max(ready, delivered);
      continue;
    }
    const LoadSketch& next = job.loads[++i];
    commanded_ = take(next.claim, from);
    if (commanded_ == from) {
      ready = std::max(ready, pass(*load.with_next, from));
    } else {
      ready = std::max(ready, pass(load.passage, from));
      ready = std::max(ready, pass(next.passage, commanded_));
    }
  }
  return ready;
}

/// Results leave as they are finished, from cycle `from` on, the last packet with the job's end.
void Schedule::store(const StoreSketch& store, double from) {
  results_free_ = std::max(results_free_, from) + store.cycles;
  stored_ = std::max(results_free_, computed_) + store.latency;
  pools_[index_of(store.stored.pool)].give_back(store.stored.bytes, stored_);
}

/// Results leave as they are read. Where they leave more slowly they hold the reading up.
void Schedule::drain(const DrainSketch& drain, const StoreSketch& store) {
  const double begin = std::max(drain_free_, computed_);
  results_free_ = std::max(results_free_, begin) + store.cycles;
  drain_free_ = std::max(begin + drain.cycles, results_free_ - drain.held_share * store.cycles);
  stored_ = std::max(results_free_, drain_free_) + store.latency;
  pools_[index_of(drain.read.pool)].give_back(drain.read.bytes, drain_free_);
  pools_[index_of(store.stored.pool)].give_back(store.stored.bytes, stored_);
}

void Schedule::add(const JobSketch& job) {
  if (job.begins_tile) begin_tile();
  wait_for(job.reads);
  if (job.after_jobs) commanded_ = std::max(commanded_, computed_);
  const double ready = add_loads(job);
  const double issued = job.streams ? commanded_ : take(job.claim, std::max(computed_, ready));
  const double begun = take(job.accumulators, issued);
  computed_ = job.streams ? std::max(computed_, ready) : begun + job.cycles;
  for (const Claim& freed : job.frees) {
    pools_[index_of(freed.pool)].give_back(freed.bytes, computed_);
  }
  if (job.store && job.drain) drain(*job.drain, *job.store);
  if (job.store && !job.drain) store(*job.store, issued);
  for (const TensorId tensor : job.writes) written(tensor) = stored_;
  if (job.ends_tile) tile_ends_.push_back(computed_);
}

}  // namespace vitcod
