// SPDX-License-Identifier: Apache-2.0
#include "hw_models/token_merger/token_merger_unit.hpp"

#include <algorithm>
#include <iterator>

#include "hw_models/packet_unit/store_packets.hpp"
#include "hw_models/token_merger/group_mean.hpp"

namespace vitcod {
namespace {

std::uint64_t row_bytes(const MergePlacement& placement) {
  return kMergeElementBytes * placement.features;
}

std::uint32_t number_at(const std::vector<std::uint8_t>& bytes, std::size_t place) {
  return bytes[2 * place] | static_cast<std::uint32_t>(bytes[2 * place + 1]) << 8U;
}

std::int16_t element_at(const std::uint8_t* bytes, std::size_t place) {
  return static_cast<std::int16_t>(bytes[2 * place] |
                                   static_cast<std::uint16_t>(bytes[2 * place + 1] << 8U));
}

}  // namespace

TokenMergerUnit::TokenMergerUnit(const sc_core::sc_module_name& name, Clock& clock,
                                 const TokenMergerConfig& config, StatGroup& parent)
    : PacketUnit(name, clock, "merging", parent),
      cost_(cost_of(config)),
      sum_bytes_(merge_sum_bytes(config.max_tokens)) {}

PacketUnit::Step TokenMergerUnit::work_on(const Packet& packet) {
  const auto& placement = placement_as<MergePlacement>(packet);
  check_room(packet, placement);
  Step step;
  step.read_cycles = cost_.read_bandwidth.beat_cycles(packet.bytes);
  step.latency = cost_.latency;
  if (placement.kind == Kind::kMembers) {
    count_members(packet);
    if (packet.payload != nullptr) take_members(packet, placement);
    return step;
  }
  const std::uint64_t end = packet.offset + packet.bytes;
  const std::uint64_t several = count_rows(packet, placement);
  step.work_cycles = cost_.words_within(end, placement.features) -
                     cost_.words_within(packet.offset, placement.features);
  Payload rows;
  if (packet.payload != nullptr) rows = merge(packet, placement);
  step.results = results(packet, placement, rows);
  if (!step.results.empty()) {
    const std::uint64_t leaving = step.results.front().bytes;
    step.work_cycles = std::max(step.work_cycles, cost_.write_bandwidth.cycles_for(leaving));
    result_bytes_ += leaving;
  }
  if (several > 0) {  // its pass begins when its last row is there
    step.work_cycles = std::max(step.read_cycles, step.work_cycles) +
                       several * cost_.group_cycles(placement.features);
  }
  return step;
}

void TokenMergerUnit::check_room(const Packet& packet, const MergePlacement& placement) const {
  if (placement.kind == Kind::kMembers) {
    check(packet.offset + packet.bytes <= kMemberBytes * placement.tokens &&
              placement.tokens <= cost_.max_tokens,
          "more members came than are held");
    return;
  }
  check(placement.features <= cost_.max_features, "a row came that is longer than its sums");
  check(packet.first_row + packet.num_rows <= placement.num_rows(),
        "more rows came than the tile has");
}

/// Each number goes to the DMA, and each weight to the lanes, once.
void TokenMergerUnit::count_members(const Packet& packet) {
  member_bytes_written_ += packet.bytes;
  member_bytes_read_ += packet.bytes;
}

/// The groups of several that end with the packet. Sums of a group's first row are only written.
std::uint64_t TokenMergerUnit::count_rows(const Packet& packet, const MergePlacement& placement) {
  const std::uint64_t word_bytes = cost_.words(placement.features) * cost_.lanes * sum_bytes_;
  std::uint64_t several = 0;
  for (std::uint32_t row = packet.first_row; row < packet.first_row + packet.num_rows; ++row) {
    ++rows_;
    if (placement.is_alone(row)) continue;
    macs_ += placement.features;
    sum_bytes_written_ += word_bytes;
    if (!placement.begins_group(row)) sum_bytes_read_ += word_bytes;
    if (!placement.ends_group(row)) continue;
    ++several;
    means_ += placement.features;
    sum_bytes_read_ += word_bytes;
  }
  groups_ += several;
  row_bytes_ += packet.bytes;
  return several;
}

void TokenMergerUnit::take_members(const Packet& packet, const MergePlacement& placement) {
  members_.resize(kMemberBytes * placement.tokens);
  std::copy(packet.payload->begin(), packet.payload->end(),
            members_.begin() + static_cast<std::ptrdiff_t>(packet.offset));
}

/// Values of the rows whose groups end with the packet.
Payload TokenMergerUnit::merge(const Packet& packet, const MergePlacement& placement) {
  auto results = std::make_shared<std::vector<std::uint8_t>>();
  rows_in_.take(packet, row_bytes(placement), [&](std::uint32_t row, const std::uint8_t* bytes) {
    take_row(placement, row, bytes, *results);
  });
  return results;
}

/// Which rows are in a group the program says, as it says which rows are loaded; their weights are
/// those that came.
void TokenMergerUnit::take_row(const MergePlacement& placement, std::uint32_t row,
                               const std::uint8_t* bytes, std::vector<std::uint8_t>& results) {
  if (placement.begins_group(row)) {
    if (row == 0) sizes_.clear();
    sums_.assign(placement.features, 0);
    weight_ = 0;
  }
  const std::uint32_t weight =
      number_at(members_, std::size_t{placement.tokens} + placement.first_member + row);
  weight_ += weight;
  for (std::uint32_t f = 0; f < placement.features; ++f) {
    sums_[f] += std::int64_t{element_at(bytes, f)} * weight;
  }
  if (!placement.ends_group(row)) return;
  append_16_bits(static_cast<std::uint32_t>(std::min<std::uint64_t>(weight_, UINT16_MAX)), sizes_);
  if (placement.is_alone(row)) {
    results.insert(results.end(), bytes, bytes + row_bytes(placement));
    return;
  }
  const WeightReciprocal reciprocal(std::max<std::uint64_t>(weight_, 1));
  for (const std::int64_t sum : sums_) {
    append_16_bits(static_cast<std::uint16_t>(reciprocal.mean(sum)), results);
  }
}

/// The rows of the groups that end with the packet, and with the tile's last one its sizes.
std::vector<Packet> TokenMergerUnit::results(const Packet& packet, const MergePlacement& placement,
                                             const Payload& rows) {
  const std::uint32_t end_row = packet.first_row + packet.num_rows;
  const std::uint32_t first = placement.groups_before[packet.first_row];
  const std::uint32_t groups = placement.groups_before[end_row] - first;
  if (groups == 0) return {};
  const Transfer& store = *placement.store;
  const Stretch& stretch = store.stretches.front();
  Packet result;
  result.transfer = &store;
  result.offset = std::uint64_t{first} * stretch.row_bytes;
  result.address = stretch.address + result.offset;
  result.first_row = first;
  result.num_rows = groups;
  result.bytes = groups * stretch.row_bytes;
  result.outputs = store.outputs;
  result.payload = rows;
  std::vector<Packet> packets{std::move(result)};
  if (end_row < placement.num_rows() || store.stretches.size() < 2) return packets;
  Payload values;
  if (rows != nullptr) {  // where they lie in the store: behind all rows
    auto whole = std::make_shared<std::vector<std::uint8_t>>(store.stretches[1].offset, 0);
    whole->insert(whole->end(), sizes_.begin(), sizes_.end());
    values = whole;
  }
  std::vector<Packet> sizes =
      packets_of_stretch(store, store.stretches[1], placement.packet_bytes, values);
  std::move(sizes.begin(), sizes.end(), std::back_inserter(packets));
  return packets;
}

}  // namespace vitcod
