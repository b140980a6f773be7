// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/machine_config.hpp"

#include <utility>

namespace vitcod {
namespace {

constexpr std::pair<std::string_view, MachineKind> kKinds[] = {{"vitcod", MachineKind::kVitcod},
                                                               {"dense", MachineKind::kDense},
                                                               {"sanger", MachineKind::kSanger},
                                                               {"spatten", MachineKind::kSpatten}};

void read_parameters(ConfigReader& reader, MachineKind kind, MachineConfig& config) {
  config.kind = kind;
  switch (kind) {
    case MachineKind::kVitcod:
      read(reader, config.parameters.emplace<VitcodConfig>());
      break;
    case MachineKind::kDense:
      read(reader, config.parameters.emplace<DenseConfig>());
      break;
    case MachineKind::kSanger:
      read(reader, config.parameters.emplace<SangerConfig>());
      break;
    case MachineKind::kSpatten:
      read(reader, config.parameters.emplace<SpattenConfig>());
      break;
  }
}

}  // namespace

void read(ConfigReader& reader, MachineConfig& config) {
  reader.required_variant(
      "kind", EnumNames<MachineKind>(kKinds), "kind of machine: decides which other keys there are",
      [&](ConfigReader& rest, MachineKind kind) { read_parameters(rest, kind, config); });
}

}  // namespace vitcod
