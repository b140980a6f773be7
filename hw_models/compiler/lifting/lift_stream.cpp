// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/lifting/lift_stream.hpp"

#include <fmt/format.h>

#include "hw_models/compiler/operation_index.hpp"
#include "hw_models/compiler/token_gather/gather_stream.hpp"
#include "hw_models/compiler/token_tiles.hpp"
#include "hw_models/lifting/lift_placement.hpp"

namespace vitcod {
namespace {

PatchShape shape_of(const LiftingStep& lift) { return {lift.level, lift.side, lift.channels}; }

const LiftingCost& lifting_of(const Operation& operation, const StreamContext& context) {
  if (!context.limits.lifting) fail(operation, "this machine has no lifting");
  return *context.limits.lifting;
}

/// The numbers that the tokens of `origins` had before any selection.
std::vector<std::uint32_t> numbers_of(const Operation& lift, TensorId origins, const Trace& trace) {
  for (const Operation& operation : trace.operations) {
    const auto* select = std::get_if<ScoreSelect>(&operation.params);
    if (select == nullptr || operation.outputs.size() < 2 || operation.outputs[1] != origins) {
      continue;
    }
    if (operation.inputs.size() == 3) return select->kept;
    const std::vector<std::uint32_t> before = numbers_of(lift, operation.inputs[3], trace);
    std::vector<std::uint32_t> numbers;
    for (const std::uint32_t token : select->kept) numbers.push_back(before[token]);
    return numbers;
  }
  fail(lift, "expected origins of a selection");
}

/// The patches of the tokens whose origins are `origins`.
std::vector<std::uint32_t> patches_of(const Operation& lift, TensorId origins, const Trace& trace) {
  const std::uint32_t prefix = std::get<LiftingStep>(lift.params).prefix_tokens;
  std::vector<std::uint32_t> patches;
  for (const std::uint32_t number : numbers_of(lift, origins, trace)) {
    if (number >= prefix) patches.push_back(number - prefix);
  }
  return patches;
}

/// Makes the loads and stores of one lifting, tile by tile.
class LiftTiles {
 public:
  LiftTiles(const Operation& operation, const StreamContext& context)
      : operation_(operation),
        context_(context),
        lift_(std::get<LiftingStep>(operation.params)),
        cost_(lifting_of(operation, context)),
        patches_(patches_of(operation, operation.inputs[1], context.trace)) {}

  std::vector<StreamTile> tiles() const {
    if (!cost_.takes(shape_of(lift_))) {
      fail(operation_, fmt::format("a patch has {} bytes; lifting/max_patch_bytes of the machine "
                                   "are {}",
                                   patch_bytes(), cost_.max_patch_bytes));
    }
    std::vector<StreamTile> tiles;
    for (const TokenTile& tile : token_tiles(operation_.name, lift_.regions + lift_.prefix_tokens,
                                             row_bytes(), context_.limits.output_bytes)) {
      tiles.push_back(make(tile));
    }
    return tiles;
  }

 private:
  std::uint32_t patch_bytes() const { return static_cast<std::uint32_t>(shape_of(lift_).bytes()); }
  std::uint32_t row_bytes() const {
    return static_cast<std::uint32_t>(shape_of(lift_).result_bytes());
  }

  StreamTile make(const TokenTile& tile) const {
    const DramLayout& layout = context_.layout;
    StreamTile made;
    const bool is_first = tile.first_token == 0;
    const std::uint32_t zero_rows = is_first ? lift_.prefix_tokens : 0;
    if (tile.num_tokens <= zero_rows) {
      fail(operation_, fmt::format("the output_buffer is too small: it holds the results of {} "
                                   "tokens, the prefix tokens and one more are needed",
                                   tile.num_tokens));
    }
    if (is_first) {
      made.loads.push_back(row_numbers(operation_, operation_.inputs[1], context_));
      made.loads.push_back(
          load(LiftPlacement::Kind::kTaps, TensorRole::kWeights,
               {stretch_of(operation_.inputs[2], layout)}, 0,
               double(layout.bytes(operation_.inputs[2])) / double(cost_.read_bandwidth)));
    }
    const std::uint32_t first = is_first ? 0 : tile.first_token - lift_.prefix_tokens;
    const std::uint32_t number = tile.num_tokens - zero_rows;
    made.loads.push_back(
        load(LiftPlacement::Kind::kPatches, TensorRole::kActivation,
             rows_numbered({patches_.begin() + first, patches_.begin() + first + number},
                           layout.address(operation_.inputs[0]), patch_bytes()),
             zero_rows, cost_.cycles(number, shape_of(lift_), context_.target.packet_bytes)));
    made.loads.back().after_fences = is_first;
    made.store = stream_store(TensorRole::kActivation,
                              {tokens_of(tile, layout.address(operation_.outputs[0]), row_bytes())},
                              context_.target);
    return made;
  }

  StreamLoad load(LiftPlacement::Kind kind, TensorRole role, std::vector<Stretch> stretches,
                  std::uint32_t zero_rows, double cycles) const {
    auto placement = std::make_shared<LiftPlacement>();
    placement->kind = kind;
    placement->level = lift_.level;
    placement->side = lift_.side;
    placement->channels = lift_.channels;
    placement->zero_rows = zero_rows;
    placement->tap_set = static_cast<std::uint32_t>(operation_.outputs[0]);
    return stream_load(role, std::move(stretches), HubUnit::kLifting, std::move(placement), cycles,
                       context_.target);
  }

  const Operation& operation_;
  const StreamContext& context_;
  const LiftingStep& lift_;
  const LiftingCost& cost_;
  const std::vector<std::uint32_t> patches_;
};

}  // namespace

Stream lift_stream(const Operation& operation, const StreamContext& context) {
  Stream stream;
  stream.layer = operation.layer;
  stream.phase = context.target.lift;
  stream.latency = double(
      lifting_of(operation, context).latency(shape_of(std::get<LiftingStep>(operation.params))));
  stream.reads = operation.inputs;
  stream.writes = operation.outputs;
  stream.tiles = LiftTiles(operation, context).tiles();
  return stream;
}

}  // namespace vitcod
