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

constexpr std::array<std::pair<std::string_view, AttentionForm>, 3> kAttentionForms{
    {{"scores", AttentionForm::kScores},
     {"linear", AttentionForm::kLinear},
     {"add", AttentionForm::kAdd}}};

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
  reader.optional_enum("attention", spec.attention, EnumNames<AttentionForm>(kAttentionForms),
                       "what attention is: scores under maps, linear attention that multiplies, or "
                       "one that adds rows by codes in place of Q and K; absent: scores");
  reader.optional("code_length", spec.code_length,
                  "bits of a code, a head and token; absent: one a feature of Q and K",
                  Range<std::uint32_t>{1, 1U << 16});
  reader.finish();
  reader.require(spec.attention == AttentionForm::kAdd || !spec.code_length, "code_length",
                 "expected attention \"add\" beside it");
  const auto needs_mixture = [&](const char* key) {
    reader.require(spec.has_mixture() || !reader.has(key), key, "expected a \"mixture\" beside it");
  };
  needs_mixture("shift_share");
  needs_mixture("seed");
}

std::optional<LinearAttentionForm> ShiftAddSpec::linear_attention(std::uint32_t key_dim) const {
  switch (attention) {
    case AttentionForm::kScores:
      return std::nullopt;
    case AttentionForm::kLinear:
      return LinearAttentionForm{Primitive::kMultiply, key_dim};
    case AttentionForm::kAdd:
      return LinearAttentionForm{Primitive::kAdd, code_length.value_or(key_dim)};
  }
  return std::nullopt;
}

void check_codes(const ShiftAddSpec& spec, const ModelConfig& model) {
  constexpr std::uint32_t kByte = 8;
  if (spec.attention != AttentionForm::kAdd) return;
  for (const AttentionGroup& group : model.groups) {
    const std::uint32_t length = spec.code_length.value_or(group.key_dim);
    if (length % kByte == 0) continue;
    throw ConfigError(
        "/shift_add/code_length",
        fmt::format("{} bits a code in \"{}\"; expected a multiple of 8", length, group.name));
  }
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
