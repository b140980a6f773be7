// SPDX-License-Identifier: Apache-2.0
#include "hw_models/decoder/decoder.hpp"

#include <algorithm>

#include "hw_models/decoder/head_mix.hpp"

namespace vitcod {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

}  // namespace

Decoder::Decoder(const sc_core::sc_module_name& name, Clock& clock, const DecoderConfig& config,
                 EngineId engine, OperandImage* image, StatGroup& parent)
    : Block(name, clock),
      config_(config),
      engine_(engine),
      image_(image),
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
  handle(*packet_in->pop().packet, now);
  return busy_until_;
}

void Decoder::handle(const Packet& packet, Cycle now) {
  const Transfer& transfer = *packet.transfer;
  const std::uint64_t rows = packet.engine_rows[index_of(engine_)];
  const bool has_rows =
      transfer.role != TensorRole::kIndex && transfer.role != TensorRole::kWeights;
  const std::uint64_t bytes = has_rows ? rows * transfer.row_bytes : packet.bytes;
  const Cycle write_cycles = std::max<Cycle>(1, ceil_div(bytes, config_.write_bytes_per_cycle));
  Cycle decode_cycles = 0;
  if (transfer.compressed) {
    const std::uint64_t macs =
        rows * transfer.row_bytes * transfer.unit->work.layer->compressed_heads;
    decode_cycles = ceil_div(macs, std::uint64_t{config_.lines} * config_.macs_per_line);
    macs_ += macs;
  }
  busy_until_ = now + std::max(write_cycles, decode_cycles);
  cycles_.standing(decode_cycles >= write_cycles ? Activity::kDecoding : Activity::kWriting);
  rows_ += rows;
  count_bytes(transfer.role, bytes);
  if (image_ != nullptr && has_rows) store_rows(packet);
  delivery_out->push_at(Delivery{&packet}, busy_until_ - 1 + config_.latency_cycles);
}

void Decoder::count_bytes(TensorRole role, std::uint64_t bytes) {
  if (role == TensorRole::kKey) ks_bytes_ += bytes;
  if (role == TensorRole::kQuery || role == TensorRole::kValue) qv_bytes_ += bytes;
  if (role == TensorRole::kIndex) index_bytes_ += bytes;
}

void Decoder::store_rows(const Packet& packet) {
  const Transfer& transfer = *packet.transfer;
  for (std::uint32_t row = packet.first_row; row < packet.first_row + packet.num_rows; ++row) {
    if (transfer.compressed) {
      store_token(*transfer.unit, transfer, row);
    } else {
      store_row(*transfer.unit, transfer, row);
    }
  }
}

/// Does this engine keep the row of `head`? For Q by head, for K and V by the key's position.
bool Decoder::keeps(const UnitContext& unit, const Transfer& transfer, std::uint32_t head,
                    std::uint32_t key_position) const {
  const std::uint32_t num_denser = unit.work.num_denser(head);
  if (transfer.role != TensorRole::kQuery) {
    return (key_position < num_denser) == (engine_ == EngineId::kDenser);
  }
  if (engine_ == EngineId::kDenser) return num_denser > 0;
  // The second load for the sparser engine names only that engine.
  return num_denser == 0 || !transfer.to_engine[index_of(EngineId::kDenser)];
}

void Decoder::store_token(UnitContext& unit, const Transfer& transfer, std::uint32_t token) {
  const AttentionLayer& layer = *unit.work.layer;
  const bool is_query = transfer.role == TensorRole::kQuery;
  const auto& source = image_->operand(is_query ? layer.query : layer.key);
  const auto& weights = image_->operand(is_query ? *layer.query_weights : *layer.key_weights);
  const auto& bias = image_->bias(is_query ? *layer.query_bias : *layer.key_bias);
  const std::uint32_t num_tokens = is_query ? layer.num_queries : layer.num_keys;
  const std::uint32_t source_token = token + (is_query ? unit.work.first_row : 0);
  const std::uint32_t features = layer.query_features;
  for (std::uint32_t head = 0; head < unit.work.num_heads; ++head) {
    const std::uint32_t position = is_query ? 0 : key_position(unit, head, token);
    if (!keeps(unit, transfer, head, position)) continue;
    OperandStore& store = is_query ? unit.query[index_of(engine_)] : *unit.key[index_of(engine_)];
    std::int8_t* row = is_query ? store.row(head * unit.work.num_rows + token)
                                : store.row(head * layer.num_keys + position);
    const std::uint32_t out_head = unit.work.first_head + head;
    for (std::uint32_t f = 0; f < features; ++f) {
      row[f] = mix_heads(source.data() + std::size_t{source_token} * features + f,
                         std::size_t{num_tokens} * features, layer.compressed_heads,
                         weights.data() + out_head, layer.num_heads, bias[out_head],
                         config_.fraction_bits);
    }
  }
}

void Decoder::store_row(UnitContext& unit, const Transfer& transfer, std::uint32_t row) {
  const AttentionLayer& layer = *unit.work.layer;
  const bool is_query = transfer.role == TensorRole::kQuery;
  const std::uint32_t rows_a_head = is_query ? unit.work.num_rows : layer.num_keys;
  const std::uint32_t head = row / rows_a_head;
  const std::uint32_t token = row % rows_a_head;
  const std::uint32_t position = is_query ? token : key_position(unit, head, token);
  if (!keeps(unit, transfer, head, position)) return;
  const bool is_value = transfer.role == TensorRole::kValue;
  const TensorId tensor = is_query ? layer.query : (is_value ? layer.value : layer.key);
  const std::uint32_t tokens = is_query ? layer.num_queries : layer.num_keys;
  const std::uint32_t source_token = token + (is_query ? unit.work.first_row : 0);
  const std::size_t source_row = std::size_t{unit.work.first_head + head} * tokens + source_token;
  const std::size_t e = index_of(engine_);
  OperandStore& store = is_query ? unit.query[e] : (is_value ? *unit.value[e] : *unit.key[e]);
  const std::int8_t* source = image_->operand(tensor).data() + source_row * transfer.row_bytes;
  std::copy_n(source, transfer.row_bytes, store.row(head * rows_a_head + position));
}

std::uint32_t Decoder::key_position(const UnitContext& unit, std::uint32_t head,
                                    std::uint32_t token) {
  const PolarizedHead& map = unit.work.head(head);
  std::vector<std::uint32_t>& positions = positions_[&map];
  if (positions.empty()) {
    positions.resize(map.key_order.size());
    for (std::uint32_t p = 0; p < positions.size(); ++p) positions[map.key_order[p]] = p;
  }
  return positions[token];
}

}  // namespace vitcod
