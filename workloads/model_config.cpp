// SPDX-License-Identifier: Apache-2.0
#include "workloads/model_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/json.hpp"
#include "sim/base/presets.hpp"
#include "workloads/config_dir.hpp"

namespace vitcod {
namespace {

/// More tokens than any model of this field, and few enough that a map's size is no surprise.
constexpr std::uint32_t kMaxGridSide = 4096;
constexpr std::uint32_t kMaxCount = 1U << 16;
constexpr std::uint32_t kMaxGrowthLevel = 16;
constexpr std::uint32_t kMaxPrefixTokens = 1U << 12;
/// Entries of one head's map: as many as its columns can be indexed with, and a quarter of a
/// gigabyte while it is made.
constexpr std::uint64_t kMaxHeadEntries = std::uint64_t{1} << 31;
/// Heads of all blocks of a model.
constexpr std::uint64_t kMaxHeads = std::uint64_t{1} << 18;
/// Entries of all maps of a model: those of 36 heads of 16,384 tokens.
constexpr double kMaxMapEntries = 0x1p34;

void read_grid(ConfigReader& reader, const char* key, TokenGrid& grid, const char* meaning) {
  std::vector<std::uint32_t> sides;
  reader.required(key, sides, meaning, Range<std::uint32_t>{1, kMaxGridSide}, Length{2, 2});
  if (!sides.empty()) grid = {sides[0], sides[1]};
}

/// The model in `file`, which messages call `name`.
ModelConfig read_model(const std::filesystem::path& file, const std::string& name) {
  try {
    return read_config<ModelConfig>(resolve_presets(read_json_file(file), file.parent_path()));
  } catch (const ConfigError& error) {
    throw FileError(name, error.what());
  }
}

/// Adds a key unless its value is absent.
template <typename T>
void add_if_present(Json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}

Json group_json(const AttentionGroup& group) {
  Json json = {{"name", group.name},
               {"num_blocks", group.num_blocks},
               {"heads", group.heads},
               {"query_grid", {group.query_grid.rows, group.query_grid.columns}},
               {"key_grid", {group.key_grid.rows, group.key_grid.columns}},
               {"key_dim", group.key_dim},
               {"value_dim", group.value_dim},
               {"auto_encoder_heads", group.auto_encoder_heads}};
  add_if_present(json, "width_in", group.width_in);
  add_if_present(json, "width_out", group.width_out);
  add_if_present(json, "mlp_hidden", group.mlp_hidden);
  add_if_present(json, "mlp_kernel", group.mlp_kernel);
  add_if_present(json, "mlp_stride", group.mlp_stride);
  add_if_present(json, "residual", group.residual);
  add_if_present(json, "growth_level", group.growth_level);
  return json;
}

Json stem_json(const StemLayer& layer) {
  return {{"in_channels", layer.in_channels},
          {"out_channels", layer.out_channels},
          {"kernel", layer.kernel},
          {"stride", layer.stride}};
}

/// Names and sizes of all groups together.
void check_groups(const ConfigReader& reader, const ModelConfig& model) {
  std::uint64_t num_heads = 0;
  double map_entries = 0.0;
  std::set<std::string> names;
  for (const AttentionGroup& group : model.groups) {
    reader.require(names.insert(group.name).second, "groups",
                   fmt::format("two groups are named \"{}\"", group.name));
    num_heads += std::uint64_t{group.num_blocks} * group.heads;
    const std::uint64_t head_entries =
        std::uint64_t{model.num_queries(group)} * model.num_keys(group);
    reader.require(head_entries <= kMaxHeadEntries, "groups",
                   fmt::format("{} entries in a head's map of \"{}\"; expected at most 2^31",
                               head_entries, group.name));
    map_entries += double{1.0} * group.num_blocks * group.heads * static_cast<double>(head_entries);
  }
  reader.require(num_heads <= kMaxHeads, "groups",
                 fmt::format("{} heads in all blocks; expected at most 2^18", num_heads));
  reader.require(
      map_entries <= kMaxMapEntries, "groups",
      fmt::format("{:.3g} entries in the attention maps; expected at most 2^34", map_entries));
}

}  // namespace

void read(ConfigReader& reader, StemLayer& layer) {
  const Range<std::uint32_t> count{1, kMaxCount};
  reader.required("in_channels", layer.in_channels, "channels of the input", count);
  reader.required("out_channels", layer.out_channels, "channels of the output", count);
  reader.required("kernel", layer.kernel, "side of the square kernel, pixels", count);
  reader.required("stride", layer.stride, "pixels between two outputs", count);
  reader.finish();
}

void read(ConfigReader& reader, PatchSamples& samples) {
  const Range<std::uint32_t> count{1, kMaxCount};
  reader.required("side", samples.side, "side of a patch at full resolution, pixels", count);
  reader.required("channels", samples.channels, "channels of the image", count);
  reader.finish();
}

void read(ConfigReader& reader, MemoryStream& memory) {
  read_grid(reader, "grid", memory.grid, "rows and columns of its tokens");
  reader.required_object("patch", memory.patch, "the convolution that embeds them");
  reader.required("key_dim", memory.key_dim, "features of Q and K per head, of reading and writing",
                  Range<std::uint32_t>{1, kMaxCount});
  reader.finish();
}

void read(ConfigReader& reader, AttentionGroup& group) {
  const Range<std::uint32_t> count{1, kMaxCount};
  reader.required("name", group.name, "name of the group in reports");
  reader.required("num_blocks", group.num_blocks, "attention blocks of this shape", count);
  reader.required("heads", group.heads, "attention heads", count);
  read_grid(reader, "query_grid", group.query_grid, "rows and columns of the query patches");
  read_grid(reader, "key_grid", group.key_grid, "rows and columns of the key patches");
  reader.required("key_dim", group.key_dim, "features of Q and K per head", count);
  reader.required("value_dim", group.value_dim, "features of V per head", count);
  std::optional<std::uint32_t> auto_encoder_heads;
  reader.optional("auto_encoder_heads", auto_encoder_heads,
                  "heads of the compressed Q and K; 0 or absent: never compressed",
                  Range<std::uint32_t>{0, kMaxCount});
  group.auto_encoder_heads = auto_encoder_heads.value_or(0);
  reader.optional("width_in", group.width_in, "channels of the input", count);
  reader.optional("width_out", group.width_out, "channels after the output projection", count);
  reader.optional("mlp_hidden", group.mlp_hidden, "hidden channels of the MLP", count);
  reader.optional("mlp_kernel", group.mlp_kernel,
                  "tokens that a row of the MLP's second layer takes; absent: 1", count);
  reader.optional("mlp_stride", group.mlp_stride,
                  "tokens between two rows of the MLP's second layer; absent: 1", count);
  reader.optional("residual", group.residual, "whether attention adds to its input");
  reader.optional("growth_level", group.growth_level,
                  "level of the lifting scheme whose detail bands make the channels that the group "
                  "before does not have; absent: none",
                  Range<std::uint32_t>{1, kMaxGrowthLevel});
  reader.finish();
  const bool is_plain = !group.name.empty() && group.name.find('/') == std::string::npos;
  reader.require(is_plain, "name", "expected a name without \"/\"");
  reader.require(
      group.auto_encoder_heads <= group.heads, "auto_encoder_heads",
      fmt::format("{} is more than the {} heads", group.auto_encoder_heads, group.heads));
}

void read(ConfigReader& reader, ModelConfig& model) {
  reader.required("name", model.name, "name of the model in reports");
  reader.optional("source", model.source, "where the shapes come from");
  reader.required("prefix_tokens", model.prefix_tokens,
                  "class, distillation and register tokens, before the patches",
                  Range<std::uint32_t>{0, kMaxPrefixTokens});
  reader.optional("image_size", model.image_size, "side of the input image, pixels",
                  Range<std::uint32_t>{1, kMaxCount});
  reader.optional_list("stem", model.stem, "convolutions from the image to the first tokens");
  reader.optional_object("patch_samples", model.patch_samples,
                         "samples that the embedding grows by; absent: it does not");
  reader.optional_object("memory", model.memory,
                         "tokens that blocks read and write by linear attention; absent: none");
  reader.optional("activation", model.activation, "activation function of the MLPs");
  reader.optional("pre_norm", model.pre_norm, "whether the first tokens are normalised");
  reader.optional("classes", model.classes, "outputs of the classifier",
                  Range<std::uint32_t>{1, kMaxCount});
  reader.optional("classifiers", model.classifiers,
                  "classifiers, a prefix token each or all of the pooled tokens; absent: one",
                  Range<std::uint32_t>{1, kMaxPrefixTokens});
  reader.required_list("groups", model.groups, "attention blocks in the order in which they run",
                       Length{1});
  reader.finish();
  check_groups(reader, model);
}

std::vector<AttentionBlock> attention_blocks(const ModelConfig& model) {
  std::vector<AttentionBlock> blocks;
  for (std::uint32_t g = 0; g < model.groups.size(); ++g) {
    const AttentionGroup& group = model.groups[g];
    for (std::uint32_t i = 0; i < group.num_blocks; ++i) {
      std::string name = model.groups.size() == 1 ? fmt::format("layer{}", i)
                         : group.num_blocks == 1  ? group.name
                                                  : fmt::format("{}/{}", group.name, i);
      blocks.push_back({std::move(name), g, i});
    }
  }
  return blocks;
}

ModelConfig load_model(const std::string& name) {
  const std::vector<std::string> known = config_names("models");
  // A name is not a path: only what is listed may be looked up.
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw UnknownModelError(
        fmt::format("no model named \"{}\"; expected one of {}, or the name of a .json file", name,
                    fmt::join(known, ", ")));
  }
  return read_model(find_config("models", name).value(), "models/" + name + ".json");
}

