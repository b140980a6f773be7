// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/address_map.hpp"

#include <algorithm>
#include <bit>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kNamedMaps = {{
    {"interleaved", "offset,channel,bank_group,column,bank,rank,row"},
    {"bank_groups_first", "offset,bank_group,channel,column,bank,rank,row"},
    {"row_linear", "offset,channel,column,bank_group,bank,rank,row"},
}};

/// A stretch of a channel that is no longer than its longest run.
constexpr std::uint32_t kMaxStretchBits = std::countr_zero(std::uint64_t{kMaxDramRunBursts});

constexpr std::array<std::string_view, 7> kFieldNames = {"offset", "channel", "rank", "bank_group",
                                                         "bank",   "column",  "row"};

[[noreturn]] void fail(const std::string& message) { throw ConfigError("/address_map", message); }

std::size_t field_index(std::string_view name) {
  const auto found = std::find(kFieldNames.begin(), kFieldNames.end(), name);
  if (found == kFieldNames.end()) {
    fail("unknown field \"" + std::string(name) +
         "\"; expected a map's name (interleaved, bank_groups_first, row_linear) or a list of "
         "offset, channel, rank, bank_group, bank, column, row");
  }
  return static_cast<std::size_t>(found - kFieldNames.begin());
}

/// Width of each field in the order of kFieldNames, bits.
std::array<std::uint32_t, 7> widths_of(const DramOrganization& org) {
  const auto bits = [](std::uint32_t count) {
    return static_cast<std::uint32_t>(std::countr_zero(count));
  };
  return {bits(org.burst_bytes()), bits(org.channels),        bits(org.ranks),
          bits(org.bank_groups),   bits(org.banks_per_group), bits(org.bursts_per_row()),
          bits(org.rows)};
}

/// The explicit width of a piece "name:width"; 0 if there is none.
std::uint32_t explicit_width(std::string_view piece, std::size_t colon) {
  if (colon == std::string_view::npos) return 0;
  const std::string_view digits = piece.substr(colon + 1);
  constexpr std::size_t kMaxDigits = 2;
  std::uint32_t width = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9' || digits.size() > kMaxDigits) width = 0;
    if (c < '0' || c > '9' || digits.size() > kMaxDigits) break;
    width = width * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (width == 0) fail("\"" + std::string(piece) + "\": expected a width of at least 1 bit");
  return width;
}

}  // namespace

AddressMap::AddressMap(const DramOrganization& organization, std::string_view map) {
  for (const auto& [name, fields] : kNamedMaps) {
    if (map == name) map = fields;
  }
  auto left = widths_of(organization);
  const std::array<Field*, 7> fields = {nullptr, &channel_, &rank_, &bank_group_,
                                        &bank_,  &column_,  &row_};
  std::uint32_t local_bit = 0;
  for (std::size_t begin = 0; begin <= map.size();) {
    const std::size_t end = std::min(map.find(',', begin), map.size());
    const std::string_view piece = map.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t colon = piece.find(':');
    const std::string name(piece.substr(0, colon));
    const std::size_t index = field_index(name);
    const std::uint32_t wanted = explicit_width(piece, colon);
    const std::uint32_t width = wanted == 0 ? left[index] : wanted;
    if (width > left[index]) fail("field " + name + " has too many bits");
    left[index] -= width;
    if (fields[index] == nullptr) {
      if (address_bits_ != 0) fail("offset must come first");
      offset_bits_ = width;
    } else if (fields[index] == &channel_) {
      append(channel_, address_bits_, width);
    } else {
      append(*fields[index], local_bit, width);
      append(local_, address_bits_, width);
      local_bit += width;
    }
    address_bits_ += width;
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i] > 0) fail("field " + std::string(kFieldNames[i]) + " lacks bits");
  }
}

/// The next `width` bits of the field's value come from bit `from` of its source.
void AddressMap::append(Field& field, std::uint32_t from, std::uint32_t width) {
  if (width == 0) return;
  if (field.num_pieces > 0) {
    Piece& last = field.pieces[field.num_pieces - 1];
    const std::uint32_t last_width = field.width - last.to;
    if (last.from + last_width == from) {  // continues the piece before
      last.mask = (std::uint64_t{1} << (last_width + width)) - 1;
      field.width += width;
      return;
    }
  }
  if (field.num_pieces == field.pieces.size()) fail("a field is cut into too many pieces");
  field.pieces[field.num_pieces++] = {from, field.width, (std::uint64_t{1} << width) - 1};
  field.width += width;
}

