// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "sim/base/errors.hpp"
#include "workloads/model_shape.hpp"

namespace vitcod {
namespace {

/// Features of a product, of which a sum has 32 bits.
constexpr std::uint64_t kMaxFeatures = 1U << 16;
/// Tokens of the image, or of the places of a convolution.
constexpr std::uint64_t kMaxPlaces = std::uint64_t{1} << 31;

class WholeModelCheck {
 public:
  explicit WholeModelCheck(const ModelConfig& model) : model_(model) {}

  void all() const {
    require(!model_.stem.empty(), "stem", "is missing");
    require(model_.image_size.has_value() || has_rows(), "image_size", "is missing");
    require(model_.activation.has_value(), "activation", "is missing");
    const std::string& activation = *model_.activation;
    require(activation == "gelu" || activation == "hardswish" || activation == "relu", "activation",
            fmt::format("expected \"gelu\", \"hardswish\" or \"relu\", found \"{}\"", activation));
    require(model_.classes.has_value(), "classes", "is missing");
    const std::uint32_t classifiers = model_.classifiers.value_or(1);
    require(model_.prefix_tokens == 0 || classifiers <= model_.prefix_tokens, "classifiers",
            fmt::format("{} of them for {} prefix tokens, of which each takes one", classifiers,
                        model_.prefix_tokens));
    for (const AttentionGroup& group : model_.groups) check_group(group);
    check_stem();
    for (std::size_t g = 1; g < model_.groups.size(); ++g) {
      check_succession(model_.groups[g - 1], model_.groups[g]);
    }
    check_growth();
    if (model_.memory) check_memory(*model_.memory);
  }

 private:
  void check_group(const AttentionGroup& group) const {
    const std::string name = fmt::format("\"{}\"", group.name);
    require(group.width_in.has_value(), "width_in", "is missing in " + name);
    require(group.width_out.has_value(), "width_out", "is missing in " + name);
    require(group.mlp_hidden.has_value(), "mlp_hidden", "is missing in " + name);
    require(group.residual.has_value(), "residual", "is missing in " + name);
    const std::uint64_t widest =
        std::uint64_t{group.heads} * std::max(group.key_dim, group.value_dim);
    require(widest <= kMaxFeatures, "heads",
            fmt::format("{} features of all heads in {}; expected at most 2^16", widest, name));
    const bool is_square = same(group.query_grid, group.key_grid);
    const bool keeps_shape = is_square && group.width_in == group.width_out;
    require(!*group.residual || keeps_shape, "residual",
            fmt::format("{} adds its input to a result of another shape", name));
    require(group.num_blocks == 1 || keeps_shape, "num_blocks",
            fmt::format("{} has {} blocks, and the next could not read what one makes", name,
                        group.num_blocks));
    if (!is_square) check_subsampling(group);
    check_mlp(group);
  }

  void check_mlp(const AttentionGroup& group) const {
    const std::optional<Window> window = ModelShape::mlp_window(group);
    if (!window) return;
    const TokenGrid& tokens = group.query_grid;
    require(tokens.rows == 1 && model_.prefix_tokens == 0, "mlp_kernel",
            fmt::format("\"{}\" has {} x {} patches and {} prefix tokens; expected a sequence "
                        "without",
                        group.name, tokens.rows, tokens.columns, model_.prefix_tokens));
    const std::uint64_t padded = tokens.columns + 2 * std::uint64_t{window->padding_columns};
    require(window->kernel_columns <= padded, "mlp_kernel",
            fmt::format("{} tokens of {} in \"{}\"", window->kernel_columns, tokens.columns,
                        group.name));
    const std::uint64_t features = std::uint64_t{*group.mlp_hidden} * window->kernel_columns;
    require(
        features <= kMaxFeatures, "mlp_kernel",
        fmt::format("{} features under it in \"{}\"; expected at most 2^16", features, group.name));
    require(group.num_blocks == 1 || window->output_columns() == tokens.columns, "mlp_stride",
            fmt::format("\"{}\" has {} blocks, and the next could not read what one makes",
                        group.name, group.num_blocks));
  }