bool is_model_file(const std::string& name) {
  return name.ends_with(".json") || name.find('/') != std::string::npos;
}

ModelConfig read_model_file(const std::filesystem::path& file) {
  return read_model(file, file.string());
}

Json to_json(const ModelConfig& model) {
  Json json;
  json["name"] = model.name;
  add_if_present(json, "source", model.source);
  json["prefix_tokens"] = model.prefix_tokens;
  add_if_present(json, "image_size", model.image_size);
  if (!model.stem.empty()) json["stem"] = Json::array();
  for (const StemLayer& layer : model.stem) {
    json["stem"].push_back(stem_json(layer));
  }
  if (model.patch_samples) {
    json["patch_samples"] = {{"side", model.patch_samples->side},
                             {"channels", model.patch_samples->channels}};
  }
  if (model.memory) {
    json["memory"] = {{"grid", {model.memory->grid.rows, model.memory->grid.columns}},
                      {"patch", stem_json(model.memory->patch)},
                      {"key_dim", model.memory->key_dim}};
  }
  add_if_present(json, "activation", model.activation);
  add_if_present(json, "pre_norm", model.pre_norm);
  add_if_present(json, "classes", model.classes);
  add_if_present(json, "classifiers", model.classifiers);
  for (const AttentionGroup& group : model.groups) json["groups"].push_back(group_json(group));
  return json;
}

}  // namespace vitcod
