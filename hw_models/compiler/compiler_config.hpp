// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "sim/base/config_reader.hpp"

namespace vitcod {

/// What the compiler may make use of: section `controller` of a machine, which carries out what
/// comes of it.
struct CompilerConfig {
  bool two_engines = true;
  bool dynamic_split = true;
  bool query_forwarding = true;
  std::uint32_t prefetch_units = 0;
  bool mask_denser_block = true;
};

inline void read_prefetch_units(ConfigReader& reader, std::uint32_t& units) {
  reader.required("prefetch_units", units,
                  "Units whose operands may be loaded ahead of the one that is computed; 0: none",
                  Range{0U, 64U});
}

/// When masks are predicted.
enum class PredictionMode : std::uint8_t {
  kOff,         ///< not at all: they are known, at no cost
  kOverlapped,  ///< those of a tile while the array works on the one before
  kSerial,      ///< those of a tile before the array works on it
};

inline void read_prediction(ConfigReader& reader, PredictionMode& prediction) {
  static constexpr std::pair<std::string_view, PredictionMode> kPredictions[] = {
      {"off", PredictionMode::kOff},
      {"overlapped", PredictionMode::kOverlapped},
      {"serial", PredictionMode::kSerial}};
  reader.required_enum("prediction", prediction, EnumNames<PredictionMode>(kPredictions),
                       "When a tile's mask is predicted: before the array works on it (serial), "
                       "while it works on the tile before (overlapped), or at no cost (off)");
}

inline void read(ConfigReader& reader, CompilerConfig& config) {
  reader.required("two_engines", config.two_engines,
                  "false: all lines work as the sparser engine, on all kept entries");
  reader.required("dynamic_split", config.dynamic_split,
                  "Lines divided between the engines by each unit's work; false: half each");
  reader.required(
      "query_forwarding", config.query_forwarding,
      "The sparser engine takes Q rows from the denser engine's buffer; false: it loads "
      "its own");
  read_prefetch_units(reader, config.prefetch_units);
  reader.required("mask_denser_block", config.mask_denser_block,
                  "Pruned entries inside a denser block get weight zero; false: they count");
  reader.finish();
}

}  // namespace vitcod
