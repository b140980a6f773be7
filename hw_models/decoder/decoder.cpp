// SPDX-License-Identifier: Apache-2.0
#include "hw_models/decoder/decoder.hpp"

#include <algorithm>
#include <cstring>

#include "hw_models/decoder/head_mix.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

namespace {

std::vector<std::string_view> reason_names(bool has_window) {
  std::vector<std::string_view> names{"idle", "decoding", "writing", "controller_blocked"};
  if (has_window) names.emplace_back("window_full");
  return names;
}

QueryWindow::Passing passing_of(const RowPlacement& placement) {
  return {placement.region, placement.tile.get(), placement.query_window};
}

}  // namespace

Decoder::Account::Account(StatGroup& group, bool has_window)
    : CycleAccount(group, "cycles", reason_names(has_window)) {}

Decoder::Decoder(const sc_core::sc_module_name& name, Clock& clock, const DecoderConfig& config,
                 EngineId engine, EngineContents* contents, StatGroup& parent, QueryWindow* window)
    : Block(name, clock),
      config_(config),
      engine_(engine),
      contents_(contents),
      window_(window),
      stats_(parent, basename()),
      cycles_(stats_, window != nullptr) {
  if (window_ != nullptr) window_->written_by(*this);
}

Cycle Decoder::tick(Cycle now) {
  if (busy_.at(now)) return busy_.end();
  // A line waits for a row that it has fetched; a packet, none or many.
  if (fetched_in.size() > 0 && fetched_in->valid() && query_out->ready()) {
    handle_fetched(fetched_in->pop(), now);
    return busy_.end();
  }
  if (!packet_in->valid()) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  if (!delivery_out->ready()) {
    cycles_.standing(Activity::kControllerBlocked);
    return kOnLink;
  }
  if (lacks_places(packet_in->front(), now)) {
    cycles_.standing(Activity::kWindowFull);
    return kOnLink;
  }
  handle(packet_in->pop(), now);
  return busy_.end();
}

void Decoder::handle(const Packet& packet, Cycle now) {
  const auto& placement = placement_as<RowPlacement>(packet);
  std::uint64_t rows = 0;
  std::uint64_t bytes = packet.bytes;
  if (placement.has_rows()) {
    rows =
        placement.num_kept(index_of(engine_), packet.first_row, packet.first_row + packet.num_rows);
    bytes = rows * placement.row_bytes;
  }
  busy_.begin(now, work_on(bytes, placement));
  rows_ += rows;
  count_bytes(placement, bytes);
  if (contents_ != nullptr) store_values(packet, placement);
  if (window_ != nullptr && placement.passes_window()) fill_window(packet, placement, rows, now);
  delivery_out->push_at(Delivery{packet.transfer}, busy_.last() + config_.latency_cycles);
}

/// Cycles that so many bytes of rows take, which begin now.
Cycle Decoder::work_on(std::uint64_t bytes, const RowPlacement& placement) {
  const Cycle write_cycles = config_.write_bytes_per_cycle.beat_cycles(bytes);
  const std::uint64_t macs = bytes * placement.compressed_heads;
  const Cycle decode_cycles = ceil_div(macs, std::uint64_t{config_.lines} * config_.macs_per_line);
  macs_ += macs;
  cycles_.standing(decode_cycles >= write_cycles ? Activity::kDecoding : Activity::kWriting);
  return std::max(write_cycles, decode_cycles);
}

/// Calls `use(head, row)` for each row that this engine keeps of those that are complete with the
/// packet, in the order in which they are written.
template <typename Use>
void Decoder::for_window_rows(const Packet& packet, const RowPlacement& placement, Use use) const {
  const AttentionTile& tile = *placement.tile;
  for (std::uint32_t i = packet.first_row; i < packet.first_row + packet.num_rows; ++i) {
    const bool is_token = placement.kind == RowPlacement::Kind::kTokens;
    const std::uint32_t first = is_token ? 0 : value_of(tile.head_of_row(TileRow{i}));
    const std::uint32_t end = is_token ? tile.num_heads : first + 1;
    const HeadRow row = is_token ? HeadRow{i} : tile.row_of_head(TileRow{i});
    for (std::uint32_t head = first; head < end; ++head) {
      if (placement.keeps(engine_, TileHead{head}, KeyPosition{0})) use(TileHead{head}, row);
    }
  }
}

/// Does a row that is complete with the packet have no place in the window yet?
bool Decoder::lacks_places(const Packet& packet, Cycle now) const {
  if (window_ == nullptr) return false;
  const auto& placement = placement_as<RowPlacement>(packet);
  if (!placement.passes_window()) return false;
  bool lacks = false;
  for_window_rows(packet, placement, [&](TileHead head, HeadRow row) {
    lacks = lacks || !window_->has_room(passing_of(placement), head, row, now);
  });
  return lacks;
}

void Decoder::fill_window(const Packet& packet, const RowPlacement& placement, std::uint64_t rows,
                          Cycle now) {
  std::uint64_t done = 0;
  for_window_rows(packet, placement, [&](TileHead head, HeadRow row) {
    const Cycle last = now + ceil_div(++done * (busy_.end() - now), rows) - 1;
    window_->write(passing_of(placement), head, row, last + config_.latency_cycles + 1);
  });
}

