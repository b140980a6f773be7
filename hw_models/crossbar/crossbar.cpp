// SPDX-License-Identifier: Apache-2.0
#include "hw_models/crossbar/crossbar.hpp"

#include <algorithm>

#include "hw_models/dma/transfer_builder.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kResultsOutput = 2;
constexpr std::size_t kEncoderOutput = 3;

bool goes_to_output(const Packet& packet, std::size_t output) {
  const Transfer& transfer = *packet.transfer;
  if (transfer.reason == TransferReason::kWriteBack) return output == kResultsOutput;
  if (transfer.to_encoder) return output == kEncoderOutput;
  return output < kResultsOutput && goes_to(packet, output);
}

}  // namespace

Crossbar::Crossbar(const sc_core::sc_module_name& name, Clock& clock, const CrossbarConfig& config,
                   StatGroup& parent)
    : Block(name, clock), config_(config), stats_(parent, basename()) {}

LinkIn<PacketRef>& Crossbar::input(std::size_t index) {
  LinkIn<PacketRef>* const inputs[kNumInputs] = {&weights_in, &inputs_in, &results_in, &encoded_in};
  return *inputs[index];
}

LinkOut<PacketRef>& Crossbar::output(std::size_t index) {
  LinkOut<PacketRef>* const outputs[kNumOutputs] = {&denser_out, &sparser_out, &results_out,
                                                    &encoder_out};
  return *outputs[index];
}

Cycle Crossbar::tick(Cycle now) {
  bool blocked = false;
  std::size_t next_first = first_input_;
  for (std::size_t i = 0; i < kNumInputs; ++i) {
    const std::size_t index = (first_input_ + i) % kNumInputs;
    if (input_free_[index] > now || !input(index)->valid()) continue;
    if (try_start(index, now)) {
      next_first = (index + 1) % kNumInputs;
    } else {
      blocked = true;
    }
  }
  first_input_ = next_first;
  Cycle next = kOnLink;
  for (Cycle free_at : input_free_) {
    if (free_at > now) next = std::min(next, free_at);
  }
  const bool moving = next != kOnLink;
  cycles_.standing(moving    ? Activity::kTransferring
                   : blocked ? Activity::kOutputBlocked
                             : Activity::kIdle);
  return next;
}

bool Crossbar::try_start(std::size_t input_index, Cycle now) {
  const Packet& packet = *input(input_index)->front().packet;
  for (std::size_t o = 0; o < kNumOutputs; ++o) {
    if (!goes_to_output(packet, o)) continue;
    if (output_free_[o] > now || !output(o)->ready()) return false;
  }
  input(input_index)->pop();
  const std::uint32_t width = config_.port_bytes_per_cycle;
  const Cycle done = now + std::max<Cycle>(1, (packet.bytes + width - 1) / width);
  for (std::size_t o = 0; o < kNumOutputs; ++o) {
    if (!goes_to_output(packet, o)) continue;
    output(o)->push_at(PacketRef{&packet}, done - 1);
    output_free_[o] = done;
    bytes_ += packet.bytes;
  }
  input_free_[input_index] = done;
  ++packets_;
  return true;
}

}  // namespace vitcod
