// SPDX-License-Identifier: Apache-2.0
#include "workloads/workload_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sim/base/json.hpp"
#include "workloads/trace.hpp"

namespace vitcod {
namespace {

enum class MapsKind { kGenerated, kMasks, kAttention, kDense };

constexpr std::array<std::pair<std::string_view, MapsKind>, 4> kMapsKinds{
    {{"generated", MapsKind::kGenerated},
     {"masks", MapsKind::kMasks},
     {"attention", MapsKind::kAttention},
     {"dense", MapsKind::kDense}}};

constexpr std::array<std::pair<std::string_view, Scope>, 2> kScopes{
    {{"attention", Scope::kAttention}, {"model", Scope::kModel}}};

constexpr std::array<std::pair<std::string_view, MaskPolarity>, 2> kPolarities{
    {{"pruned", MaskPolarity::kPruned}, {"kept", MaskPolarity::kKept}}};

constexpr std::array<std::pair<std::string_view, ScoreFunction>, 2> kScoreFunctions{
    {{"softmax", ScoreFunction::kSoftmax}, {"sigmoid", ScoreFunction::kSigmoid}}};

enum class DynamicMasksKind { kSanger };

constexpr std::array<std::pair<std::string_view, DynamicMasksKind>, 1> kDynamicMasksKinds{
    {{"sanger", DynamicMasksKind::kSanger}}};

constexpr Range<double> kShare{0.0, 1.0};

void read_generated(ConfigReader& reader, MapsSpec& maps) {
  GeneratedMaps generated;
  reader.required("sparsity", generated.sparsity, "pruned share of all entries of the model",
                  kShare);
  reader.required("seed", generated.seed, "seed of the maps");
  maps.source = generated;
}

void read_files(ConfigReader& reader, std::vector<std::string>& files) {
  reader.required("files", files, "one .npy file a group of blocks, in the model's order");
}

void read_masks(ConfigReader& reader, MapsSpec& maps) {
  MaskFiles masks;
  read_files(reader, masks.files);
  reader.optional_enum("polarity", masks.polarity, EnumNames<MaskPolarity>(kPolarities),
                       "what 1 (True) means in the files; absent: pruned");
  maps.source = masks;
}

void read_attention(ConfigReader& reader, MapsSpec& maps) {
  AttentionFiles attention;
  read_files(reader, attention.files);
  reader.required_one_or_more(
      "theta_p", attention.theta_p,
      "share of each row's sum to keep; one number, or one a group; above 1 keeps all",
      at_least(0.0));
  maps.source = attention;
}

void read_maps_of(MapsKind kind, ConfigReader& reader, MapsSpec& maps) {
  switch (kind) {
    case MapsKind::kGenerated:
      return read_generated(reader, maps);
    case MapsKind::kMasks:
      return read_masks(reader, maps);
    case MapsKind::kAttention:
      return read_attention(reader, maps);
    case MapsKind::kDense:
      maps.source = DenseMaps{};
  }
}

/// Throws ConfigError for what masks that are predicted in the run do not go with.
void require_static_keys(ConfigReader& reader, const WorkloadSpec& spec) {
  const char* key = "dynamic_masks";
  reader.require(!spec.tokens, key, "expected no token dropping beside it");
  reader.require(spec.score_function == ScoreFunction::kSoftmax, key,
                 "expected score_function \"softmax\" beside it");
}

/// Throws ConfigError for what linear layers that shift, and linear attention, do not go with.
void require_linear_layers(ConfigReader& reader, const WorkloadSpec& spec) {
  const bool by_scores = spec.shift_add->attention == AttentionForm::kScores;
  const bool fits_attention = !by_scores && spec.shift_add->only_multiplies();
  reader.require(spec.scope == Scope::kModel || fits_attention, "shift_add",
                 "expected scope \"model\" beside it");
  const bool takes_scores =
      spec.tokens || spec.dynamic_masks || spec.score_function != ScoreFunction::kSoftmax;
  reader.require(by_scores || !takes_scores, "shift_add",
                 "linear attention has no scores; expected no tokens, dynamic_masks or "
                 "score_function \"sigmoid\" beside it");
  reader.require(!spec.tokens || !spec.shift_add->has_mixture(), "shift_add",
                 "expected no token dropping beside a \"mixture\"");
}

void require_layers_in_order(ConfigReader& reader, const WorkloadSpec& spec) {
  const bool ascending =
      std::is_sorted(spec.layers->begin(), spec.layers->end(), std::less_equal<>());
  reader.require(ascending, "layers", "expected layers in ascending order");
  // Tokens of a layer follow from those before it.
  reader.require(!spec.tokens || spec.layers->back() + 1 == spec.layers->size(), "layers",
                 "expected the first layers, none left out, with a schedule of tokens");
}

}  // namespace

std::uint32_t PolarizationSpec::threshold(std::uint32_t num_queries) const {
  if (theta_d) return *theta_d;
  // Counts are whole, so "more than x" and "more than floor(x)" are the same.
  return static_cast<std::uint32_t>(theta_d_fraction.value_or(0.0) * num_queries);
}

void read(ConfigReader& reader, MapsSpec& maps) {
  reader.required_variant(
      "kind", EnumNames<MapsKind>(kMapsKinds), "where the maps come from",
      [&maps](ConfigReader& rest, MapsKind kind) { read_maps_of(kind, rest, maps); });
}

void read(ConfigReader& reader, PolarizationSpec& polarization) {
  reader.optional_or_word("theta_d", polarization.theta_d, "auto", polarization.left_to_compiler,
                          "columns with more kept entries than this are denser; auto: as many as "
                          "the compiler predicts to be the fastest");
  reader.optional("theta_d_fraction", polarization.theta_d_fraction,
                  "the same as a share of the query rows", kShare);
  reader.finish();
  reader.require_one_of("theta_d", "theta_d_fraction");
}

void read(ConfigReader& reader, ValuesSpec& values) {
  reader.required("seed", values.seed, "seed of the operands' values");
}

void read(ConfigReader& reader, DynamicMasksSpec& masks) {
  DynamicMasksKind kind{};
  reader.required_enum("kind", kind, EnumNames<DynamicMasksKind>(kDynamicMasksKinds),
                       "whose prediction it is");
  reader.required("seed", masks.seed, "seed of the Q and K that the masks are predicted from");
  reader.optional("sparsity", masks.sparsity,
                  "pruned share of the entries of each block; absent: as its map", kShare);
  reader.optional("threshold", masks.threshold,
                  "instead: least share of a row's attention that is kept", kShare);
  reader.finish();
  reader.require(!masks.sparsity || !masks.threshold, "threshold",
                 "expected either it or sparsity");
}

void read(ConfigReader& reader, WorkloadSpec& spec) {
  reader.name_or_object("model", spec.model_name, spec.inline_model,
                        "a name in configs/models/, the name of a .json file, or the model itself");
  reader.required_enum("scope", spec.scope, EnumNames<Scope>(kScopes),
                       "which part of the model runs");
  reader.required_object("maps", spec.maps, "attention maps");
  reader.optional_enum("score_function", spec.score_function,
                       EnumNames<ScoreFunction>(kScoreFunctions),
                       "what makes weights of the scores; absent: softmax");
  reader.optional("sigmoid_bias", spec.sigmoid_bias,
                  "added to scores before their sigmoid; absent: -1/2 and minus the logarithm of "
                  "the mean number of kept entries of a row",
                  Range<double>{-kMostSigmoidBias, kMostSigmoidBias});
  reader.optional_object("polarization", spec.polarization,
                         "split into denser and sparser columns; null: off");
  reader.optional("auto_encoder", spec.auto_encoder,
                  "Q and K compressed across heads; absent: where the model has an auto-encoder");
  reader.optional_object("values", spec.values, "the operands' values; absent: seed 0");
  reader.optional_object("tokens", spec.tokens, "token dropping; absent: all tokens in all layers");
  reader.optional_object("dynamic_masks", spec.dynamic_masks,
                         "masks that are predicted in the run; absent: they are known before it");
  reader.optional_object(
      "shift_add", spec.shift_add,
      "linear layers that shift, and linear attention; absent: all layers multiply, "
      "attention is by scores");
  reader.optional("layers", spec.layers, "the attention blocks to run, ascending; absent: all",
                  Range<std::uint32_t>{}, Length{1});
  if (reader.is_describing()) return;
  reader.finish();
  reader.require(!spec.sigmoid_bias || spec.score_function == ScoreFunction::kSigmoid,
                 "sigmoid_bias", "expected score_function \"sigmoid\" beside it");
  if (spec.dynamic_masks) require_static_keys(reader, spec);
  reader.require(!spec.tokens || !spec.polarization || !spec.polarization->left_to_compiler,
                 "polarization", "expected a number for theta_d beside token dropping");
  if (spec.shift_add) require_linear_layers(reader, spec);
  if (spec.layers) require_layers_in_order(reader, spec);
}

}  // namespace vitcod
