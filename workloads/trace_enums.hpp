// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "workloads/trace.hpp"

// Names that the enumerators of operations have in trace.json, in their order.
namespace vitcod {

inline constexpr std::array<std::pair<std::string_view, Primitive>, 3> kPrimitives{
    {{"multiply", Primitive::kMultiply}, {"shift", Primitive::kShift}, {"add", Primitive::kAdd}}};

inline constexpr std::array<std::pair<std::string_view, Activation>, 5> kActivations{
    {{"none", Activation::kNone},
     {"gelu", Activation::kGelu},
     {"hardswish", Activation::kHardswish},
     {"relu", Activation::kRelu},
     {"elu_plus_one", Activation::kEluPlusOne}}};

inline constexpr std::array<std::pair<std::string_view, SelectionRule>, 2> kSelectionRules{
    {{"top_k", SelectionRule::kTopK}, {"threshold", SelectionRule::kThreshold}}};

}  // namespace vitcod
