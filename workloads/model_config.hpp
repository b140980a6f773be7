// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"

namespace vitcod {

/// The tokens of an image as a rectangle of patches; {1, n} for a sequence of n tokens.
struct TokenGrid {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;

  std::uint32_t num_patches() const { return rows * columns; }
};

/// One convolution of the stem (or the patch embedding, whose stride is its kernel).
struct StemLayer {
  std::uint32_t in_channels = 0;
  std::uint32_t out_channels = 0;
  std::uint32_t kernel = 0;
  std::uint32_t stride = 0;
};

/// Consecutive attention blocks of one shape; the attention maps of a group are one `.npy` file.
struct AttentionGroup {
  std::string name;
  std::uint32_t num_blocks = 0;
  std::uint32_t heads = 0;
  TokenGrid query_grid;
  TokenGrid key_grid;                    ///< larger than query_grid where the block subsamples
  std::uint32_t key_dim = 0;             ///< features of a head's Q and K
  std::uint32_t value_dim = 0;           ///< features of a head's V and output
  std::uint32_t auto_encoder_heads = 0;  ///< heads of the compressed Q and K; 0: not compressed
  // What lies around attention; attention scope does without.
  std::optional<std::uint32_t> width_in;    ///< channels of the block's input
  std::optional<std::uint32_t> width_out;   ///< channels after the output projection
  std::optional<std::uint32_t> mlp_hidden;  ///< hidden channels of the MLP that follows
  /// Tokens of a sequence that a row of the MLP's second layer takes, and tokens between two rows
  /// (Strided Transformer); absent: 1.
  std::optional<std::uint32_t> mlp_kernel, mlp_stride;
  std::optional<bool> residual;  ///< whether attention adds to its input
  /// Level of the lifting scheme whose detail bands the channels are made of that this group has
  /// more than the one before (IRET); absent: it has as many.
  std::optional<std::uint32_t> growth_level;
};

/// Full-resolution samples of a patch, from which an embedding grows.
struct PatchSamples {
  std::uint32_t side = 0;
  std::uint32_t channels = 0;
};

/// A second stream of tokens beside the blocks' own (ViTTM): each block first reads it, by linear
/// attention, and in the end writes to it.
struct MemoryStream {
  TokenGrid grid;             ///< of its tokens
  StemLayer patch;            ///< that embeds them
  std::uint32_t key_dim = 0;  ///< features of a head's Q and K of reading and writing
};

/// Shapes of one model: data from configs/models/NAME.json, another file, or inline in a workload.
struct ModelConfig {
  std::string name;
  std::optional<std::string> source;  ///< where the shapes come from
  /// Tokens before the patches of the grids: class, distillation and register tokens. Their rows
  /// and columns of attention maps are kept whole.
  std::uint32_t prefix_tokens = 0;
  // What lies around the attention blocks; attention scope does without.
  std::optional<std::uint32_t> image_size;
  std::vector<StemLayer> stem;
  std::optional<PatchSamples> patch_samples;  ///< where groups grow (growth_level)
  std::optional<MemoryStream> memory;
  std::optional<std::string> activation;  ///< of the MLPs, e.g. "gelu"
  std::optional<bool> pre_norm;  ///< whether the first tokens are normalised (CLIP); absent: no
  std::optional<std::uint32_t> classes;
  /// Distilled models have two: prefix tokens go to one each, a pooled token to all. Absent: 1.
  std::optional<std::uint32_t> classifiers;
  std::vector<AttentionGroup> groups;  ///< in the order in which they run

  std::uint32_t num_queries(const AttentionGroup& group) const {
    return group.query_grid.num_patches() + prefix_tokens;
  }
  std::uint32_t num_keys(const AttentionGroup& group) const {
    return group.key_grid.num_patches() + prefix_tokens;
  }
};

/// One attention block of a model: a layer of reports.
struct AttentionBlock {
  std::string name;         ///< "layer3" if the model has one group, else "stage0/2"
  std::uint32_t group = 0;  ///< index into ModelConfig::groups
  std::uint32_t index_in_group = 0;
};

void read(ConfigReader& reader, StemLayer& layer);
void read(ConfigReader& reader, PatchSamples& samples);
void read(ConfigReader& reader, MemoryStream& memory);
void read(ConfigReader& reader, AttentionGroup& group);
void read(ConfigReader& reader, ModelConfig& model);

/// The attention blocks in the order in which they run. A group of one block beside other groups
/// has the group's name, e.g. "subsample0".
std::vector<AttentionBlock> attention_blocks(const ModelConfig& model);

/// No file of that name in configs/models/; the message lists the names there are.
class UnknownModelError final : public InputError {
 public:
  using InputError::InputError;
};

/// Reads configs/models/NAME.json. Throws UnknownModelError, or FileError for a wrong file.
ModelConfig load_model(const std::string& name);

/// Whether the model that a workload names is a file: "NAME.json", or anything with a folder.
bool is_model_file(const std::string& name);

/// Reads a model's file. Throws FileError.
ModelConfig read_model_file(const std::filesystem::path& file);

/// The model as a JSON object that `read` accepts.
Json to_json(const ModelConfig& model);

}  // namespace vitcod
