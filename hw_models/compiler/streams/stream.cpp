// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/streams/stream.hpp"

#include <utility>

namespace vitcod {
namespace {

/// Bytes of a stretch in the mean, and of all.
struct Size {
  explicit Size(const Transfer& transfer)
      : bytes(double(transfer.bytes())), stretch_bytes(bytes / double(transfer.stretches.size())) {}
  double bytes;
  double stretch_bytes;
};

LoadSketch load_sketch(const StreamLoad& load, double latency, const PlanLimits& limits) {
  const Size size(load.transfer);
  LoadWork work;
  work.dram_bytes = work.port_bytes = size.bytes;
  work.stretch_bytes = size.stretch_bytes;
  work.receiver_cycles[kHubReceiver] = load.cycles;
  work.receiver_latency = latency;
  LoadSketch sketch;
  sketch.passage = passage_of(work, limits.path);
  sketch.is_fence = load.is_fence;
  sketch.after_fences = load.after_fences;
  return sketch;
}

}  // namespace

StreamLoad stream_load(TensorRole role, std::vector<Stretch> stretches, HubUnit unit,
                       std::shared_ptr<StreamPlacement> placement, double cycles,
                       const Target& target) {
  placement->output = target.hub_output;
  placement->unit = target.hub_ports[static_cast<std::size_t>(unit)];
  StreamLoad load;
  load.transfer.label.role = role;
  load.transfer.buffer = target.input_buffer;
  load.transfer.stretches = std::move(stretches);
  load.placement = std::move(placement);
  load.cycles = cycles;
  return load;
}

Transfer stream_store(TensorRole role, std::vector<Stretch> stretches, const Target& target) {
  Transfer transfer;
  transfer.label = TrafficLabel{role, TransferReason::kWriteBack};
  transfer.outputs = target.results_output;
  transfer.stretches = std::move(stretches);
  return transfer;
}

Stretch stretch_of(TensorId tensor, const DramLayout& layout, std::uint32_t row_bytes) {
  return Stretch{layout.address(tensor), layout.bytes(tensor), row_bytes, 0, 0};
}

std::vector<Stretch> rows_numbered(const std::vector<std::uint32_t>& numbers, std::uint64_t address,
                                   std::uint32_t row_bytes) {
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && numbers[i] == numbers[i - 1] + 1) {
      stretches.back().bytes += row_bytes;
      continue;
    }
    stretches.push_back(Stretch{address + std::uint64_t{numbers[i]} * row_bytes, row_bytes,
                                row_bytes, static_cast<std::uint32_t>(i), i * row_bytes});
  }
  return stretches;
}

std::vector<JobSketch> sketch_stream(const Stream& stream, const PlanLimits& limits) {
  std::vector<JobSketch> jobs;
  for (const StreamTile& tile : stream.tiles) {
    JobSketch& job = jobs.emplace_back();
    job.begins_tile = job.ends_tile = job.streams = true;
    job.reads = stream.reads;
    job.writes = stream.writes;
    for (const StreamLoad& load : tile.loads) {
      job.loads.push_back(load_sketch(load, stream.latency, limits));
    }
    const Size results(tile.store);
    job.loads.back().claim = Claim{
        limits.output_pool, whole_banks(tile.store.bytes(), limits.holding.output_bank_bytes)};
    job.store = store_of(results.bytes, results.stretch_bytes, limits.path);
    job.store->stored = *job.loads.back().claim;
  }
  return jobs;
}

void add_stream(const Stream& stream, JobList& jobs) {
  const Target& target = jobs.target();
  for (const StreamTile& tile : stream.tiles) {
    Job& job = jobs.begin_tile(stream.layer);
    for (const TensorId tensor : stream.reads) jobs.wait_for(tensor);
    job.streams = true;
    job.phase = job.operands_phase = stream.phase;
    job.store = tile.store;
    job.store->job = static_cast<std::uint32_t>(jobs.last_job());
    job.stored = jobs.add_region(target.output_pool,
                                 whole_banks(tile.store.bytes(), target.holding.output_bank_bytes));
    for (const StreamLoad& load : tile.loads) {
      const bool is_last = &load == &tile.loads.back();
      load.placement->store = &*job.store;
      Transfer transfer = load.transfer;
      transfer.placement = load.placement;
      Load& added = jobs.add_load(std::move(transfer),
                                  is_last ? std::vector{job.stored} : std::vector<RegionId>{});
      added.is_fence = load.is_fence;
      added.after_fences = load.after_fences;
    }
    for (const TensorId tensor : stream.writes) jobs.note_written(tensor);
    jobs.end_tile();
  }
}

}  // namespace vitcod
