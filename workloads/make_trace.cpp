// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "sim/base/det_math.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "sim/base/wording.hpp"
#include "workloads/attention_trace.hpp"
#include "workloads/generator/map_generator.hpp"
#include "workloads/map_files.hpp"
#include "workloads/model_shape.hpp"
#include "workloads/model_trace.hpp"
#include "workloads/polarization.hpp"
#include "workloads/token_stages.hpp"
#include "workloads/workload.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod {
namespace {

/// Entries of all polarized maps: four bytes each at most.
constexpr double kMaxHeldEntries = 0x1p30;

constexpr std::uint32_t kMaxGeneratedKeys = 1U << 18;
constexpr double kMaxGeneratedRows = 0x1p26;

/// Polarizes heads as they come, so that no more than one of them is there as a map.
class Polarizer {
 public:
  Polarizer(const WorkloadSpec& spec, const ModelConfig& model)
      : spec_(spec), model_(model), blocks_(attention_blocks(model)), maps_(blocks_.size()) {
    for (std::uint32_t b = 0; b < blocks_.size(); ++b) {
      chosen_.push_back(!spec.layers ||
                        std::binary_search(spec.layers->begin(), spec.layers->end(), b));
    }
  }

  /// A flag a block of the model: whether it runs.
  const std::vector<bool>& chosen() const { return chosen_; }

  /// Entries of the maps of all blocks that run.
  double num_entries() const {
    double entries = 0.0;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      if (!chosen_[b]) continue;
      const AttentionGroup& group = model_.groups[blocks_[b].group];
      entries += double{1.0} * group.heads * model_.num_queries(group) * model_.num_keys(group);
    }
    return entries;
  }

  /// The next head of block `block`; ignored unless the block runs.
  void take(std::size_t block, const KeptMap& map) {
    if (!chosen_[block]) return;
    if (spec_.polarization && spec_.polarization->left_to_compiler) {
      add_uncut_head(maps_[block], map);
      return;
    }
    std::optional<std::uint32_t> theta_d;
    if (spec_.polarization) theta_d = spec_.polarization->threshold(map.num_queries());
    add_head(maps_[block], map, theta_d);
  }

  /// The chosen blocks with their maps.
  std::vector<AttentionBlockTrace> take_blocks() {
    std::vector<AttentionBlockTrace> blocks;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      if (!chosen_[b]) continue;
      AttentionBlockTrace& block = blocks.emplace_back();
      block.sigmoid_bias = sigmoid_bias(maps_[b]);
      block.dynamic_masks = spec_.dynamic_masks;
      if (spec_.shift_add) {
        block.linear = spec_.shift_add->linear_attention(model_.groups[blocks_[b].group].key_dim);
      }
      block.block = std::move(blocks_[b]);
      block.map = std::move(maps_[b]);
    }
    return blocks;
  }

 private:
  std::optional<double> sigmoid_bias(const PolarizedMap& map) const {
    if (spec_.score_function != ScoreFunction::kSigmoid) return std::nullopt;
    // Scores have deviation 1, so that exp of them is the root of e in the mean.
    return spec_.sigmoid_bias.value_or(-0.5 - det_log(std::max(1.0, kept_a_row(map))));
  }

  const WorkloadSpec& spec_;
  const ModelConfig& model_;
  std::vector<AttentionBlock> blocks_;
  std::vector<PolarizedMap> maps_;  ///< one a block of the model
  std::vector<bool> chosen_;
};

/// Makes the maps of a specification for a Polarizer, one source a call operator; returns the files
/// they came from.
class MapsMaker {
 public:
  MapsMaker(const ModelConfig& model, const std::filesystem::path& base_dir, Polarizer& polarizer,
            std::vector<std::string>& warnings)
      : model_(model), base_dir_(base_dir), polarizer_(polarizer), warnings_(warnings) {}

