// SPDX-License-Identifier: Apache-2.0
#include "hw_models/decoder/decoder.hpp"

#include <algorithm>
#include <cstring>

#include "hw_models/decoder/head_mix.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

Decoder::Decoder(const sc_core::sc_module_name& name, Clock& clock, const DecoderConfig& config,
                 EngineId engine, EngineContents* contents, StatGroup& parent)
    : Block(name, clock),
      config_(config),
      engine_(engine),
      contents_(contents),
      stats_(parent, basename()) {}

Cycle Decoder::tick(Cycle now) {
  if (busy_until_ > now) return busy_until_;
  if (!packet_in->valid()) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  if (!delivery_out->ready()) {
    cycles_.standing(Activity::kControllerBlocked);
    return kOnLink;
  }
  handle(packet_in->pop(), now);
  return busy_until_;
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
  const Cycle write_cycles = std::max<Cycle>(1, ceil_div(bytes, config_.write_bytes_per_cycle));
  const std::uint64_t macs = bytes * placement.compressed_heads;
  const Cycle decode_cycles = ceil_div(macs, std::uint64_t{config_.lines} * config_.macs_per_line);
  macs_ += macs;
  busy_until_ = now + std::max(write_cycles, decode_cycles);
  cycles_.standing(decode_cycles >= write_cycles ? Activity::kDecoding : Activity::kWriting);
  rows_ += rows;
  count_bytes(placement, bytes);
  if (contents_ != nullptr) store_values(packet, placement);
  delivery_out->push_at(Delivery{packet.transfer}, busy_until_ - 1 + config_.latency_cycles);
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
std::int8_t* Decoder::destination(const RowPlacement& placement, std::uint32_t head,
                                  std::uint32_t row) {
  const bool is_key = placement.operand == RowPlacement::Operand::kKey;
  RowContents& rows = is_key ? contents_->key_score : contents_->query_value;
  const std::uint32_t rows_a_head = placement.rows_a_head();
  rows.make_room(placement.region, placement.tile->num_heads * rows_a_head, placement.row_bytes);
  return rows.row(placement.region, head * rows_a_head + row);
}

void Decoder::store_token(const RowPlacement& placement, std::uint32_t token,
                          const std::uint8_t* values) {
  const DecodeWeights& weights = placement.weights;
  const std::uint32_t num_heads = placement.num_heads;
  const std::uint8_t* set = weights_.set(weights.set);
  const auto* matrix = reinterpret_cast<const std::int8_t*>(set + weights.matrix_offset);
  const auto* inputs = reinterpret_cast<const std::int8_t*>(values);
  const bool is_query = placement.operand == RowPlacement::Operand::kQuery;
  for (std::uint32_t head = 0; head < placement.tile->num_heads; ++head) {
    const std::uint32_t position =
        is_query ? token : key_position(placement.tile->head(head), token);
    if (!placement.keeps(engine_, head, position)) continue;
    std::int8_t* row = destination(placement, head, position);
    const std::uint32_t out_head = placement.tile->first_head + head;
    std::int32_t bias = 0;
    std::memcpy(&bias, set + weights.bias_offset + std::size_t{out_head} * sizeof bias,
                sizeof bias);
    mix_heads(inputs, placement.row_bytes, placement.compressed_heads, matrix + out_head, num_heads,
              bias, config_.fraction_bits, row);
  }
}

void Decoder::store_row(const RowPlacement& placement, std::uint32_t row,
                        const std::uint8_t* values) {
  const bool is_by_token =
      placement.operand == RowPlacement::Operand::kQuery || placement.keeps_all;
  const std::uint32_t head = row / placement.rows_a_head();
  const std::uint32_t token = row % placement.rows_a_head();
  const std::uint32_t position =
      is_by_token ? token : key_position(placement.tile->head(head), token);
  if (!placement.keeps(engine_, head, position)) return;
  std::memcpy(destination(placement, head, position), values, placement.row_bytes);
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
