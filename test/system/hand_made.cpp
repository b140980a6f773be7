// SPDX-License-Identifier: Apache-2.0
#include "test/system/hand_made.hpp"

#include <nlohmann/json.hpp>
#include <numeric>

#include "sim/base/config_reader.hpp"
#include "test/system/random_machines.hpp"
#include "test/system/runs.hpp"
#include "workloads/attention_trace.hpp"
#include "workloads/polarization.hpp"

namespace vitcod::test {

Trace hand_made_trace(const HandMadeBlock& block) {
  ModelConfig model;
  model.name = "hand-made";
  AttentionGroup group;
  group.name = "block";
  group.num_blocks = 1;
  group.heads = static_cast<std::uint32_t>(block.heads.size());
  group.query_grid = {1, block.num_queries};
  group.key_grid = {1, block.num_keys};
  group.key_dim = block.key_dim;
  group.value_dim = block.value_dim;
  group.auto_encoder_heads = block.compressed_heads;
  model.groups.push_back(group);

  PolarizedMap map{block.num_queries, block.num_keys, {}};
  for (const HandMadeBlock::Head& head : block.heads) {
    KeptMap kept(block.num_queries, block.num_keys);
    for (std::uint32_t query = 0; query < block.num_queries; ++query) {
      for (std::uint32_t key = 0; key < head.denser + head.per_row; ++key) {
        kept.set(query, key, true);
      }
    }
    std::vector<std::uint32_t> order(block.num_keys);
    std::iota(order.begin(), order.end(), 0U);
    map.heads.push_back(polarize(kept, order, head.denser));
  }
  Trace trace;
  trace.name = model.name;
  trace.provenance = "{}";
  append_attention(trace, model, {{attention_blocks(model).front(), map}},
                   block.compressed_heads > 0);
  return trace;
}

Json HandMadeMachine::document(std::uint32_t value_dim) const {
  constexpr std::uint32_t kPacket = 64;
  constexpr std::uint32_t kStaging = 1024;
  Json machine = machine_document();
  machine["controller"]["two_engines"] = two_engines;
  machine["controller"]["query_forwarding"] = query_forwarding;
  machine["dma"]["packet_bytes"] = kPacket;
  for (const char* buffer : {"weight_buffer", "input_buffer", "output_buffer"}) {
    machine[buffer]["staging_bytes"] = kStaging;
    machine[buffer]["bank_bytes"] = 1;  // nothing is rounded up
  }
  const auto rows = machine["normaliser"]["rows_buffered"].get<std::uint32_t>();
  const std::uint32_t partial_rows = (two_engines ? 2 : 1) * rows * (4 * value_dim + 4);
  machine["weight_buffer"]["capacity_bytes"] = kStaging;
  machine["input_buffer"]["capacity_bytes"] = kStaging + input_bytes;
  machine["output_buffer"]["capacity_bytes"] = kStaging + partial_rows + output_bytes;
  machine["sparser_engine"]["index_buffer"]["capacity_bytes"] = index_bytes;
  return machine;
}

RunConfig hand_made_run(const HandMadeMachine& machine, const HandMadeBlock& block) {
  RunConfig run;
  set_machine(run, machine.document(block.value_dim));
  run.trace = hand_made_trace(block);
  return run;
}

}  // namespace vitcod::test
