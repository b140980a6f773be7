// SPDX-License-Identifier: Apache-2.0
#include "workloads/shift_add_spec.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "workloads/model_shape.hpp"

namespace vitcod {
namespace {

constexpr std::array<std::pair<std::string_view, LinearKind>, 3> kLinearKinds{
    {{"multiply", LinearKind::kMultiply},
     {"shift", LinearKind::kShift},
     {"mixture", LinearKind::kMixture}}};

}  // namespace

void read(ConfigReader& reader, ShiftAddSpec& spec) {
  const auto kind = [&](const char* key, LinearKind& value, const char* meaning) {
    reader.optional_enum(key, value, EnumNames<LinearKind>(kLinearKinds), meaning);
  };
  kind("qkv", spec.qkv, "how the projections to Q, K and V form products; absent: multiply");
  kind("output_projection", spec.output_projection, "likewise the projection behind attention");
  kind("mlp1", spec.mlp1, "likewise the first layer of the MLPs");
  kind("mlp2", spec.mlp2, "likewise the second one");
  reader.optional("shift_share", spec.shift_share,
                  "share of a mixture's tokens that the expert that shifts takes; absent: 0.5",
                  Range<double>{0.0, 1.0});
  reader.optional("seed", spec.seed, "seed of the routers' logits; absent: 0");
  reader.finish();
  const auto needs_mixture = [&](const char* key) {
    reader.require(spec.has_mixture() || !reader.has(key), key, "expected a \"mixture\" beside it");
  };
  needs_mixture("shift_share");
  needs_mixture("seed");
}

void check_shift_add(const ShiftAddSpec& spec, const ModelConfig& model) {
  const ModelShape shape(model);
  const auto require_rows = [](LinearKind kind, bool is_gathered, const char* key,
                               const AttentionGroup& group) {
    if (kind != LinearKind::kMixture || !is_gathered) return;
    throw ConfigError(fmt::format("/shift_add/{}", key),
                      fmt::format("\"mixture\": rows of \"{}\" are gathered from a grid, expected "
                                  "\"multiply\" or \"shift\"",
                                  group.name));
  };
  for (const AttentionGroup& group : model.groups) {
    require_rows(spec.qkv, shape.query_window(group).has_value(), "qkv", group);
    require_rows(spec.mlp2, ModelShape::mlp_window(group).has_value(), "mlp2", group);
  }
}

}  // namespace vitcod