  void check_subsampling(const AttentionGroup& group) const {
    const TokenGrid &queries = group.query_grid, &keys = group.key_grid;
    const Window window = *ModelShape(model_).query_window(group);
    require(model_.prefix_tokens == 0 && window.output_rows() == queries.rows &&
                window.output_columns() == queries.columns,
            "query_grid",
            fmt::format("{} x {} queries in \"{}\" are no regular part of {} x {} keys without "
                        "prefix tokens",
                        queries.rows, queries.columns, group.name, keys.rows, keys.columns));
  }

  void check_stem() const {
    const StemLayer* last = nullptr;
    for (const StemLayer& layer : model_.stem) {
      require(last == nullptr || layer.in_channels == last->out_channels, "stem",
              "a layer does not read as many channels as the one before it makes");
      const std::uint64_t features = std::uint64_t{layer.kernel} * layer.kernel * layer.in_channels;
      require(features <= kMaxFeatures, "stem",
              fmt::format("{} values under a kernel; expected at most 2^16", features));
      last = &layer;
    }
    const AttentionGroup& first = model_.groups.front();
    require(last->out_channels == *first.width_in, "stem",
            fmt::format("it makes {} channels, and the first group has {}", last->out_channels,
                        *first.width_in));
    if (model_.image_size) check_places();
    require(model_.prefix_tokens == 0 || ModelShape(model_).embeds_patches(), "stem",
            "prefix tokens behind convolutions; expected an embedding of patches");
  }

  /// The stem's places, and that the last are the patches of the first group.
  void check_places() const {
    const TokenGrid& grid = model_.groups.front().key_grid;
    std::uint64_t side = *model_.image_size;
    for (const StemLayer& layer : model_.stem) {
      require(side * side <= kMaxPlaces, "image_size",
              fmt::format("{} x {} places; expected at most 2^31", side, side));
      const std::uint64_t padding =
          ModelShape(model_).embeds_patches() ? 0 : (layer.kernel - 1) / 2;
      require(layer.kernel <= side + 2 * padding, "stem",
              fmt::format("a kernel of {} on an image of {} x {}", layer.kernel, side, side));
      side = (side + 2 * padding - layer.kernel) / layer.stride + 1;
    }
    require(side == grid.rows && side == grid.columns, "stem",
            fmt::format("it leaves {} x {} patches, and the first group has {} x {}", side, side,
                        grid.rows, grid.columns));
  }

  void check_succession(const AttentionGroup& before, const AttentionGroup& group) const {
    const TokenGrid left = ModelShape::output_grid(before);
    const bool fits =
        group.growth_level ? before.width_out < group.width_in : before.width_out == group.width_in;
    require(
        same(left, group.key_grid) && fits, "groups",
        fmt::format("\"{}\" leaves {} x {} patches of {} channels, and \"{}\" takes {} x {} of {}",
                    before.name, left.rows, left.columns, *before.width_out, group.name,
                    group.key_grid.rows, group.key_grid.columns, *group.width_in));
  }

  /// That the stem takes the LL band that the detail bands of all growth leave of a patch.
  void check_growth() const {
    std::uint32_t most = 0;
    for (const AttentionGroup& group : model_.groups) {
      most = std::max(most, group.growth_level.value_or(0));
    }
    require(!model_.groups.front().growth_level, "growth_level",
            "the first group has no other before it");
    require((most > 0) == model_.patch_samples.has_value(), "patch_samples",
            most > 0 ? "is missing, and groups grow" : "no group grows");
    if (most == 0) return;
    const PatchSamples& patch = *model_.patch_samples;
    const StemLayer& stem = model_.stem.front();
    require(ModelShape(model_).has_norms() && ModelShape(model_).embeds_patches() &&
                std::uint64_t{stem.kernel} << most == patch.side &&
                stem.in_channels == patch.channels,
            "patch_samples",
            fmt::format("{0} x {0} samples of {1} channels, {2} times halved, are not the patches "
                        "that the stem embeds",
                        patch.side, patch.channels, most));
    const std::uint64_t samples = std::uint64_t{patch.side} * patch.side * patch.channels;
    require(samples <= kMaxFeatures, "patch_samples",
            fmt::format("{} samples of a patch; expected at most 2^16", samples));
  }

