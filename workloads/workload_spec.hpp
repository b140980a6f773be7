// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "workloads/map_files.hpp"
#include "workloads/model_config.hpp"
#include "workloads/shift_add_spec.hpp"
#include "workloads/tokens_spec.hpp"

namespace vitcod {

/// Which part of the model runs.
enum class Scope {
  kAttention,  ///< the attention blocks, from Q, K and V to the heads' outputs
  kModel,      ///< the whole model, from the image to the classes
};

/// Maps from the fitted generator (see generator/map_generator.hpp).
struct GeneratedMaps {
  double sparsity = 0.0;  ///< pruned share of all entries of the model
  std::uint64_t seed = 0;
};
/// Mask files, one a group.
struct MaskFiles {
  std::vector<std::string> files;
  MaskPolarity polarity = MaskPolarity::kPruned;
};
/// Averaged attention maps, one file a group, pruned here.
struct AttentionFiles {
  std::vector<std::string> files;
  std::vector<double> theta_p;  ///< one for all groups, or one a group
};
/// Pruning off: every entry kept.
struct DenseMaps {};

struct MapsSpec {
  std::variant<GeneratedMaps, MaskFiles, AttentionFiles, DenseMaps> source;
};

/// Exactly one of the three is given.
struct PolarizationSpec {
  std::optional<std::uint32_t> theta_d;    ///< kept entries that a global column exceeds
  std::optional<double> theta_d_fraction;  ///< the same as a share of the query rows
  bool left_to_compiler = false;           ///< `theta_d` is "auto": columns are sorted, and not cut

  /// The count for a map of `num_queries` rows. Not of one that is left to the compiler.
  std::uint32_t threshold(std::uint32_t num_queries) const;
};

struct ValuesSpec {
  std::uint64_t seed = 0;
};

/// Masks that are predicted in the run, as Sanger does (dynamic_masks.hpp). At most one of
/// `sparsity` and `threshold` is given; without both a block keeps as many entries as its map.
struct DynamicMasksSpec {
  std::uint64_t seed = 0;           ///< of the Q and K that they are predicted from
  std::optional<double> sparsity;   ///< pruned share of the entries of each block
  std::optional<double> threshold;  ///< least share of a row's attention that is kept
};

/// What makes weights of the scores.
enum class ScoreFunction { kSoftmax, kSigmoid };

/// The object under `/workload` of a run config.
struct WorkloadSpec {
  std::string model_name;  ///< in configs/models/, or a file; empty if the model is inline
  std::optional<ModelConfig> inline_model;  ///< the model itself
  Scope scope = Scope::kAttention;
  MapsSpec maps;
  ScoreFunction score_function = ScoreFunction::kSoftmax;
  /// Of sigmoid attention; absent: minus the logarithm of a row's kept entries, as many as the
  /// block's rows have on average, and minus 1/2: so the weights of such a row sum to about 1.
  std::optional<double> sigmoid_bias;
  std::optional<PolarizationSpec> polarization;      ///< absent: off, all columns sparser
  std::optional<bool> auto_encoder;                  ///< absent: on where the model has one
  std::optional<ValuesSpec> values;                  ///< absent: seed 0
  std::optional<TokensSpec> tokens;                  ///< absent: all tokens in all layers
  std::optional<DynamicMasksSpec> dynamic_masks;     ///< absent: the maps are known before the run
  std::optional<ShiftAddSpec> shift_add;             ///< absent: layers multiply, scores
  std::optional<std::vector<std::uint32_t>> layers;  ///< subset of the blocks; absent: all
};

void read(ConfigReader& reader, MapsSpec& maps);
void read(ConfigReader& reader, PolarizationSpec& polarization);
void read(ConfigReader& reader, ValuesSpec& values);
void read(ConfigReader& reader, DynamicMasksSpec& masks);
void read(ConfigReader& reader, WorkloadSpec& spec);

}  // namespace vitcod
