// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/average_pool/pool_stream.hpp"

#include <fmt/format.h>

#include "hw_models/average_pool/pool_placement.hpp"
#include "hw_models/compiler/operation_index.hpp"
#include "hw_models/compiler/token_tiles.hpp"

namespace vitcod {
namespace {

void require_at_most(const Operation& operation, const char* what, std::uint64_t number,
                     std::uint64_t most) {
  if (number <= most) return;
  fail(operation,
       fmt::format("{} {}; average_pool/max_{} of the machine are {}", number, what, what, most));
}

}  // namespace

Stream pool_stream(const Operation& operation, const StreamContext& context) {
  if (!context.limits.pool) fail(operation, "this machine has no average_pool");
  const AveragePoolCost& cost = *context.limits.pool;
  const auto& pool = std::get<AveragePool>(operation.params);
  require_at_most(operation, "tokens", pool.tokens, cost.max_tokens);
  require_at_most(operation, "features", pool.features, cost.max_features);
  token_tiles(operation.name, 1, pool.features, context.limits.output_bytes);
  auto placement = std::make_shared<PoolPlacement>();
  placement->tokens = pool.tokens;
  placement->features = pool.features;
  placement->packet_bytes = context.target.packet_bytes;
  StreamTile tile;
  tile.loads.push_back(stream_load(TensorRole::kActivation,
                                   {stretch_of(operation.inputs[0], context.layout, pool.features)},
                                   HubUnit::kPool, std::move(placement),
                                   cost.cycles(pool.tokens, pool.features), context.target));
  tile.store = stream_store(TensorRole::kActivation,
                            {stretch_of(operation.outputs[0], context.layout, pool.features)},
                            context.target);
  Stream stream;
  stream.layer = operation.layer;
  stream.phase = context.target.average_pool;
  stream.latency = double(cost.latency);
  stream.reads = operation.inputs;
  stream.writes = operation.outputs;
  stream.tiles.push_back(std::move(tile));
  return stream;
}

}  // namespace vitcod
