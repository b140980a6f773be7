// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "hw_models/accelerators/dense_config.hpp"
#include "hw_models/accelerators/sanger_config.hpp"
#include "hw_models/accelerators/spatten_config.hpp"
#include "sim/base/config_reader.hpp"

namespace vitcod {

/// The kinds of machine that there are; `kind` in a machine file names one.
enum class MachineKind { kVitcod, kDense, kSanger, kSpatten };

/// A machine file, read: its kind, and the parameters of that kind.
struct MachineConfig {
  MachineKind kind = MachineKind::kVitcod;
  /// Alternatives in the order of MachineKind.
  std::variant<VitcodConfig, DenseConfig, SangerConfig, SpattenConfig> parameters;
};

/// The other keys are those of the kind. ConfigError lists the kinds where there is no such one.
void read(ConfigReader& reader, MachineConfig& config);

}  // namespace vitcod
