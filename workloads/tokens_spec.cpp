// SPDX-License-Identifier: Apache-2.0
#include "workloads/tokens_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "sim/base/errors.hpp"
#include "workloads/model_shape.hpp"

namespace vitcod {
namespace {

constexpr std::array<std::pair<std::string_view, TokensKind>, 5> kKinds{
    {{"iret", TokensKind::kIret},
     {"dynamicvit", TokensKind::kDynamicVit},
     {"evit", TokensKind::kEvit},
     {"tome", TokensKind::kTome},
     {"hired", TokensKind::kHired}}};

constexpr std::array<std::pair<std::string_view, RestrictedMaps>, 2> kRestrictedMaps{
    {{"fixed", RestrictedMaps::kFixed}, {"oracle", RestrictedMaps::kOracle}}};

bool is_ascending(const std::vector<std::uint32_t>& numbers) {
  return std::is_sorted(numbers.begin(), numbers.end(), std::less_equal<>());
}

void read_seed(ConfigReader& reader, TokensSpec& tokens) {
  reader.required("seed", tokens.seed,
                  "seed of the image: where it is salient, how sure exits are");
}

void read_seed_and_masks(ConfigReader& reader, TokensSpec& tokens) {
  read_seed(reader, tokens);
  reader.optional_enum("masks", tokens.maps, EnumNames<RestrictedMaps>(kRestrictedMaps),
                       "maps behind a selection: the offline ones restricted (fixed), or polarized "
                       "again for the kept tokens (oracle); absent: fixed");
}

void read_boundaries(ConfigReader& reader, TokensSpec& tokens) {
  reader.required("boundaries", tokens.boundaries,
                  "attention blocks where tokens are selected, ascending", Range<std::uint32_t>{},
                  Length{1});
  reader.require(is_ascending(tokens.boundaries), "boundaries", "expected them in ascending order");
}

constexpr const char* kKeepRatio =
    "share of the patches that each boundary leaves of those before it";

void read_iret(ConfigReader& reader, TokensSpec& tokens) {
  read_boundaries(reader, tokens);
  reader.optional("threshold", tokens.threshold,
                  "least score of a patch that stays, as a share of the score of even attention",
                  at_least(0.0));
  reader.optional("keep_ratio", tokens.keep_ratio, kKeepRatio, Range<double>{0.0, 1.0});
  reader.optional("keep_patches", tokens.keep_patches, "patches that each boundary leaves",
                  at_least(1U), Length{1});
  read_seed_and_masks(reader, tokens);
  reader.optional_object("exits", tokens.exits, "early exits at boundaries; absent: none");
  if (reader.is_describing()) return;
  const int rules =
      (tokens.threshold ? 1 : 0) + (tokens.keep_ratio ? 1 : 0) + (tokens.keep_patches ? 1 : 0);
  reader.require(
      rules == 1, "threshold",
      fmt::format("expected one of threshold, keep_ratio and keep_patches, found {}", rules));
  if (tokens.keep_patches) {
    reader.require(tokens.keep_patches->size() == tokens.boundaries.size(), "keep_patches",
                   fmt::format("{} numbers for {} boundaries", tokens.keep_patches->size(),
                               tokens.boundaries.size()));
  }
}

/// A published schedule of fixed counts.
void read_published(ConfigReader& reader, TokensSpec& tokens) {
  read_boundaries(reader, tokens);
  double keep_ratio = 1.0;
  reader.required("keep_ratio", keep_ratio, kKeepRatio, Range<double>{0.0, 1.0});
  tokens.keep_ratio = keep_ratio;
  if (tokens.fuse && !reader.is_describing()) return read_seed(reader, tokens);
  read_seed_and_masks(reader, tokens);
}

void read_evit(ConfigReader& reader, TokensSpec& tokens) {
  std::optional<bool> fuse;
  reader.optional("fuse", fuse,
                  "whether dropped patches become one token more, their mean weighted by scores; "
                  "maps are then merged and polarized again, and \"masks\" is absent");
  tokens.fuse = fuse.value_or(false);
  read_published(reader, tokens);
}

void read_tome(ConfigReader& reader, TokensSpec& tokens) {
  reader.required("r", tokens.merged,
                  "pairs of tokens that each block merges, or all pairs if there are fewer",
                  Range{1U, 1U << 15U});
  read_seed(reader, tokens);
}

void read_hired(ConfigReader& reader, TokensSpec& tokens) {
  double rate = 1.0;
  reader.required("rate", rate, "share of the patches that are kept", Range<double>{0.0, 1.0});
  tokens.keep_ratio = rate;
  reader.optional_object(
      "partitions", tokens.partitions,
      "which partition of an image of several this is; absent: the image is one");
  read_seed(reader, tokens);
}

/// The checks of a schedule against a model.
class ScheduleCheck {
 public:
  ScheduleCheck(const TokensSpec& tokens, const ModelConfig& model)
      : tokens_(tokens), model_(model), blocks_(attention_blocks(model)) {}

