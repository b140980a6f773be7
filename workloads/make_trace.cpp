// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "sim/base/wording.hpp"
#include "workloads/attention_trace.hpp"
#include "workloads/generator/map_generator.hpp"
#include "workloads/map_files.hpp"
#include "workloads/polarization.hpp"
#include "workloads/workload.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod {
namespace {

/// Maps of all blocks in model order, and the files they came from.
struct ModelMaps {
  std::vector<HeadMaps> blocks;
  Json files = Json::array();
};

/// Makes the maps of a specification, one source a call operator.
class MapsMaker {
 public:
  MapsMaker(const ModelConfig& model, const std::filesystem::path& base_dir)
      : model_(model), base_dir_(base_dir) {}

  ModelMaps operator()(const GeneratedMaps& generated) const {
    const double most = max_generated_sparsity(model_);
    if (generated.sparsity > most) {
      throw ConfigError("/maps/sparsity",
                        fmt::format("{} is out of reach for {}; expected at most {:.6f}",
                                    generated.sparsity, model_.name, most));
    }
    return {generate_maps(model_, generated.sparsity, generated.seed), Json::array()};
  }

  ModelMaps operator()(const MaskFiles& masks) const {
    return read_files(masks.files, [this](const auto& path, const AttentionGroup& group, auto) {
      return read_masks(path, model_, group);
    });
  }

  ModelMaps operator()(const AttentionFiles& attention) const {
    const std::size_t num_given = attention.theta_p.size();
    if (num_given != 1 && num_given != model_.groups.size()) {
      throw ConfigError("/maps/theta_p",
                        fmt::format("{} for the {} of {}", count_of(num_given, "number"),
                                    count_of(model_.groups.size(), "group"), model_.name));
    }
    return read_files(attention.files,
                      [&](const auto& path, const AttentionGroup& group, std::size_t g) {
                        const double theta_p = attention.theta_p[num_given == 1 ? 0 : g];
                        return read_and_prune_attention(path, model_, group, theta_p);
                      });
  }

  ModelMaps operator()(const DenseMaps&) const {
    ModelMaps maps;
    for (const AttentionGroup& group : model_.groups) {
      const KeptMap everything(model_.num_queries(group), model_.num_keys(group), true);
      maps.blocks.insert(maps.blocks.end(), group.num_blocks, HeadMaps(group.heads, everything));
    }
    return maps;
  }

 private:
  /// read_group(path, group, index of the group) for each group's file.
  template <typename ReadGroup>
  ModelMaps read_files(const std::vector<std::string>& files, ReadGroup&& read_group) const {
    if (files.size() != model_.groups.size()) {
      throw ConfigError("/maps/files",
                        fmt::format("{} for the {} of {}", count_of(files.size(), "file"),
                                    count_of(model_.groups.size(), "group"), model_.name));
    }
    ModelMaps maps;
    for (std::size_t g = 0; g < files.size(); ++g) {
      GroupMaps group_maps = read_group(base_dir_ / files[g], model_.groups[g], g);
      std::move(group_maps.blocks.begin(), group_maps.blocks.end(),
                std::back_inserter(maps.blocks));
      maps.files.push_back({{"file", group_maps.file_name}, {"sha256", group_maps.sha256}});
    }
    return maps;
  }

  const ModelConfig& model_;
  const std::filesystem::path& base_dir_;
};

ModelConfig resolve_model(const WorkloadSpec& spec) {
  if (spec.inline_model) return *spec.inline_model;
  try {
    return load_model(spec.model_name);
  } catch (const UnknownModelError& error) {
    throw ConfigError("/model", error.what());
  }
}

/// The chosen blocks with their polarized maps.
std::vector<AttentionBlockTrace> polarize_blocks(const WorkloadSpec& spec, const ModelConfig& model,
                                                 const std::vector<HeadMaps>& maps) {
  const std::vector<AttentionBlock> blocks = attention_blocks(model);
  std::vector<AttentionBlockTrace> chosen;
  for (std::uint32_t b = 0; b < blocks.size(); ++b) {
    if (spec.layers && !std::binary_search(spec.layers->begin(), spec.layers->end(), b)) continue;
    std::optional<std::uint32_t> theta_d;
    if (spec.polarization) {
      theta_d = spec.polarization->threshold(model.num_queries(model.groups[blocks[b].group]));
    }
    chosen.push_back({blocks[b], polarize_heads(maps[b], theta_d)});
  }
  return chosen;
}

/// The specification with the model and the files in full: everything the trace depends on.
Json resolved(const Json& specification, const WorkloadSpec& spec, const ModelConfig& model,
              const Json& files) {
  Json json = specification;
  json["model"] = to_json(model);
  if (!files.empty()) json["maps"]["files"] = files;
  json["auto_encoder"] = spec.auto_encoder.value_or(true);
  json["values"] = {{"seed", spec.values.value_or(ValuesSpec{}).seed}};
  return json;
}

}  // namespace

Trace make_trace(const Json& specification, const std::filesystem::path& base_dir) {
  const auto spec = read_config<WorkloadSpec>(specification);
  const ModelConfig model = resolve_model(spec);
  const std::size_t num_blocks = attention_blocks(model).size();
  if (spec.layers && spec.layers->back() >= num_blocks) {
    throw ConfigError("/layers", fmt::format("{} is not a layer of {}; expected less than {}",
                                             spec.layers->back(), model.name, num_blocks));
  }
  const ModelMaps maps = std::visit(MapsMaker(model, base_dir), spec.maps.source);
  Trace trace;
  trace.name = model.name;
  trace.provenance = resolved(specification, spec, model, maps.files).dump();
  trace.value_seed = spec.values.value_or(ValuesSpec{}).seed;
  append_attention(trace, model, polarize_blocks(spec, model, maps.blocks),
                   spec.auto_encoder.value_or(true));
  return trace;
}

}  // namespace vitcod
