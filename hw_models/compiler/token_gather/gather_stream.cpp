// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/token_gather/gather_stream.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hw_models/compiler/attention_method.hpp"
#include "hw_models/compiler/operation_index.hpp"
#include "hw_models/compiler/token_tiles.hpp"
#include "hw_models/token_gather/gather_placement.hpp"

namespace vitcod {
namespace {

const TokenGatherCost& gather_of(const Operation& operation, const StreamContext& context) {
  if (!context.limits.gather) fail(operation, "this machine has no token_gather");
  return *context.limits.gather;
}

/// The tokens that the operation which makes `kept` keeps.
const std::vector<std::uint32_t>& kept_by(const Operation& reader, TensorId kept,
                                          const StreamContext& context) {
  const AttentionMethod* attention = context.attention;
  const auto* tokens = attention != nullptr ? attention->kept_tokens(kept) : nullptr;
  if (tokens != nullptr) return *tokens;
  for (const Operation& operation : context.trace.operations) {
    const auto* select = std::get_if<ScoreSelect>(&operation.params);
    if (select != nullptr && operation.outputs[0] == kept) return select->kept;
  }
  fail(reader, "expected kept tokens of a selection");
}

/// Makes the loads and stores of one gathering, tile by tile.
class GatherTiles {
 public:
  GatherTiles(const Operation& operation, const StreamContext& context)
      : operation_(operation),
        context_(context),
        gather_(std::get<TokenGather>(operation.params)),
        cost_(gather_of(operation, context)),
        kept_(kept_by(operation, operation.inputs[1], context)) {}

  std::vector<StreamTile> tiles() const {
    std::vector<StreamTile> tiles;
    for (const TokenTile& tile :
         token_tiles(operation_.name, gather_.tokens_out, row_bytes(), bytes_of_results())) {
      tiles.push_back(make(tile));
    }
    return tiles;
  }

 private:
  std::uint32_t row_bytes() const { return 2 * (gather_.features + gather_.new_features); }

  /// Of a tile: what the output buffer holds, of rows whose new features the unit holds.
  std::uint64_t bytes_of_results() const {
    if (!cost_.takes(gather_.features, gather_.new_features)) {
      fail(operation_, fmt::format("tokens of {} features with {} new ones; token_gather/"
                                   "max_features of the machine are {}, new_bytes {}",
                                   gather_.features, gather_.new_features, cost_.max_features,
                                   cost_.new_bytes));
    }
    return std::min(context_.limits.output_bytes,
                    cost_.max_rows(gather_.new_features) * row_bytes());
  }

  StreamTile make(const TokenTile& tile) const {
    const DramLayout& layout = context_.layout;
    StreamTile made;
    const bool is_first = tile.first_token == 0;
    if (is_first) made.loads.push_back(row_numbers(operation_, operation_.inputs[1], context_));
    if (gather_.new_features > 0) {
      made.loads.push_back(
          load(GatherPlacement::Kind::kNew, tile, TensorRole::kActivation,
               {tokens_of(tile, layout.address(operation_.inputs[2]), gather_.new_features)},
               cost_.table_cycles(double(tile.num_tokens) * gather_.new_features)));
    }
    const auto first = kept_.begin() + tile.first_token;
    made.loads.push_back(
        load(GatherPlacement::Kind::kRows, tile, TensorRole::kResidual,
             rows_numbered({first, first + tile.num_tokens}, layout.address(operation_.inputs[0]),
                           2 * gather_.features),
             cost_.cycles(tile.num_tokens, gather_.features, gather_.new_features,
                          context_.target.packet_bytes)));
    made.loads.back().after_fences = is_first;
    made.store = stream_store(TensorRole::kResidual,
                              {tokens_of(tile, layout.address(operation_.outputs[0]), row_bytes())},
                              context_.target);
    return made;
  }

  StreamLoad load(GatherPlacement::Kind kind, const TokenTile& tile, TensorRole role,
                  std::vector<Stretch> stretches, double cycles) const {
    auto placement = std::make_shared<GatherPlacement>();
    placement->kind = kind;
    placement->features = gather_.features;
    placement->new_features = gather_.new_features;
    placement->num_rows = tile.num_tokens;
    return stream_load(role, std::move(stretches), HubUnit::kGather, std::move(placement), cycles,
                       context_.target);
  }

  const Operation& operation_;
  const StreamContext& context_;
  const TokenGather& gather_;
  const TokenGatherCost& cost_;
  const std::vector<std::uint32_t>& kept_;
};

}  // namespace

StreamLoad row_numbers(const Operation& operation, TensorId numbers, const StreamContext& context) {
  const TokenGatherCost& cost = gather_of(operation, context);
  const std::uint64_t number = context.trace.tensor(numbers).num_elements();
  if (number > cost.max_tokens) {
    fail(operation, fmt::format("{} tokens; token_gather/max_tokens of the machine are {}", number,
                                cost.max_tokens));
  }
  auto placement = std::make_shared<GatherPlacement>();
  placement->kind = GatherPlacement::Kind::kNumbers;
  StreamLoad load = stream_load(TensorRole::kSelection, {stretch_of(numbers, context.layout)},
                                HubUnit::kGather, std::move(placement),
                                cost.table_cycles(double(kNumberBytes * number)), context.target);
  load.is_fence = true;
  return load;
}

Stream gather_stream(const Operation& operation, const StreamContext& context) {
  Stream stream;
  stream.layer = operation.layer;
  stream.phase = context.target.gather;
  stream.latency = double(gather_of(operation, context).latency);
  stream.reads = operation.inputs;
  stream.writes = operation.outputs;
  stream.tiles = GatherTiles(operation, context).tiles();
  return stream;
}

}  // namespace vitcod
