// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/token_selection/selection_stream.hpp"

#include <fmt/format.h>

#include "hw_models/compiler/operation_index.hpp"
#include "hw_models/compiler/token_tiles.hpp"
#include "hw_models/token_selector/selector_placement.hpp"
#include "workloads/token_merging.hpp"

namespace vitcod {
namespace {

constexpr auto kTokenBytes = static_cast<std::uint32_t>(kOriginBytes);

const TokenSelectorCost& selector_of(const Operation& operation, const StreamContext& context) {
  if (!context.limits.selector) fail(operation, "this machine has no token_selector");
  return *context.limits.selector;
}

/// All of `tensor`, as it lies.
StreamLoad load_of(TensorId tensor, std::uint32_t row_bytes, SelectorPlacement placement,
                   double cycles, const StreamContext& context) {
  placement.bytes = context.layout.bytes(tensor);
  placement.packet_bytes = context.target.packet_bytes;
  return stream_load(TensorRole::kSelection, {stretch_of(tensor, context.layout, row_bytes)},
                     HubUnit::kSelector, std::make_shared<SelectorPlacement>(std::move(placement)),
                     cycles, context.target);
}

Stream stream_of(const Operation& operation, const TokenSelectorCost& selector,
                 const StreamContext& context) {
  Stream stream;
  stream.layer = operation.layer;
  stream.phase = context.target.select;
  stream.latency = double(selector.latency);
  stream.reads = operation.inputs;
  stream.writes = operation.outputs;
  return stream;
}

void require_room(const Operation& operation, std::uint64_t bytes, const StreamContext& context) {
  token_tiles(operation.name, 1, bytes, context.limits.output_bytes);
}

/// Kept tokens and their origins, or the table of members of a fused token.
std::vector<Stretch> results_of(const Operation& operation, const DramLayout& layout) {
  std::vector<Stretch> results{stretch_of(operation.outputs[0], layout, kTokenBytes)};
  if (has_fused_token(operation)) return results;
  Stretch origins = stretch_of(operation.outputs[1], layout, kTokenBytes);
  origins.offset = results.front().bytes;
  origins.first_row = static_cast<std::uint32_t>(origins.offset / kTokenBytes);
  results.push_back(origins);
  return results;
}

void require_fit(const Operation& operation, const ScoreSelect& select,
                 const TokenSelectorCost& selector, const StreamContext& context) {
  if (!selector.fits(select)) {
    fail(
        operation,
        fmt::format("{} tokens and {} bytes of Q; token_selector/max_tokens of the machine are {}, "
                    "max_query_bytes {}",
                    select.tokens_in, context.layout.bytes(operation.inputs[0]),
                    selector.max_tokens, selector.max_query_bytes));
  }
  if (context.layout.is_by_token(operation.inputs[1]))
    fail(operation, "K lies token by token in DRAM");
}

}  // namespace

Stream selection_stream(const Operation& operation, const StreamContext& context) {
  const TokenSelectorCost& selector = selector_of(operation, context);
  const auto& select = std::get<ScoreSelect>(operation.params);
  const TensorId query = operation.inputs[0], keys = operation.inputs[1];
  require_fit(operation, select, selector, context);
  using Kind = SelectorPlacement::Kind;
  SelectorPlacement placement;
  placement.select = &select;
  placement.has_origins = operation.inputs.size() > 3;
  placement.fuses = has_fused_token(operation);
  if (placement.fuses && !selector.emits_dropped) {
    fail(operation,
         "token_selector of this machine has no emits_dropped, which a fused token needs");
  }
  const auto load = [&](Kind kind, TensorId tensor, std::uint32_t row_bytes, double cycles) {
    placement.kind = kind;
    return load_of(tensor, row_bytes, placement, cycles, context);
  };
  StreamTile tile;
  tile.loads.push_back(load(Kind::kQuery, query, 0, selector.query_cycles(select)));
  if (placement.has_origins) {
    tile.loads.push_back(
        load(Kind::kOrigins, operation.inputs[3], 0, selector.origins_cycles(select)));
  }
  tile.loads.push_back(
      load(Kind::kKeys, keys, select.features, selector.keys_cycles(select, placement.fuses)));
  tile.store =
      stream_store(TensorRole::kSelection, results_of(operation, context.layout), context.target);
  require_room(operation, tile.store.bytes(), context);
  Stream stream = stream_of(operation, selector, context);
  stream.tiles.push_back(std::move(tile));
  return stream;
}

Stream exit_stream(const Operation& operation, const StreamContext& context) {
  const TokenSelectorCost& selector = selector_of(operation, context);
  const auto& exit = std::get<ExitTest>(operation.params);
  if (!selector.fits(exit)) {
    fail(operation, fmt::format("{} classes; token_selector/max_tokens of the machine are {}",
                                exit.classes, selector.max_tokens));
  }
  SelectorPlacement placement;
  placement.kind = SelectorPlacement::Kind::kLogits;
  placement.exit = &exit;
  StreamTile tile;
  tile.loads.push_back(
      load_of(operation.inputs[0], 0, placement, selector.logits_cycles(exit), context));
  tile.store = stream_store(TensorRole::kSelection,
                            {stretch_of(operation.outputs[0], context.layout, 1)}, context.target);
  Stream stream = stream_of(operation, selector, context);
  stream.tiles.push_back(std::move(tile));
  return stream;
}

Stream split_stream(const Operation& operation, const StreamContext& context) {
  const TokenSelectorCost& selector = selector_of(operation, context);
  const auto& split = std::get<RouterSplit>(operation.params);
  if (!selector.fits(split)) {
    fail(operation, fmt::format("{} tokens; token_selector/max_tokens of the machine are {}",
                                split.tokens, selector.max_tokens));
  }
  SelectorPlacement placement;
  placement.kind = SelectorPlacement::Kind::kRouting;
  placement.split = &split;
  require_room(operation, std::uint64_t{kTokenBytes} * split.tokens, context);
  StreamTile tile;
  tile.loads.push_back(
      load_of(operation.inputs[0], 0, placement, selector.routing_cycles(split), context));
  tile.store =
      stream_store(TensorRole::kSelection,
                   {stretch_of(operation.outputs[0], context.layout, kTokenBytes)}, context.target);
  Stream stream = stream_of(operation, selector, context);
  stream.tiles.push_back(std::move(tile));
  return stream;
}

}  // namespace vitcod