  Json operator()(const GeneratedMaps& generated) const {
    const double most = max_generated_sparsity(model_);
    if (generated.sparsity > most) {
      throw ConfigError("/maps/sparsity",
                        fmt::format("{} is out of reach for {}; expected at most {:.6f}",
                                    generated.sparsity, model_.name, most));
    }
    check_held_entries("/maps/sparsity", 1.0 - generated.sparsity);
    check_generator_sizes();
    generate_maps(model_, generated.sparsity, generated.seed, polarizer_.chosen(),
                  [this](std::size_t block, const KeptMap& map) { polarizer_.take(block, map); });
    return Json::array();
  }

  Json operator()(const MaskFiles& masks) const {
    return read_files(masks.files, [&](const auto& path, const AttentionGroup& group, auto) {
      return read_masks(path, model_, group, masks.polarity);
    });
  }

  Json operator()(const AttentionFiles& attention) const {
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

  Json operator()(const DenseMaps&) const {
    check_held_entries("/maps", 1.0);
    std::size_t block = 0;
    for (const AttentionGroup& group : model_.groups) {
      const KeptMap everything(model_.num_queries(group), model_.num_keys(group), true);
      for (const std::size_t end = block + group.num_blocks; block < end; ++block) {
        for (std::uint32_t head = 0; head < group.heads; ++head) polarizer_.take(block, everything);
      }
    }
    return Json::array();
  }

 private:
  /// Throws ConfigError if the share `kept` of the maps' entries is more than a run can hold.
  void check_held_entries(const char* pointer, double kept) const {
    const double entries = kept * polarizer_.num_entries();
    if (entries <= kMaxHeldEntries) return;
    throw ConfigError(
        pointer, fmt::format("{:.3g} entries of the maps to hold; expected at most 2^30", entries));
  }

  /// Throws ConfigError for sequences or numbers of rows that the generator has no memory for: it
  /// holds the order of all places around a query, and a length a row.
  void check_generator_sizes() const {
    double rows = 0.0;
    for (const AttentionGroup& group : model_.groups) {
      rows += double{1.0} * group.num_blocks * group.heads * model_.num_queries(group);
      if (group.key_grid.num_patches() > kMaxGeneratedKeys) {
        throw ConfigError("/maps/kind",
                          fmt::format("{} key patches in \"{}\"; expected at most 2^18 "
                                      "for generated maps",
                                      group.key_grid.num_patches(), group.name));
      }
    }
    if (rows > kMaxGeneratedRows) {
      throw ConfigError("/maps/kind", fmt::format("{:.3g} rows of all heads; expected at most 2^26 "
                                                  "for generated maps",
                                                  rows));
    }
  }

  /// read_group(path, group, index of the group) for each group's file.
  template <typename ReadGroup>
  Json read_files(const std::vector<std::string>& files, ReadGroup&& read_group) const {
    if (files.size() != model_.groups.size()) {
      throw ConfigError("/maps/files",
                        fmt::format("{} for the {} of {}", count_of(files.size(), "file"),
                                    count_of(model_.groups.size(), "group"), model_.name));
    }
    check_held_entries("/maps", 1.0);
    Json provenance = Json::array();
    std::size_t block = 0;
    for (std::size_t g = 0; g < files.size(); ++g) {
      const GroupMaps maps = read_group(base_dir_ / files[g], model_.groups[g], g);
      for (const HeadMaps& heads : maps.blocks) {
        for (const KeptMap& map : heads) polarizer_.take(block, map);
        ++block;
      }
      if (!maps.warning.empty()) warnings_.push_back(maps.warning);
      provenance.push_back({{"file", maps.file_name}, {"sha256", maps.sha256}});
    }
    return provenance;
  }

  const ModelConfig& model_;
  const std::filesystem::path& base_dir_;
  Polarizer& polarizer_;
  std::vector<std::string>& warnings_;
};

ModelConfig resolve_model(const WorkloadSpec& spec, const std::filesystem::path& base_dir) {
  if (spec.inline_model) return *spec.inline_model;
  if (is_model_file(spec.model_name)) return read_model_file(base_dir / spec.model_name);
  try {
    return load_model(spec.model_name);
  } catch (const UnknownModelError& error) {
    throw ConfigError("/model", error.what());
  }
}

/// Q and K that masks are predicted from, and those of linear attention, are not compressed.
bool has_auto_encoder(const WorkloadSpec& spec) {
  const bool is_linear = spec.shift_add && spec.shift_add->attention != AttentionForm::kScores;
  return !spec.dynamic_masks && !is_linear && spec.auto_encoder.value_or(true);
}

/// The specification with the model and the files in full: everything the trace depends on.
Json resolved(const Json& specification, const WorkloadSpec& spec, const ModelConfig& model,
              const Json& files) {
  Json json = specification;
  json["model"] = to_json(model);
  if (!files.empty()) json["maps"]["files"] = files;
  json["auto_encoder"] = has_auto_encoder(spec);
  json["values"] = {{"seed", spec.values.value_or(ValuesSpec{}).seed}};
  return json;
}

/// The blocks that run, if not all: what is asked for, or, where features are taken, all but the
/// last one: they are those of the hidden state before it.
std::optional<std::vector<std::uint32_t>> layers_to_run(const WorkloadSpec& spec,
                                                        const ModelConfig& model) {
  if (spec.layers || !ends_in_features(spec.tokens)) return spec.layers;
  std::vector<std::uint32_t> layers(attention_blocks(model).size() - 1);
  if (layers.empty()) {
    throw ConfigError("/layers", fmt::format("is missing; {} has one layer, and features are taken "
                                             "before the last one",
                                             model.name));
  }
  std::iota(layers.begin(), layers.end(), 0U);
  return layers;
}

/// Throws ConfigError unless what the specification asks for and the model fit together.
void check_parts(const WorkloadSpec& spec, const ModelConfig& model) {
  const std::size_t num_blocks = attention_blocks(model).size();
  if (spec.layers && spec.layers->back() >= num_blocks) {
    throw ConfigError("/layers", fmt::format("{} is not a layer of {}; expected less than {}",
                                             spec.layers->back(), model.name, num_blocks));
  }
  if (spec.shift_add) check_codes(*spec.shift_add, model);
  const bool is_whole = spec.scope == Scope::kModel;
  if (is_whole) {
    check_whole_model(model);
    if (model.patch_samples && !spec.tokens) {
      throw ConfigError("/tokens",
                        fmt::format("is missing; the embedding of {} grows where tokens are "
                                    "selected (a keep_ratio of 1 keeps all)",
                                    model.name));
    }
    if (model.memory && spec.tokens) {
      throw ConfigError("/tokens", fmt::format("{} has a memory, which all tokens read and write; "
                                               "expected no token dropping beside it",
                                               model.name));
    }
    if (spec.layers) check_chosen_blocks(model, *spec.layers);
    if (spec.shift_add) check_shift_add(*spec.shift_add, model);
  }
  if (spec.tokens) check_tokens(*spec.tokens, model, is_whole);
}

}  // namespace

