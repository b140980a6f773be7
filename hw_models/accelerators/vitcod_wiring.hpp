// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

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

// Of a machine without a sparser engine and an auto-encoder: none for encoded tokens; none to a
// second engine and to the encoder.
constexpr std::size_t kNumDenseInputs = kNumInputs - 1;
constexpr std::size_t kNumDenseOutputs = kNumOutputs - 2;

}  // namespace vitcod
