// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_tokens.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "workloads/token_merging.hpp"

namespace vitcod {
namespace {

using Samples = std::vector<std::int32_t>;

constexpr std::size_t kTaps = 4;
constexpr std::int32_t kStreamFactor = 8;  ///< an operand's 32 are 256 of the stream

std::int32_t saturated(std::int32_t value) { return std::clamp(value, -128, 127); }

/// Four taps on the neighbours of place i among `samples`, with 6 fraction bits.
std::int32_t filtered(const std::int8_t* taps, const Samples& samples, std::size_t i) {
  const auto last = static_cast<std::ptrdiff_t>(samples.size()) - 1;
  std::int32_t sum = 32;
  for (std::size_t t = 0; t < kTaps; ++t) {
    auto place = static_cast<std::ptrdiff_t>(i + t) - 1;
    if (place < 0) place = -1 - place;
    if (place > last) place = 2 * last + 1 - place;
    sum += taps[t] * samples[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(place, 0, last))];
  }
  return sum >> 6;
}

/// A line becomes its coarse half and then its details.
void lift_line(const std::int8_t* taps, Samples& line) {
  Samples even, odd, coarse, details;
  for (std::size_t i = 0; i < line.size(); i += 2) {
    even.push_back(line[i]);
    odd.push_back(line[i + 1]);
  }
  for (std::size_t i = 0; i < even.size(); ++i) {
    coarse.push_back(saturated(even[i] + filtered(taps, odd, i)));
  }
  for (std::size_t i = 0; i < odd.size(); ++i) {
    details.push_back(saturated(odd[i] - filtered(taps + kTaps, coarse, i)));
  }
  line = std::move(coarse);
  line.insert(line.end(), details.begin(), details.end());
}

/// A square of samples of one channel.
struct Square {
  std::size_t side;
  Samples samples;  ///< row-major

  std::int32_t& at(std::size_t y, std::size_t x) { return samples[y * side + x]; }
};

/// The four bands of a square: LL and LH above each other to the left, HL and HH to the right.
void lift_square(const std::int8_t* taps, Square& square) {
  Samples line(square.side);
  for (std::size_t y = 0; y < square.side; ++y) {
    for (std::size_t x = 0; x < square.side; ++x) line[x] = square.at(y, x);
    lift_line(taps, line);
    for (std::size_t x = 0; x < square.side; ++x) square.at(y, x) = line[x];
  }
  for (std::size_t x = 0; x < square.side; ++x) {
    for (std::size_t y = 0; y < square.side; ++y) line[y] = square.at(y, x);
    lift_line(taps, line);
    for (std::size_t y = 0; y < square.side; ++y) square.at(y, x) = line[y];
  }
}

/// A part of a square that is half as wide.
Square quarter(Square& square, bool is_low, bool is_right) {
  const std::size_t half = square.side / 2;
  Square part{half, Samples(half * half)};
  for (std::size_t y = 0; y < half; ++y) {
    for (std::size_t x = 0; x < half; ++x) {
      part.at(y, x) = square.at(is_low ? half + y : y, is_right ? half + x : x);
    }
  }
  return part;
}

/// Writes the detail bands of one channel of a patch to its row of the output.
void lift_channel(const LiftingStep& lift, const std::int8_t* taps, const std::int8_t* patch,
                  std::size_t channel, std::int8_t* row) {
  Square square{lift.side, {}};
  for (std::size_t i = 0; i < square.side * square.side; ++i) {
    square.samples.push_back(patch[i * lift.channels + channel]);
  }
  for (std::uint32_t level = 0; level < lift.level; ++level) {
    if (level > 0) square = quarter(square, false, false);
    lift_square(taps + std::size_t{2} * level * kTaps, square);
  }
  std::size_t place = channel;
  for (const auto& [is_low, is_right] :
       {std::pair{true, false}, std::pair{false, true}, std::pair{true, true}}) {
    for (const std::int32_t sample : quarter(square, is_low, is_right).samples) {
      row[place] = static_cast<std::int8_t>(sample);
      place += lift.channels;
    }
  }
}

}  // namespace