  void check_depth() const {
    for (const std::uint32_t boundary : tokens_.boundaries) {
      require(boundary >= 1 && boundary < blocks_.size(), "/tokens/boundaries",
              fmt::format("{} is not between two layers of {}; expected 1 to {}", boundary,
                          model_.name, blocks_.size() - 1));
    }
    if (!tokens_.exits || !tokens_.exits->boundaries) return;
    for (const std::uint32_t exit : *tokens_.exits->boundaries) {
      require(is_boundary(exit), "/tokens/exits/boundaries",
              exit >= blocks_.size()
                  ? fmt::format("{} is behind the last layer of {}, which ends in a classifier",
                                exit, model_.name)
                  : fmt::format("{} is not one of the boundaries {}", exit,
                                fmt::join(tokens_.boundaries, ", ")));
    }
  }

  void check_partitions() const {
    if (!tokens_.partitions) return;
    const TokenGrid& grid = model_.groups.front().key_grid;
    const std::uint32_t rows = tokens_.partitions->tiling[0];
    const std::uint32_t columns = tokens_.partitions->tiling[1];
    require(grid.rows % rows == 0 && grid.columns % columns == 0, "/tokens/partitions/tiling",
            fmt::format("{} x {} sub-images do not divide the {} x {} patches of {}", rows, columns,
                        grid.rows, grid.columns, model_.name));
  }

  void check_patches() const {
    require(
        model_.prefix_tokens > 0, "/tokens",
        fmt::format("{} has no class token, by whose attention tokens are selected", model_.name));
    const std::uint32_t patches = model_.groups.front().key_grid.num_patches();
    for (const AttentionGroup& group : model_.groups) {
      require(group.query_grid.num_patches() == patches && group.key_grid.num_patches() == patches,
              "/tokens",
              fmt::format("\"{}\" of {} changes the number of patches itself", group.name,
                          model_.name));
    }
    if (tokens_.threshold || tokens_.kind == TokensKind::kTome) return;
    if (tokens_.kind == TokensKind::kHired && !tokens_.partitions) {
      require(tokens_.patches_left(0, patches) >= 1, "/tokens/rate",
              fmt::format("0 of {} patches are kept; expected at least 1", patches));
    }
    std::uint32_t before = patches;
    for (std::size_t i = 0; i < tokens_.boundaries.size(); ++i) {
      const std::uint32_t left = tokens_.patches_left(i, patches);
      require(left >= 1 && left <= before,
              tokens_.keep_ratio ? "/tokens/keep_ratio" : "/tokens/keep_patches",
              fmt::format("{} patches are left of {} at boundary {}; expected 1 to {}", left,
                          before, tokens_.boundaries[i], before));
      require(!tokens_.fuse || left < before, "/tokens/fuse",
              fmt::format("none of {} patches is dropped at boundary {}", before,
                          tokens_.boundaries[i]));
      before = left + (tokens_.fuse ? 1 : 0);
    }
  }

  /// That the embedding grows where tokens are selected, if the schedule is IRET's, and else not.
  void check_growth() const {
    if (tokens_.kind != TokensKind::kIret) {
      require(!model_.patch_samples, "/tokens/kind",
              fmt::format("the embedding of {} grows; expected \"iret\"", model_.name));
      return;
    }
    bool grows = false;
    for (std::uint32_t b = 0; b < blocks_.size(); ++b) {
      const AttentionGroup& group = model_.groups[blocks_[b].group];
      if (blocks_[b].index_in_group != 0 || !group.growth_level) continue;
      grows = true;
      require(is_boundary(b), "/tokens/boundaries",
              fmt::format("{} grows before layer {}; expected a boundary there", model_.name, b));
    }
    require(grows, "/model",
            fmt::format("{} does not grow its embedding; tokens of kind \"iret\" in scope "
                        "\"model\" need a model with growth_level, such as iret-tiny",
                        model_.name));
  }

