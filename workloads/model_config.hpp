// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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
  std::uint32_t width_in = 0;            ///< channels of the block's input
  std::uint32_t width_out = 0;           ///< channels after the output projection
  std::uint32_t mlp_hidden = 0;          ///< hidden channels of the MLP that follows
  bool residual = false;                 ///< whether attention adds to its input
};

/// Shapes of one model: data from configs/models/NAME.json or inline in a run config.
struct ModelConfig {
  std::string name;
  std::string source;  ///< where the shapes come from
  bool cls = false;    ///< token 0 is the class token, beside the patches of the grids
  std::uint32_t image_size = 0;
  std::vector<StemLayer> stem;
  std::string activation;  ///< of the MLPs, e.g. "gelu"
  std::uint32_t classes = 0;
  std::vector<AttentionGroup> groups;  ///< in the order in which they run

  std::uint32_t num_queries(const AttentionGroup& group) const {
    return group.query_grid.num_patches() + (cls ? 1 : 0);
  }
  std::uint32_t num_keys(const AttentionGroup& group) const {
    return group.key_grid.num_patches() + (cls ? 1 : 0);
  }
};

/// One attention block of a model: a layer of reports.
struct AttentionBlock {
  std::string name;         ///< "layer3" if the model has one group, else "stage0/2"
  std::uint32_t group = 0;  ///< index into ModelConfig::groups
  std::uint32_t index_in_group = 0;
};

void read(ConfigReader& reader, StemLayer& layer);
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

/// The model as a JSON object that `read` accepts.
Json to_json(const ModelConfig& model);

}  // namespace vitcod