  /// That each block can read the memory, and write to it.
  void check_memory(const MemoryStream& memory) const {
    require(
        ModelShape(model_).has_norms() && ModelShape(model_).embeds_patches() &&
            model_.prefix_tokens == 0 && !model_.patch_samples && model_.image_size,
        "memory",
        "beside an image of embedded patches, with norms, and without prefix tokens and growth");
    const StemLayer& patch = memory.patch;
    const std::uint32_t side = *model_.image_size;
    const std::uint32_t tokens = patch.kernel > side ? 0 : (side - patch.kernel) / patch.stride + 1;
    require(
        patch.kernel == patch.stride && tokens == memory.grid.rows && tokens == memory.grid.columns,
        "memory",
        fmt::format("{0} x {0} patches of {1} x {1} at a stride of {2}, and {3} x {4} tokens",
                    tokens, patch.kernel, patch.stride, memory.grid.rows, memory.grid.columns));
    const std::uint64_t features = std::uint64_t{patch.kernel} * patch.kernel * patch.in_channels;
    require(features <= kMaxFeatures, "memory",
            fmt::format("{} values of a patch; expected at most 2^16", features));
    for (const AttentionGroup& group : model_.groups) check_exchange(group, memory);
  }

  void check_exchange(const AttentionGroup& group, const MemoryStream& memory) const {
    const std::uint32_t width = memory.patch.out_channels;
    require(group.width_in == width && group.width_out == width, "memory",
            fmt::format("of {} channels, and \"{}\" takes {} and makes {}", width, group.name,
                        *group.width_in, *group.width_out));
    require(width % group.heads == 0, "memory",
            fmt::format("of {} channels, which the {} heads of \"{}\" do not divide", width,
                        group.heads, group.name));
    const std::uint64_t keys = std::uint64_t{group.heads} * memory.key_dim;
    require(keys <= kMaxFeatures, "memory",
            fmt::format("{} features of Q of all heads; expected at most 2^16", keys));
  }

  /// Whether the tokens are given as rows of numbers: there is no image that they are patches of.
  bool has_rows() const {
    return model_.stem.size() == 1 && model_.stem.front().kernel == 1 &&
           model_.stem.front().stride == 1;
  }

  static bool same(const TokenGrid& a, const TokenGrid& b) {
    return a.rows == b.rows && a.columns == b.columns;
  }

  void require(bool ok, const char* key, const std::string& message) const {
    if (ok) return;
    throw ConfigError("/model",
                      fmt::format("{}: {}: {}; scope \"model\" needs all that lies around "
                                  "the attention blocks",
                                  model_.name, key, message));
  }

  const ModelConfig& model_;
};

/// What passes from block to block.
struct Stream {
  TokenGrid grid;
  std::uint32_t channels = 0;

  bool operator==(const Stream& other) const {
    return grid.rows == other.grid.rows && grid.columns == other.grid.columns &&
           channels == other.channels;
  }
  std::string text() const {
    return fmt::format("{} x {} patches of {} channels", grid.rows, grid.columns, channels);
  }
};

Stream taken_by(const AttentionGroup& group) { return {group.key_grid, *group.width_in}; }
Stream left_by(const AttentionGroup& group) {
  return {ModelShape::output_grid(group), *group.width_out};
}

}  // namespace

void check_whole_model(const ModelConfig& model) { WholeModelCheck(model).all(); }

void check_chosen_blocks(const ModelConfig& model, const std::vector<std::uint32_t>& blocks) {
  const std::vector<AttentionBlock> all = attention_blocks(model);
  Stream stream = taken_by(model.groups.front());
  const auto require = [&stream](const Stream& taken, const std::string& by) {
    if (taken == stream) return;
    throw ConfigError("/layers",
                      fmt::format("{} takes {}, and {} come to it; expected layers of scope "
                                  "\"model\" that fit together",
                                  by, taken.text(), stream.text()));
  };
  for (const std::uint32_t block : blocks) {
    const AttentionGroup& group = model.groups[all[block].group];
    require(taken_by(group), all[block].name);
    stream = left_by(group);
  }
  require(left_by(model.groups.back()), "the head");
}

}  // namespace vitcod