Trace make_trace(const Json& specification, const std::filesystem::path& base_dir,
                 std::vector<std::string>* warnings) {
  auto spec = read_config<WorkloadSpec>(specification);
  const ModelConfig model = resolve_model(spec, base_dir);
  check_parts(spec, model);
  spec.layers = layers_to_run(spec, model);
  Polarizer polarizer(spec, model);
  std::vector<std::string> ignored;
  const Json files =
      std::visit(MapsMaker(model, base_dir, polarizer, warnings != nullptr ? *warnings : ignored),
                 spec.maps.source);
  Trace trace;
  trace.name = model.name;
  trace.provenance = resolved(specification, spec, model, files).dump();
  trace.value_seed = spec.values.value_or(ValuesSpec{}).seed;
  TokenStages stages(trace, spec);
  const bool auto_encoder = has_auto_encoder(spec);
  if (spec.scope == Scope::kModel) {
    const ShiftAddSpec shift_add = spec.shift_add.value_or(ShiftAddSpec{});
    if (shift_add.has_mixture()) trace.token_seed = shift_add.seed.value_or(0);
    append_model(trace, model, polarizer.take_blocks(), auto_encoder, shift_add, stages);
  } else {
    append_attention(trace, model, polarizer.take_blocks(), auto_encoder, stages);
  }
  return trace;
}

}  // namespace vitcod
