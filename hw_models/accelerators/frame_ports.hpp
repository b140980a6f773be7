// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hw_models/dma/transfer.hpp"

// What the wiring of machines and the count of their parts have in common.
namespace vitcod {

// Depths of links.
constexpr std::size_t kPacketDepth = 2;  ///< a beat every cycle through a registered link
/// Of a link on which packets take several cycles each, and a second place saves hardly any.
constexpr std::size_t kSlowPacketDepth = 1;
constexpr std::size_t kDeliveryDepth = 4;

/// Buffers of the DMA, units that take orders, and receivers of loads, which those behind the hub
/// follow: by index of ports.
enum BufferPort : std::uint8_t { kWeightBuffer, kInputBuffer };
enum Unit : std::uint8_t {
  kDenserUnit,
  kSparserUnit,
  kNormaliserUnit,
  kPackUnit,
  kGemmUnit,
  kGemmDrainUnit,
  kNumUnits
};
enum Receiver : std::size_t {
  kDenserReceiver,
  kSparserReceiver,
  kEncoderReceiver,
  kLinearInputsReceiver,
  kLinearWeightsReceiver,
  kNormReceiver,
  kNumReceivers
};

/// Ports of the crossbar.
enum CrossbarInput : std::size_t {
  kWeightsIn,
  kInputsIn,
  kResultsIn,
  kEncodedIn,
  kLinearIn,
  kNormalisedIn,
  kHubIn,
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
  kHubOut,
  kNumOutputs
};

constexpr OutputMask mask_of(CrossbarOutput output) {
  return static_cast<OutputMask>(1U << static_cast<unsigned>(output));
}

/// What a machine has beside the frame that a way is for.
enum class WayFor : std::uint8_t {
  kAll,
  kSparsity,  ///< a sparser engine and an auto-encoder
  kHub,       ///< units behind the hub
};
struct CrossbarWay {
  CrossbarInput input;
  CrossbarOutput output;
  WayFor is_for = WayFor::kAll;
};
/// What of the crossbar is built: no program sends a packet any other way.
inline constexpr CrossbarWay kCrossbarWays[] = {
    {kWeightsIn, kDenserOut, WayFor::kSparsity},   // weights of the auto-encoder
    {kWeightsIn, kSparserOut, WayFor::kSparsity},  // likewise
    {kWeightsIn, kEncoderOut, WayFor::kSparsity},  // likewise
    {kWeightsIn, kLinearWeightsOut},               // W, biases and requantisation of linear layers
    {kWeightsIn, kNormOut},                        // gains and offsets
    {kInputsIn, kDenserOut},                       // Q, K and V
    {kInputsIn, kSparserOut, WayFor::kSparsity},   // likewise, and its index
    {kInputsIn, kEncoderOut, WayFor::kSparsity},   // heads that are to be compressed
    {kInputsIn, kLinearInputsOut},                 // X and the residual
    {kInputsIn, kNormOut},                         // tokens
    {kInputsIn, kHubOut, WayFor::kHub},            // all that units behind the hub read
    {kResultsIn, kResultsOut},                     // rows of attention
    {kEncodedIn, kResultsOut, WayFor::kSparsity},  // compressed heads
    {kLinearIn, kResultsOut},                      // Y
    {kNormalisedIn, kResultsOut},                  // normalised tokens
    {kHubIn, kResultsOut, WayFor::kHub},           // what they make
};

/// By input, the outputs that it has ways to.
inline std::vector<OutputMask> crossbar_ways(bool has_sparser_engine, bool has_hub) {
  std::vector<OutputMask> ways(kNumInputs, 0);
  for (const CrossbarWay& way : kCrossbarWays) {
    if (way.is_for == WayFor::kSparsity && !has_sparser_engine) continue;
    if (way.is_for == WayFor::kHub && !has_hub) continue;
    ways[way.input] = static_cast<OutputMask>(ways[way.input] | mask_of(way.output));
  }
  return ways;
}

}  // namespace vitcod
