// SPDX-License-Identifier: Apache-2.0
#include "hw_models/token_gather/token_gather_unit.hpp"

#include <algorithm>

namespace vitcod {
namespace {

std::uint64_t entering_bytes(const GatherPlacement& placement) {
  return kGatherElementBytes * placement.features;
}

std::uint64_t leaving_bytes(const GatherPlacement& placement) {
  return entering_bytes(placement) + kGatherElementBytes * placement.new_features;
}

}  // namespace

TokenGatherUnit::TokenGatherUnit(const sc_core::sc_module_name& name, Clock& clock,
                                 const TokenGatherConfig& config, StatGroup& parent)
    : PacketUnit(name, clock, "gathering", parent),
      cost_(cost_of(config)),
      new_features_(config.new_bytes, 0) {}

PacketUnit::Step TokenGatherUnit::work_on(const Packet& packet) {
  const auto& placement = placement_as<GatherPlacement>(packet);
  check_room(packet, placement);
  count(packet, placement);
  const bool gives_rows = placement.kind == Kind::kRows && packet.num_rows > 0;
  Step step;
  step.read_cycles = cost_.read_bandwidth.beat_cycles(packet.bytes);
  step.latency = cost_.latency;
  Payload values;
  if (packet.payload != nullptr) values = gather(packet, placement);
  if (!gives_rows) return step;
  step.work_cycles = cost_.write_bandwidth.cycles_for(packet.num_rows * leaving_bytes(placement));
  step.results.push_back(rows_of(packet, *placement.store));
  step.results.front().payload = std::move(values);
  return step;
}

void TokenGatherUnit::check_room(const Packet& packet, const GatherPlacement& placement) const {
  const std::uint64_t end = packet.offset + packet.bytes;
  switch (placement.kind) {
    case Kind::kNumbers:
      check(end <= kNumberBytes * cost_.max_tokens, "more rows' numbers came than are held");
      break;
    case Kind::kNew:
      check(end <= cost_.new_bytes, "more new features came than are held");
      break;
    case Kind::kRows:
      check(placement.features <= cost_.max_features, "a row came that is longer than its buffer");
      check((std::uint64_t{packet.first_row} + packet.num_rows) * placement.new_features <=
                cost_.new_bytes,
            "rows came whose new features are not held");
      break;
  }
}

void TokenGatherUnit::count(const Packet& packet, const GatherPlacement& placement) {
  switch (placement.kind) {
    case Kind::kNumbers:
      number_bytes_written_ += packet.bytes;
      number_bytes_read_ += packet.bytes;
      if (packet.offset == 0) number_bytes_read_ += kNumberBytes * placement.more_numbers_taken;
      break;
    case Kind::kNew:
      new_bytes_written_ += packet.bytes;
      break;
    case Kind::kRows:
      rows_ += packet.num_rows;
      row_bytes_written_ += packet.bytes;
      row_bytes_read_ += packet.num_rows * entering_bytes(placement);
      new_bytes_read_ += std::uint64_t{packet.num_rows} * placement.new_features;
      result_bytes_ += packet.num_rows * leaving_bytes(placement);
      break;
  }
}

/// Values of the rows that are complete with the packet; none for numbers, whose rows the program
/// names too, and for new features, which are kept.
Payload TokenGatherUnit::gather(const Packet& packet, const GatherPlacement& placement) {
  if (placement.kind == Kind::kNumbers) return nullptr;
  if (placement.kind == Kind::kNew) {
    std::copy(packet.payload->begin(), packet.payload->end(),
              new_features_.begin() + static_cast<std::ptrdiff_t>(packet.offset));
    return nullptr;
  }
  auto results = std::make_shared<std::vector<std::uint8_t>>();
  results->reserve(packet.num_rows * leaving_bytes(placement));
  rows_in_.take(packet, entering_bytes(placement),
                [&](std::uint32_t row, const std::uint8_t* elements) {
                  append_row(placement, row, elements, *results);
                });
  return results;
}

/// `elements` of X, and 8 times each new feature in 16 bits: wires, no adder.
void TokenGatherUnit::append_row(const GatherPlacement& placement, std::uint32_t row,
                                 const std::uint8_t* elements,
                                 std::vector<std::uint8_t>& results) const {
  results.insert(results.end(), elements, elements + entering_bytes(placement));
  const std::size_t first = std::size_t{row} * placement.new_features;
  for (std::size_t i = first; i < first + placement.new_features; ++i) {
    constexpr unsigned kFractionBits = 3;
    const auto grown = static_cast<std::uint32_t>(static_cast<std::int8_t>(new_features_[i]))
                       << kFractionBits;
    results.push_back(static_cast<std::uint8_t>(grown));
    results.push_back(static_cast<std::uint8_t>(grown >> 8U));
  }
}

}  // namespace vitcod
