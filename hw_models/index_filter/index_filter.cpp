// SPDX-License-Identifier: Apache-2.0
#include "hw_models/index_filter/index_filter.hpp"

#include <span>

#include "sim/base/errors.hpp"

namespace vitcod {

IndexFilter::IndexFilter(const sc_core::sc_module_name& name, Clock& clock,
                         const IndexFilterConfig& config, EngineContents* contents,
                         StatGroup& parent)
    : PacketTaker(name, clock, "filtering", parent), cost_(cost_of(config)), contents_(contents) {}

PacketTaker::Step IndexFilter::work_on(const Packet& packet) {
  const auto& placement = placement_as<FilterPlacement>(packet);
  check(cost_.fits(placement.num_source_tokens), "a map has more tokens than the index filter");
  check(contents_ == nullptr || packet.payload != nullptr,
        "a packet came to the index filter without its values");
  Step step;
  step.read_cycles = cost_.read_bandwidth.beat_cycles(packet.bytes);
  step.work_cycles = placement.kind == FilterPlacement::Kind::kNumbers
                         ? take_numbers(packet, placement)
                         : take_index(packet, placement);
  step.latency = cost_.latency;
  return step;
}

/// The cycles of the numbers that are complete with the packet.
std::uint64_t IndexFilter::take_numbers(const Packet& packet, const FilterPlacement& placement) {
  check(!walk_.has_value(), "numbers of kept tokens came within a source index");
  const std::uint64_t before = packet.offset / kTokenNumberBytes;
  const std::uint64_t numbers = (packet.offset + packet.bytes) / kTokenNumberBytes - before;
  numbers_ += numbers;
  if (contents_ != nullptr) {
    if (packet.offset == 0) kept_.clear(placement.num_source_tokens);
    std::uint64_t at = packet.offset;
    for (const std::uint8_t byte : *packet.payload) {
      if (at++ % kTokenNumberBytes == 0) {
        low_byte_ = byte;
      } else {
        kept_.add(low_byte_ | std::uint32_t{byte} << 8U);
      }
    }
  }
  return ceil_div(numbers, cost_.lanes);
}

/// The steps that are due with the packet.
std::uint64_t IndexFilter::take_index(const Packet& packet, const FilterPlacement& placement) {
  if (packet.offset == 0) begin_index(packet, placement);
  check(walk_.has_value() && packet.transfer == transfer_,
        "packets of two source indices came between each other");
  const FilterSteps steps = walk_->advance(packet.bytes);
  count(steps);
  if (restriction_) restriction_->take(*packet.payload);
  if (packet.offset + packet.bytes == placement.load_bytes) end_index(placement);
  return steps.steps;
}

void IndexFilter::begin_index(const Packet& packet, const FilterPlacement& placement) {
  check(!walk_.has_value(), "packets of two source indices came between each other");
  transfer_ = packet.transfer;
  walk_.emplace(*placement.source, *placement.tile, cost_.lanes);
  if (contents_ == nullptr) return;
  restriction_.emplace(placement, kept_, contents_->index[placement.region]);
}

void IndexFilter::end_index(const FilterPlacement& placement) {
  check(walk_->done() && (!restriction_ || restriction_->done()),
        "a source index is shorter than its header tells");
  const AttentionTile& tile = *placement.tile;
  for (std::uint32_t row = 0; row < tile.total_rows(); ++row) {
    kept_entries_ += tile.num_sparse_entries(TileRow{row});
  }
  bytes_written_ += placement.bytes;
  walk_.reset();
  restriction_.reset();
}

void IndexFilter::count(const FilterSteps& steps) {
  entries_ += steps.entries;
  look_ups_ += steps.tokens + steps.entries;
  mask_bytes_ += steps.mask_bytes;
  columns_written_ += steps.column_writes;
  columns_read_ += steps.column_reads * cost_.lanes;
  row_counter_reads_ += steps.counter_reads * cost_.lanes;
}

}  // namespace vitcod
