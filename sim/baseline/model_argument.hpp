// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "workloads/model_config.hpp"

namespace vitcod {

/// The model that a word of the command line names: in configs/models/, in a model's file, or in
/// that of a workload, which must be of all layers. Throws InputError with the name in front.
ModelConfig model_of(const std::string& argument);

}  // namespace vitcod
