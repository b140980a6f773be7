// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "hw_models/dma/transfer.hpp"

// What the wiring of the machine and the count of its parts have in common.
namespace vitcod {

constexpr std::size_t kPacketDepth = 2;  ///< a beat every cycle through a registered link

/// Ports of the crossbar.
enum CrossbarInput : std::size_t {
  kWeightsIn,
  kInputsIn,
  kResultsIn,
  kEncodedIn,
  kLinearIn,
  kNormalisedIn,
  kNumInputs
};
enum CrossbarOutput : std::size_t {
  kDenserOut,
  kSparserOut,
  kResultsOut,
  kEncoderOut,
  kLinearInputsOut,
  kLinearWeightsOut,
  kNormOut,
  kNumOutputs
};

constexpr OutputMask mask_of(CrossbarOutput output) {
  return static_cast<OutputMask>(1U << static_cast<unsigned>(output));
}

struct CrossbarWay {
  CrossbarInput input;
  CrossbarOutput output;
  bool is_sparse = false;  ///< only where there are a sparser engine and an auto-encoder
};
/// What of the crossbar is built: no program sends a packet any other way.
inline constexpr CrossbarWay kCrossbarWays[] = {
    {kWeightsIn, kDenserOut, true},   // weights of the auto-encoder
    {kWeightsIn, kSparserOut, true},  // likewise
    {kWeightsIn, kEncoderOut, true},  // likewise
    {kWeightsIn, kLinearWeightsOut},  // weights, biases and requantisation of linear layers
    {kWeightsIn, kNormOut},           // gains and offsets
    {kInputsIn, kDenserOut},          // Q, K and V
    {kInputsIn, kSparserOut, true},   // likewise, and its index
    {kInputsIn, kEncoderOut, true},   // heads that are to be compressed
    {kInputsIn, kLinearInputsOut},    // X and the residual
    {kInputsIn, kNormOut},            // tokens
    {kResultsIn, kResultsOut},        // rows of attention
    {kEncodedIn, kResultsOut, true},  // compressed heads
    {kLinearIn, kResultsOut},         // Y
    {kNormalisedIn, kResultsOut},     // normalised tokens
};

/// By input, the outputs that it has ways to.
inline std::vector<OutputMask> crossbar_ways(bool has_sparser_engine) {
  std::vector<OutputMask> ways(kNumInputs, 0);
  for (const CrossbarWay& way : kCrossbarWays) {
    if (way.is_sparse && !has_sparser_engine) continue;
    ways[way.input] = static_cast<OutputMask>(ways[way.input] | mask_of(way.output));
  }
  return ways;
}

}  // namespace vitcod
