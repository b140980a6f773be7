// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear/order_load.hpp"

#include "hw_models/compiler/token_gather/gather_stream.hpp"
#include "hw_models/token_gather/gather_placement.hpp"
#include "hw_models/token_gather/token_gather_cost.hpp"

namespace vitcod {

std::uint64_t numbers_taken(const LinearLayer& part, const LinearCut& cut) {
  std::uint64_t times = part.input_heads;
  for (std::uint32_t block = 0; block < cut.num_blocks; ++block) {
    const std::uint32_t first = block * cut.block_columns;
    const std::uint32_t last = first + columns_of_block(part, cut, block) - 1;
    times += last / part.output_features() - first / part.output_features() + 1;
    if (part.residual) ++times;
  }
  return times * part.product.m;
}

StreamLoad order_load(const Operation& routed, std::uint64_t numbers_taken,
                      const StreamContext& context) {
  StreamLoad load = row_numbers(routed, routed.inputs[1], context);
  const auto numbers = std::make_shared<GatherPlacement>();
  *numbers = dynamic_cast<const GatherPlacement&>(*load.placement);
  // Each is taken once at least, which the unit counts as it comes.
  numbers->more_numbers_taken =
      numbers_taken - context.trace.tensor(routed.inputs[1]).num_elements();
  load.placement = numbers;
  return load;
}

}  // namespace vitcod
