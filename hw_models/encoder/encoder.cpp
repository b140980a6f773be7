// SPDX-License-Identifier: Apache-2.0
#include "hw_models/encoder/encoder.hpp"

#include <algorithm>

#include "hw_models/decoder/head_mix.hpp"

namespace vitcod {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

}  // namespace

Encoder::Encoder(const sc_core::sc_module_name& name, Clock& clock, const EncoderConfig& config,
                 OperandImage* image, StatGroup& parent)
    : Block(name, clock), config_(config), image_(image), stats_(parent, basename()) {}

Cycle Encoder::tick(Cycle now) {
  if (busy_until_ > now) return busy_until_;
  if (!packet_in->valid()) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  if (!delivery_out->ready() || !packet_out->ready()) {
    cycles_.standing(Activity::kOutputBlocked);
    return kOnLink;
  }
  handle(*packet_in->pop().packet, now);
  return busy_until_;
}

void Encoder::handle(const Packet& packet, Cycle now) {
  const Cycle read_cycles =
      std::max<Cycle>(1, ceil_div(packet.bytes, config_.read_bytes_per_cycle));
  Cycle encode_cycles = 0;
  if (packet.num_rows > 0) {
    const EncodeLayer& layer = *packet.transfer->unit->work.encode->layer;
    const std::uint64_t macs =
        std::uint64_t{packet.num_rows} * layer.heads_in * layer.heads_out * layer.features;
    encode_cycles = ceil_div(macs, std::uint64_t{config_.lines} * config_.macs_per_line);
    macs_ += macs;
    tokens_ += packet.num_rows;
    if (image_ != nullptr) encode_tokens(packet);
  }
  busy_until_ = now + std::max(read_cycles, encode_cycles);
  cycles_.standing(encode_cycles >= read_cycles ? Activity::kEncoding : Activity::kReading);
  const Cycle done = busy_until_ - 1 + config_.latency_cycles;
  delivery_out->push_at(Delivery{&packet}, done);
  if (packet.result != nullptr) packet_out->push_at(PacketRef{packet.result}, done);
}

void Encoder::encode_tokens(const Packet& packet) {
  const EncodeTile& tile = *packet.transfer->unit->work.encode;
  const EncodeLayer& layer = *tile.layer;
  const std::vector<std::int8_t>& input = image_->operand(layer.input);
  const std::vector<std::int8_t>& weights = image_->operand(layer.weights);
  const std::vector<std::int32_t>& bias = image_->bias(layer.bias);
  std::vector<std::int8_t>& output = image_->output(layer.output);
  const std::size_t head_size = std::size_t{layer.num_tokens} * layer.features;
  for (std::uint32_t row = packet.first_row; row < packet.first_row + packet.num_rows; ++row) {
    const std::size_t token = std::size_t{tile.first_token + row} * layer.features;
    for (std::uint32_t head = 0; head < layer.heads_out; ++head) {
      for (std::size_t i = token; i < token + layer.features; ++i) {
        output[head * head_size + i] =
            mix_heads(input.data() + i, head_size, layer.heads_in, weights.data() + head,
                      layer.heads_out, bias[head], config_.fraction_bits);
      }
    }
  }
}

}  // namespace vitcod