  /// That there is a stream whose rows can be merged, and one class token.
  void check_merging(bool whole) const {
    if (!tokens_.fuse && tokens_.kind != TokensKind::kTome) return;
    const char* pointer = tokens_.fuse ? "/tokens/fuse" : "/tokens/kind";
    require(whole, pointer, "scope \"attention\" has no rows to merge; expected scope \"model\"");
    require(model_.prefix_tokens == 1, pointer,
            fmt::format("{} has {} prefix tokens; expected one, which is never merged", model_.name,
                        model_.prefix_tokens));
  }

  void check_stream() const {
    require(ModelShape(model_).has_norms(), "/tokens",
            fmt::format("the residual stream of {} has 8 bits; expected one of 16, as \"gelu\" and "
                        "\"relu\" have",
                        model_.name));
  }

 private:
  bool is_boundary(std::uint32_t block) const {
    return std::binary_search(tokens_.boundaries.begin(), tokens_.boundaries.end(), block);
  }
  static void require(bool ok, const char* pointer, const std::string& message) {
    if (!ok) throw ConfigError(pointer, message);
  }

  const TokensSpec& tokens_;
  const ModelConfig& model_;
  const std::vector<AttentionBlock> blocks_;
};

}  // namespace

std::uint32_t TokensSpec::patches_left(std::size_t index, std::uint32_t patches) const {
  if (keep_patches) return (*keep_patches)[index];
  // A product such as 0.7 x 10 may come out beside the whole number that is meant.
  constexpr double kNearly = 1e-6;
  double left = patches;
  for (std::size_t i = 0; i <= index; ++i) {
    left *= keep_ratio.value_or(1.0);
    if (kind == TokensKind::kEvit) left = std::ceil(left - kNearly);
    if (fuse && i < index) left += 1.0;
  }
  return static_cast<std::uint32_t>(left + kNearly);
}

void read(ConfigReader& reader, ExitsSpec& exits) {
  reader.required("confidence", exits.confidence, "least share of the likeliest class",
                  Range<double>{0.0, 1.0});
  reader.optional("boundaries", exits.boundaries, "those with an exit, ascending; absent: all",
                  Range<std::uint32_t>{}, Length{1});
  if (reader.is_describing() || !exits.boundaries) return;
  reader.require(is_ascending(*exits.boundaries), "boundaries", "expected them in ascending order");
}

void read(ConfigReader& reader, PartitionsSpec& partitions) {
  reader.required("tiling", partitions.tiling, "rows and columns of sub-images", Range{1U, 16U},
                  Length{2, 2});
  reader.required("index", partitions.index,
                  "0 for the whole image, else a sub-image, counted row by row from 1",
                  Range{0U, 256U});
  reader.required("alpha", partitions.alpha,
                  "share of all kept patches that the whole image may keep", Range{0.0, 1.0});
  if (reader.is_describing()) return;
  const std::uint32_t last = partitions.tiling[0] * partitions.tiling[1];
  reader.require(partitions.index <= last, "index",
                 fmt::format("{} is not one of the {} partitions; expected 0 to {}",
                             partitions.index, last + 1, last));
}

void read(ConfigReader& reader, TokensSpec& tokens) {
  reader.required_variant("kind", EnumNames<TokensKind>(kKinds), "how tokens are dropped",
                          [&tokens](ConfigReader& rest, TokensKind kind) {
                            tokens.kind = kind;
                            if (kind == TokensKind::kIret) return read_iret(rest, tokens);
                            if (kind == TokensKind::kHired) return read_hired(rest, tokens);
                            if (kind == TokensKind::kTome) return read_tome(rest, tokens);
                            if (kind == TokensKind::kEvit) return read_evit(rest, tokens);
                            read_published(rest, tokens);
                          });
}

void check_tokens(const TokensSpec& tokens, const ModelConfig& model, bool whole) {
  const ScheduleCheck check(tokens, model);
  check.check_depth();
  check.check_patches();
  check.check_partitions();
  check.check_merging(whole);
  if (whole) {
    check.check_growth();
    check.check_stream();
  } else if (tokens.exits) {
    throw ConfigError("/tokens/exits", "scope \"attention\" has no classes; expected none");
  }
}

}  // namespace vitcod