std::uint64_t AddressMap::scatter(const Field& field, std::uint64_t value) {
  std::uint64_t source = 0;
  for (std::uint32_t i = 0; i < field.num_pieces; ++i) {
    const Piece& piece = field.pieces[i];
    source |= ((value >> piece.to) & piece.mask) << piece.from;
  }
  return source;
}

std::uint64_t AddressMap::address_of(std::uint32_t channel, const DramCoordinates& at) const {
  const std::uint64_t burst = scatter(rank_, at.rank) | scatter(bank_group_, at.bank_group) |
                              scatter(bank_, at.bank) | scatter(row_, at.row) |
                              scatter(column_, at.column);
  return scatter(channel_, channel) | scatter(local_, burst);
}

std::vector<DramRun> AddressMap::split(std::uint64_t address, std::uint64_t bytes) const {
  std::vector<DramRun> runs;
  split_into(address, bytes, runs);
  return runs;
}

void AddressMap::split_into(std::uint64_t address, std::uint64_t bytes,
                            std::vector<DramRun>& runs) const {
  runs.clear();
  if (bytes == 0) return;
  const std::uint64_t first = address >> offset_bits_;
  const std::uint64_t last = (address + bytes - 1) >> offset_bits_;
  // A stretch: consecutive bursts of a channel before the next channel's.
  const std::uint32_t stretch_bits =
      channel_.num_pieces == 0 ? 0 : channel_.pieces[0].from - offset_bits_;
  const bool takes_turns = channel_.num_pieces <= 1 && stretch_bits <= kMaxStretchBits;
  // Within the capacity, since a range that wraps is not consecutive in its channels.
  const bool wraps = (last << offset_bits_) >= capacity_bytes();
  if (takes_turns && !wraps) {
    split_evenly(first, last, stretch_bits, runs);
  } else {
    split_burstwise(first, last, runs);
  }
}

/// Where the channel is one field, a range is consecutive in each of its channels, and any
/// `channels` x kMaxDramRunBursts bursts of it are kMaxDramRunBursts of each channel.
void AddressMap::split_evenly(std::uint64_t first, std::uint64_t last, std::uint32_t stretch_bits,
                              std::vector<DramRun>& runs) const {
  const std::uint64_t channels = std::uint64_t{1} << channel_.width;
  const std::uint64_t stretch = std::uint64_t{1} << stretch_bits;
  const std::uint32_t round_bits = stretch_bits + channel_.width;
  // Bursts of the channel before a burst of the range: the local index, if it is one of its own.
  const auto before = [&](std::uint64_t channel, std::uint64_t burst) {
    const std::uint64_t in_round = burst & ((std::uint64_t{1} << round_bits) - 1);
    const std::uint64_t others = std::min(in_round, channel << stretch_bits);
    return ((burst >> round_bits) << stretch_bits) + std::min(in_round - others, stretch);
  };
  for (std::uint64_t chunk = first; chunk <= last; chunk += channels * kMaxDramRunBursts) {
    const std::uint64_t end = std::min(last + 1, chunk + channels * kMaxDramRunBursts);
    std::uint64_t burst = chunk;
    for (std::uint64_t i = 0; i < channels && burst < end; ++i) {
      const std::uint64_t channel = (burst >> stretch_bits) & (channels - 1);
      const std::uint64_t local = before(channel, burst);
      runs.push_back({static_cast<std::uint32_t>(channel), local,
                      static_cast<std::uint32_t>(before(channel, end) - local)});
      burst = (burst | (stretch - 1)) + 1;
    }
  }
}

void AddressMap::split_burstwise(std::uint64_t first, std::uint64_t last,
                                 std::vector<DramRun>& runs) const {
  std::vector<std::size_t> open(std::size_t{1} << channel_.width, SIZE_MAX);  // channel: its run
  for (std::uint64_t burst = first; burst <= last; ++burst) {
    const std::uint64_t at = burst << offset_bits_;
    const std::uint64_t local = burst_of(at);
    std::size_t& index = open[channel_of(at)];
    if (index != SIZE_MAX) {
      DramRun& run = runs[index];
      if (run.first_burst + run.num_bursts == local && run.num_bursts < kMaxDramRunBursts) {
        ++run.num_bursts;
        continue;
      }
    }
    index = runs.size();
    runs.push_back({channel_of(at), local, 1});
  }
}

}  // namespace vitcod