void Decoder::handle_fetched(const RowFetch& fetch, Cycle now) {
  const auto& placement = placement_as<RowPlacement>(fetch.packet);
  busy_.begin(now, work_on(placement.row_bytes, placement));
  FetchedQuery query{fetch.line, nullptr};
  if (contents_ != nullptr) {
    check(fetch.packet.payload != nullptr, "a packet came to a decoder without its values");
    query.values = std::make_shared<const std::vector<std::int8_t>>(
        decode_row(placement, TileHead{fetch.head}, fetch.packet.payload->data()));
  }
  query_out->push_at(std::move(query), busy_.last() + config_.latency_cycles);
}

/// The row of one head, of the bytes of a row of the transfer.
std::vector<std::int8_t> Decoder::decode_row(const RowPlacement& placement, TileHead head,
                                             const std::uint8_t* values) {
  const auto* inputs = reinterpret_cast<const std::int8_t*>(values);
  std::vector<std::int8_t> row(inputs, inputs + placement.row_bytes);
  if (placement.kind == RowPlacement::Kind::kTokens) mix(placement, head, inputs, row.data());
  return row;
}

void Decoder::count_bytes(const RowPlacement& placement, std::uint64_t bytes) {
  if (placement.kind == RowPlacement::Kind::kWeights) return;
  if (placement.kind == RowPlacement::Kind::kIndex) {
    index_bytes_ += bytes;
  } else if (placement.operand == RowPlacement::Operand::kKey) {
    ks_bytes_ += bytes;
  } else {
    qv_bytes_ += bytes;
  }
}

void Decoder::store_values(const Packet& packet, const RowPlacement& placement) {
  check(packet.payload != nullptr && packet.payload->size() == packet.bytes,
        "a packet came to a decoder without its values");
  const std::vector<std::uint8_t>& values = *packet.payload;
  switch (placement.kind) {
    case RowPlacement::Kind::kWeights:
      weights_.take(packet, placement.weights.set, placement.bytes);
      return;
    case RowPlacement::Kind::kIndex: {
      std::vector<std::uint8_t>& index = contents_->index[placement.region];
      index.resize(placement.bytes);
      std::copy(values.begin(), values.end(),
                index.begin() + static_cast<std::ptrdiff_t>(packet.offset));
      return;
    }
    case RowPlacement::Kind::kRows:
      rows_in_.take(packet, placement.row_bytes, [&](std::uint32_t row, const std::uint8_t* bytes) {
        store_row(placement, row, bytes);
      });
      return;
    case RowPlacement::Kind::kTokens:
      rows_in_.take(packet, std::uint64_t{placement.compressed_heads} * placement.row_bytes,
                    [&](std::uint32_t token, const std::uint8_t* bytes) {
                      store_token(placement, token, bytes);
                    });
      return;
  }
}

/// Room in the buffer for a row of `head` (within the tile) as the engine numbers it.
std::int8_t* Decoder::destination(const RowPlacement& placement, TileHead head, std::uint32_t row) {
  const bool is_key = placement.operand == RowPlacement::Operand::kKey;
  RowContents& rows = is_key ? contents_->key_score : contents_->query_value;
  rows.make_room(placement.region, placement.tile->num_heads * placement.rows_a_head(),
                 placement.row_bytes);
  return rows.row(placement.region, placement.row_of_region(head, row));
}

void Decoder::store_token(const RowPlacement& placement, std::uint32_t token,
                          const std::uint8_t* values) {
  const auto* inputs = reinterpret_cast<const std::int8_t*>(values);
  const bool is_query = placement.operand == RowPlacement::Operand::kQuery;
  for (std::uint32_t head = 0; head < placement.tile->num_heads; ++head) {
    const std::uint32_t position =
        is_query ? token : key_position(placement.tile->head(head), token);
    if (!placement.keeps(engine_, TileHead{head}, KeyPosition{position})) continue;
    mix(placement, TileHead{head}, inputs, destination(placement, TileHead{head}, position));
  }
}

/// One head's row of the compressed heads of a token.
void Decoder::mix(const RowPlacement& placement, TileHead head, const std::int8_t* inputs,
                  std::int8_t* row) {
  const DecodeWeights& weights = placement.weights;
  const std::uint8_t* set = weights_.set(weights.set);
  const auto* matrix = reinterpret_cast<const std::int8_t*>(set + weights.matrix_offset);
  const std::uint32_t out_head = value_of(placement.tile->layer_head(head));
  std::int32_t bias = 0;
  std::memcpy(&bias, set + weights.bias_offset + std::size_t{out_head} * sizeof bias, sizeof bias);
  mix_heads(inputs, placement.row_bytes, placement.compressed_heads, matrix + out_head,
            placement.num_heads, bias, config_.fraction_bits, row);
}

void Decoder::store_row(const RowPlacement& placement, std::uint32_t row,
                        const std::uint8_t* values) {
  const bool is_by_token =
      placement.operand == RowPlacement::Operand::kQuery || placement.keeps_all;
  const std::uint32_t head = row / placement.rows_a_head();
  const std::uint32_t token = row % placement.rows_a_head();
  const std::uint32_t position =
      is_by_token ? token : key_position(placement.tile->head(head), token);
  if (!placement.keeps(engine_, TileHead{head}, KeyPosition{position})) return;
  std::memcpy(destination(placement, TileHead{head}, position), values, placement.row_bytes);
}

std::uint32_t Decoder::key_position(const PolarizedHead& head, std::uint32_t token) {
  std::vector<std::uint32_t>& positions = positions_[&head];
  if (positions.empty()) {
    positions.resize(head.key_order.size());
    for (std::uint32_t p = 0; p < positions.size(); ++p) positions[head.key_order[p]] = p;
  }
  return positions[token];
}

}  // namespace vitcod
