// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/token_merging/merge_stream.hpp"

#include <fmt/format.h>

#include "hw_models/compiler/operation_index.hpp"
#include "hw_models/compiler/token_tiles.hpp"
#include "hw_models/token_matcher/match_placement.hpp"
#include "hw_models/token_merger/merge_placement.hpp"
#include "workloads/token_merging.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kWordBytes = 2;

const TokenMergerCost& merger_of(const Operation& operation, const StreamContext& context) {
  if (!context.limits.merger) fail(operation, "this machine has no token_merger");
  return *context.limits.merger;
}

/// Makes the loads and stores of one merging, tile by tile.
class MergeTiles {
 public:
  MergeTiles(const Operation& operation, const StreamContext& context)
      : operation_(operation),
        context_(context),
        fuse_(std::get<TokenFuse>(operation.params)),
        cost_(merger_of(operation, context)),
        members_(members_of(context.trace, operation, operation.inputs[1])) {
    if (fuse_.tokens_in <= cost_.max_tokens && fuse_.features <= cost_.max_features) return;
    fail(operation,
         fmt::format("{} tokens of {} features; token_merger/max_tokens of the machine "
                     "are {}, max_features {}",
                     fuse_.tokens_in, fuse_.features, cost_.max_tokens, cost_.max_features));
  }

  std::vector<StreamTile> tiles() const {
    std::vector<StreamTile> tiles;
    const std::uint32_t size_bytes = has_sizes() ? kWordBytes : 0;
    std::uint32_t member = 0;
    for (const TokenTile& tile :
         token_tiles(operation_.name, fuse_.tokens_out, row_bytes() + size_bytes,
                     context_.limits.output_bytes)) {
      tiles.push_back(make(tile, member));
    }
    return tiles;
  }

 private:
  bool has_sizes() const { return operation_.outputs.size() > 1; }
  std::uint32_t row_bytes() const {
    return static_cast<std::uint32_t>(kMergeElementBytes) * fuse_.features;
  }

  /// A tile of groups; `member` is its first one, and then that behind it.
  StreamTile make(const TokenTile& tile, std::uint32_t& member) const {
    MergePlacement placement;
    placement.tokens = fuse_.tokens_in;
    placement.features = fuse_.features;
    placement.first_member = member;
    placement.groups_before.push_back(0);
    std::uint32_t several = 0;
    while (placement.groups_before.back() < tile.num_tokens) {
      const bool ends = members_.ends[member++];
      placement.groups_before.push_back(placement.groups_before.back() + (ends ? 1 : 0));
      const std::uint32_t row = placement.num_rows() - 1;
      several += ends && !placement.is_alone(row) ? 1 : 0;
    }
    StreamTile made;
    const bool is_first = tile.first_token == 0;
    if (is_first) made.loads.push_back(table());
    made.loads.push_back(rows(placement, several));
    made.loads.back().after_fences = is_first;
    made.store = stream_store(TensorRole::kResidual, results(tile), context_.target);
    return made;
  }

  StreamLoad table() const {
    MergePlacement placement;
    placement.kind = MergePlacement::Kind::kMembers;
    placement.tokens = fuse_.tokens_in;
    StreamLoad load =
        stream_load(TensorRole::kSelection, {stretch_of(operation_.inputs[1], context_.layout)},
                    HubUnit::kMerger, std::make_shared<MergePlacement>(std::move(placement)),
                    cost_.members_cycles(fuse_.tokens_in), context_.target);
    load.is_fence = true;
    return load;
  }

  StreamLoad rows(MergePlacement placement, std::uint32_t several) const {
    const std::uint32_t num_rows = placement.num_rows();
    const auto first = members_.numbers.begin() + placement.first_member;
    const double cycles =
        cost_.rows_cycles(num_rows, placement.groups_before.back(), several, fuse_.features);
    placement.packet_bytes = context_.target.packet_bytes;
    return stream_load(TensorRole::kResidual,
                       rows_numbered({first, first + num_rows},
                                     context_.layout.address(operation_.inputs[0]), row_bytes()),
                       HubUnit::kMerger, std::make_shared<MergePlacement>(std::move(placement)),
                       cycles, context_.target);
  }

  std::vector<Stretch> results(const TokenTile& tile) const {
    const DramLayout& layout = context_.layout;
    std::vector<Stretch> stretches{
        tokens_of(tile, layout.address(operation_.outputs[0]), row_bytes())};
    if (!has_sizes()) return stretches;
    Stretch sizes = tokens_of(tile, layout.address(operation_.outputs[1]), kWordBytes);
    sizes.offset = stretches.front().bytes;
    sizes.first_row = static_cast<std::uint32_t>(sizes.offset / kWordBytes);
    stretches.push_back(sizes);
    return stretches;
  }

  const Operation& operation_;
  const StreamContext& context_;
  const TokenFuse& fuse_;
  const TokenMergerCost& cost_;
  const TokenMembers members_;
};

}  // namespace

Stream match_stream(const Operation& operation, const StreamContext& context) {
  if (!context.limits.matcher) fail(operation, "this machine has no token_matcher");
  const TokenMatcherCost& cost = *context.limits.matcher;
  const auto& match = std::get<SimilarityMatch>(operation.params);
  if (!cost.fits(match)) {
    fail(operation, fmt::format("{} tokens of {} features; token_matcher/max_tokens of the machine "
                                "are {}, max_features {}",
                                match.tokens, match.features, cost.max_tokens, cost.max_features));
  }
  MatchPlacement placement;
  placement.match = &match;
  placement.heads = context.trace.tensor(operation.inputs[0]).shape[0];
  placement.has_sizes = operation.inputs.size() > 2;
  placement.packet_bytes = context.target.packet_bytes;
  const auto load = [&](MatchPlacement::Kind kind, TensorId tensor, std::uint32_t row_bytes,
                        double cycles) {
    placement.kind = kind;
    return stream_load(TensorRole::kSelection, {stretch_of(tensor, context.layout, row_bytes)},
                       HubUnit::kMatcher, std::make_shared<MatchPlacement>(placement), cycles,
                       context.target);
  };
  StreamTile tile;
  if (placement.has_sizes) {
    tile.loads.push_back(
        load(MatchPlacement::Kind::kSizes, operation.inputs[2], 0, cost.sizes_cycles(match)));
  }
  tile.loads.push_back(load(MatchPlacement::Kind::kKeys, operation.inputs[0], match.features,
                            cost.keys_cycles(match, placement.heads)));
  const Stretch members = stretch_of(operation.outputs[0], context.layout, kWordBytes);
  token_tiles(operation.name, 1, members.bytes, context.limits.output_bytes);
  tile.store = stream_store(TensorRole::kSelection, {members}, context.target);
  Stream stream;
  stream.layer = operation.layer;
  stream.phase = context.target.select;
  stream.latency = double(cost.latency);
  stream.reads = operation.inputs;
  stream.writes = operation.outputs;
  stream.tiles.push_back(std::move(tile));
  return stream;
}

Stream merge_stream(const Operation& operation, const StreamContext& context) {
  Stream stream;
  stream.layer = operation.layer;
  stream.phase = context.target.gather;
  stream.latency = double(merger_of(operation, context).latency);
  stream.reads = operation.inputs;
  stream.writes = operation.outputs;
  stream.tiles = MergeTiles(operation, context).tiles();
  return stream;
}

}  // namespace vitcod
