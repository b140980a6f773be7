// SPDX-License-Identifier: Apache-2.0
#include "workloads/workload_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sim/base/json.hpp"

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

constexpr const char* kSparsityMeaning = "generated: pruned share of all entries of the model";
constexpr const char* kSeedMeaning = "generated: seed of the maps";
constexpr const char* kFilesMeaning =
    "masks, attention: one .npy file a group of blocks, in the model's order";
constexpr const char* kThetaMeaning =
    "attention: share of each row's sum to keep; one number, or one a group; above 1 keeps all";
constexpr Range<double> kShare{0.0, 1.0};

void read_generated(ConfigReader& reader, MapsSpec& maps) {
  GeneratedMaps generated;
  reader.required("sparsity", generated.sparsity, kSparsityMeaning, kShare);
  reader.required("seed", generated.seed, kSeedMeaning);
  maps.source = generated;
}

/// One number stands for a list of one.
std::vector<double> read_theta_p(ConfigReader& reader) {
  const Json* json = reader.raw("theta_p", kThetaMeaning);
  std::vector<double> theta_p;
  if (json != nullptr && json->is_array()) {
    reader.required("theta_p", theta_p, kThetaMeaning, at_least(0.0));
    reader.require(!theta_p.empty(), "theta_p", "expected at least one number");
  } else {
    reader.required("theta_p", theta_p.emplace_back(), kThetaMeaning, at_least(0.0));
  }
  return theta_p;
}

/// All keys of all kinds, for a schema: each is needed by the kinds that its meaning names.
void describe_maps(ConfigReader& reader) {
  std::optional<double> sparsity;
  std::optional<std::uint64_t> seed;
  std::optional<std::vector<std::string>> files;
  reader.optional("sparsity", sparsity, kSparsityMeaning, kShare);
  reader.optional("seed", seed, kSeedMeaning);
  reader.optional("files", files, kFilesMeaning);
  reader.raw("theta_p", kThetaMeaning);
}

void read_model(ConfigReader& reader, WorkloadSpec& spec) {
  constexpr const char* kMeaning = "a name in configs/models/, or the model itself";
  const Json* json = reader.raw("model", kMeaning);
  if (reader.is_describing()) return;
  if (json != nullptr && json->is_object()) {
    reader.required_object("model", spec.inline_model.emplace(), kMeaning);
  } else {
    reader.required("model", spec.model_name, kMeaning);
  }
}

}  // namespace

std::uint32_t PolarizationSpec::threshold(std::uint32_t num_queries) const {
  if (theta_d) return *theta_d;
  // Counts are whole, so "more than x" and "more than floor(x)" are the same.
  return static_cast<std::uint32_t>(theta_d_fraction.value_or(0.0) * num_queries);
}

void read(ConfigReader& reader, MapsSpec& maps) {
  MapsKind kind = MapsKind::kDense;
  reader.required_enum("kind", kind, EnumNames<MapsKind>(kMapsKinds), "where the maps come from");
  if (reader.is_describing() || !reader.has("kind")) {
    describe_maps(reader);
    return;
  }
  if (kind == MapsKind::kGenerated) {
    read_generated(reader, maps);
  } else if (kind == MapsKind::kMasks) {
    reader.required("files", maps.source.emplace<MaskFiles>().files, kFilesMeaning);
  } else if (kind == MapsKind::kAttention) {
    AttentionFiles& attention = maps.source.emplace<AttentionFiles>();
    reader.required("files", attention.files, kFilesMeaning);
    attention.theta_p = read_theta_p(reader);
  } else {
    maps.source = DenseMaps{};
  }
  reader.finish();
}

void read(ConfigReader& reader, PolarizationSpec& polarization) {
  reader.optional("theta_d", polarization.theta_d,
                  "columns with more kept entries than this are denser");
  reader.optional("theta_d_fraction", polarization.theta_d_fraction,
                  "the same as a share of the query rows", kShare);
  if (reader.is_describing()) return;
  reader.finish();
  reader.require(polarization.theta_d || polarization.theta_d_fraction, "theta_d",
                 "expected theta_d or theta_d_fraction");
  reader.require(!polarization.theta_d || !polarization.theta_d_fraction, "theta_d",
                 "theta_d and theta_d_fraction exclude each other");
}

void read(ConfigReader& reader, ValuesSpec& values) {
  reader.required("seed", values.seed, "seed of the operands' values");
}

void read(ConfigReader& reader, WorkloadSpec& spec) {
  read_model(reader, spec);
  reader.required_enum("scope", spec.scope, EnumNames<Scope>(kScopes),
                       "which part of the model runs");
  reader.required_object("maps", spec.maps, "attention maps");
  reader.optional_object("polarization", spec.polarization,
                         "split into denser and sparser columns; null: off");
  reader.optional("auto_encoder", spec.auto_encoder,
                  "Q and K compressed across heads; absent: where the model has an auto-encoder");
  reader.optional_object("values", spec.values, "the operands' values; absent: seed 0");
  reader.optional("layers", spec.layers, "the attention blocks to run, ascending; absent: all");
  if (reader.is_describing()) return;
  const bool has_tokens = reader.has("tokens");
  reader.finish();
  reader.require(spec.scope == Scope::kAttention, "scope",
                 "\"model\" is not available yet; expected \"attention\"");
  reader.require(!has_tokens, "tokens", "token schedules are not available yet");
  if (spec.layers) {
    const bool ascending =
        std::is_sorted(spec.layers->begin(), spec.layers->end(), std::less_equal<>()) &&
        !spec.layers->empty();
    reader.require(ascending, "layers", "expected at least one layer, in ascending order");
  }
}

}  // namespace vitcod