void reference_score_select(const Operation& operation, OperandImage& image) {
  const auto& select = std::get<ScoreSelect>(operation.params);
  std::vector<std::int16_t> kept, origins;
  for (const std::uint32_t token : select.kept) {
    kept.push_back(static_cast<std::int16_t>(token));
    origins.push_back(operation.inputs.size() > 3 ? image.stream(operation.inputs[3])[token]
                                                  : kept.back());
  }
  image.set_output(operation.outputs[0], std::move(kept));
  image.set_output(operation.outputs[1], std::move(origins));
}

void reference_members(const Trace& trace, const Operation& maker, OperandImage& image) {
  const Operation reader{};  // behind all operations
  image.set_output(maker.outputs[0], members_of(trace, reader, maker.outputs[0]).words());
}

void reference_token_fuse(const Trace& trace, const Operation& operation, OperandImage& image) {
  const auto& fuse = std::get<TokenFuse>(operation.params);
  const TokenMembers members = members_of(trace, operation, operation.inputs[1]);
  image.set_output(operation.outputs[0],
                   merged_rows(members, fuse.features, image.stream(operation.inputs[0])));
  if (operation.outputs.size() < 2) return;
  std::vector<std::int16_t> sizes;
  for (const std::uint32_t size : members.sizes()) sizes.push_back(static_cast<std::int16_t>(size));
  image.set_output(operation.outputs[1], std::move(sizes));
}

void reference_token_gather(const Operation& operation, OperandImage& image) {
  const auto& gather = std::get<TokenGather>(operation.params);
  const std::vector<std::int16_t>& rows = image.stream(operation.inputs[0]);
  const std::vector<std::int16_t>& kept = image.stream(operation.inputs[1]);
  std::vector<std::int16_t> output;
  for (std::size_t i = 0; i < gather.tokens_out; ++i) {
    const std::size_t first = static_cast<std::size_t>(kept[i]) * gather.features;
    for (std::size_t f = 0; f < gather.features; ++f) output.push_back(rows[first + f]);
    for (std::size_t f = 0; f < gather.new_features; ++f) {
      const std::int8_t grown = image.operand(operation.inputs[2])[i * gather.new_features + f];
      output.push_back(static_cast<std::int16_t>(kStreamFactor * grown));
    }
  }
  image.set_output(operation.outputs[0], std::move(output));
}

void reference_lifting(const Operation& operation, OperandImage& image) {
  const auto& lift = std::get<LiftingStep>(operation.params);
  const std::vector<std::int8_t>& patches = image.operand(operation.inputs[0]);
  const std::vector<std::int16_t>& origins = image.stream(operation.inputs[1]);
  const std::vector<std::int8_t>& taps = image.operand(operation.inputs[2]);
  const std::size_t samples = std::size_t{lift.side} * lift.side * lift.channels;
  const std::size_t width = 3 * (samples >> (2 * lift.level));
  std::vector<std::int8_t> output((lift.regions + lift.prefix_tokens) * width, 0);
  for (std::size_t i = lift.prefix_tokens; i < origins.size(); ++i) {
    const std::size_t patch = static_cast<std::size_t>(origins[i]) - lift.prefix_tokens;
    for (std::size_t channel = 0; channel < lift.channels; ++channel) {
      lift_channel(lift, taps.data(), &patches[patch * samples], channel, &output[i * width]);
    }
  }
  image.set_output(operation.outputs[0], std::move(output));
}

void reference_router_split(const Operation& operation, OperandImage& image) {
  std::vector<std::int16_t> order;
  for (const std::uint32_t token : std::get<RouterSplit>(operation.params).order) {
    order.push_back(static_cast<std::int16_t>(token));
  }
  image.set_output(operation.outputs[0], std::move(order));
}

void reference_exit_test(const Operation& operation, OperandImage& image) {
  const auto& exit = std::get<ExitTest>(operation.params);
  const std::int8_t taken = exit.taken ? 1 : 0;
  image.set_output(operation.outputs[0], std::vector<std::int8_t>{taken});
}

}  // namespace vitcod
