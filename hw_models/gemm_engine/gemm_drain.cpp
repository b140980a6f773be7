// SPDX-License-Identifier: Apache-2.0
#include "hw_models/gemm_engine/gemm_drain.hpp"

#include <algorithm>
#include <cstring>

#include "hw_models/gemm_engine/requantise.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

GemmDrain::GemmDrain(const sc_core::sc_module_name& name, Clock& clock,
                     const GemmEngineConfig& config, const GemmContents* contents,
                     StatGroup& parent)
    : Block(name, clock),
      cost_(cost_of({}, config)),
      contents_(contents),
      stats_(parent, basename()) {}

Cycle GemmDrain::tick(Cycle now) {
  if (kernel_ == nullptr && !begin(now)) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  bool moved = send_packet(now);
  const bool has_rows = rows_done_ < kernel_->rows;
  if (has_rows && !busy_.at(now) && ready_.empty()) {
    finish_rows(now);
    moved = send_packet(now) || moved;
  }
  if (rows_done_ == kernel_->rows && ready_.empty()) {
    end();
    cycles_.standing(Activity::kIdle);
    return now + 1;
  }
  const bool working = rows_done_ < kernel_->rows && busy_.at(now);
  cycles_.standing(working ? Activity::kDraining : Activity::kSending);
  if (moved || (!ready_.empty() && packet_out->ready())) return now + 1;
  return working ? busy_.end() : kOnLink;
}

bool GemmDrain::begin(Cycle now) {
  if (!order_in->valid() || !block_in->valid()) return false;
  kernel_ = &kernel_as<DrainKernel>(*order_in->pop().kernel);
  block_ = block_in->pop();
  rows_done_ = 0;
  check(cost_.divide || !kernel_->divides, "the drain has no divider");
  busy_.begin(now, (kernel_->divides ? cost_.first_reciprocal() : 0) + next_end() * row_cycles());
  return true;
}

Cycle GemmDrain::row_cycles() const {
  const std::uint64_t columns = kernel_->columns + (kernel_->has_beside_column ? 1 : 0);
  const std::uint64_t cycles = cost_.drain_cycles(1, columns);
  return kernel_->divides ? std::max(cycles, *cost_.divide) : cycles;
}

std::uint32_t GemmDrain::rows_of(const DrainSegment& segment) const {
  if (!segment.is_contiguous) return 1;
  return std::max(1U, kernel_->packet_bytes / kernel_->bytes_of(segment.columns));
}

/// The first row count after `rows_done_` with which a packet is complete.
std::uint32_t GemmDrain::next_end() const {
  std::uint32_t next = kernel_->rows;
  for (const DrainSegment& segment : kernel_->segments) {
    const std::uint32_t rows = rows_of(segment);
    next = std::min(next, (rows_done_ / rows + 1) * rows);
  }
  return next;
}

/// The rows up to the next packet's last one are done.
void GemmDrain::finish_rows(Cycle now) {
  const std::uint32_t end = next_end();
  for (const DrainSegment& segment : kernel_->segments) {
    const std::uint32_t rows = rows_of(segment);
    if (end % rows != 0 && end != kernel_->rows) continue;
    const std::uint32_t first = (end - 1) / rows * rows;
    ready_.push_back(packet_of(segment, first, end - first));
  }
  rows_done_ = end;
  if (end == kernel_->rows) {
    freed_out->push(AccumulatorsFreed{});
    return;
  }
  busy_.begin(now, Cycle{next_end() - end} * row_cycles());
}

bool GemmDrain::send_packet(Cycle now) {
  if (ready_.empty() || !packet_out->ready()) return false;
  packet_out->push_at(std::move(ready_.front()), now + cost_.drain_latency);
  ready_.pop_front();
  return true;
}

void GemmDrain::end() {
  const std::uint64_t elements = std::uint64_t{kernel_->rows} * kernel_->columns;
  const bool reads_beside = kernel_->has_beside_column || kernel_->divides;
  results_ += elements + (kernel_->has_beside_column ? kernel_->rows : 0);
  accumulator_bytes_read_ += sizeof(std::int32_t) * (elements + (reads_beside ? kernel_->rows : 0));
  if (kernel_->divides) reciprocals_ += kernel_->rows;
  if (kernel_->activation != Activation::kNone) lookups_ += elements;
  if (kernel_->residual) residual_bytes_ += elements * kernel_->result_bytes;
  done_out->push(UnitDone{});
  kernel_ = nullptr;
  block_ = {};
}

Packet GemmDrain::packet_of(const DrainSegment& segment, std::uint32_t first, std::uint32_t rows) {
  const std::uint32_t row_bytes = kernel_->bytes_of(segment.columns);
  const std::size_t place = segment.first_stretch + (segment.is_contiguous ? 0 : first);
  const Stretch& stretch = kernel_->store->stretches[place];
  const std::uint64_t begin = segment.is_contiguous ? std::uint64_t{first} * row_bytes : 0;
  Packet packet;
  packet.transfer = kernel_->store;
  packet.address = stretch.address + begin;
  packet.offset = stretch.offset + begin;
  packet.bytes = rows * row_bytes;
  packet.outputs = kernel_->store->outputs;
  if (block_.values != nullptr) packet.payload = results(segment, first, rows);
  return packet;
}

Payload GemmDrain::results(const DrainSegment& segment, std::uint32_t first,
                           std::uint32_t rows) const {
  auto bytes = std::make_shared<std::vector<std::uint8_t>>();
  for (std::uint32_t row = first; row < first + rows; ++row) {
    for (std::uint32_t c = 0; c < segment.columns; ++c) {
      const std::int32_t finished = result(row, segment.first_column + c);
      if (kernel_->makes_codes) {
        if (c % 8 == 0) bytes->push_back(0);
        if (finished > 0) bytes->back() |= static_cast<std::uint8_t>(1U << c % 8);
        continue;
      }
      const auto value = static_cast<std::uint32_t>(finished);
      bytes->push_back(static_cast<std::uint8_t>(value));
      if (kernel_->result_bytes == 2) bytes->push_back(static_cast<std::uint8_t>(value >> 8U));
    }
  }
  return bytes;
}

std::int32_t GemmDrain::result(std::uint32_t row, std::uint32_t column) const {
  const BlockValues& values = *block_.values;
  if (column == kernel_->columns) {
    return requantise(values.beside[row], values.requantisation[column], kernel_->result_bytes);
  }
  const std::size_t element = std::size_t{row} * kernel_->columns + column;
  const std::uint32_t constants =
      kernel_->divides ? reciprocal_constants(values.beside[row], kernel_->output_shift)
                       : values.requantisation[column];
  const std::int32_t value = requantise(values.sums[element], constants, kernel_->result_bytes);
  if (kernel_->activation != Activation::kNone) {
    return table_of(kernel_->activation)(static_cast<std::int8_t>(value));
  }
  if (!kernel_->residual) return value;
  const std::uint8_t* residual =
      contents_->bytes(*kernel_->residual) + element * kernel_->result_bytes;
  std::int32_t added = static_cast<std::int8_t>(residual[0]);
  if (kernel_->result_bytes == 2) {
    std::int16_t wide = 0;
    std::memcpy(&wide, residual, sizeof wide);
    added = wide;
  }
  return saturate(std::int64_t{value} + added, kernel_->result_bytes);
}

}  // namespace vitcod
