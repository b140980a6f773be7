// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/hub_bill.hpp"

#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/accelerators/hub_units.hpp"
#include "hw_models/average_pool/average_pool_parts.hpp"
#include "hw_models/dma/dma_parts.hpp"
#include "hw_models/index_filter/index_filter_parts.hpp"
#include "hw_models/lifting/lifting_parts.hpp"
#include "hw_models/stream_hub/stream_hub_parts.hpp"
#include "hw_models/token_gather/token_gather_parts.hpp"
#include "hw_models/token_matcher/token_matcher_parts.hpp"
#include "hw_models/token_merger/token_merger_parts.hpp"
#include "hw_models/token_selector/token_selector_parts.hpp"

namespace vitcod {
namespace {

/// Of a link between the hub and a unit, or between it and the crossbar.
PartList link_queue(const FrameConfig& config) {
  return packet_queue(kSlowPacketDepth, config.dma.packet_bytes,
                      config.stream_hub->port_bytes_per_cycle);
}

void add_token_units(const FrameConfig& config, BillOfMaterials& bill) {
  if (const auto& selector = config.token_selector) {
    bill.add("/token_selector", parts_of(*selector));
    bill.add("/token_selector/query_memory", query_memory_parts(*selector));
    bill.add("/token_selector/entry_memory", entry_memory_parts(*selector));
    bill.add("/token_selector/score_memory", score_memory_parts(*selector));
    bill.add("/token_selector/origin_memory", origin_memory_parts(*selector));
  }
  if (const auto& gather = config.token_gather) {
    bill.add("/token_gather", parts_of(*gather));
    bill.add("/token_gather/number_buffer", number_buffer_parts(*gather));
    bill.add("/token_gather/new_buffer", new_buffer_parts(*gather));
    bill.add("/token_gather/row_buffer", row_buffer_parts(*gather));
  }
  if (const auto& lifting = config.lifting) {
    bill.add("/lifting", parts_of(*lifting));
    bill.add("/lifting/patch_memory", patch_memory_parts(*lifting));
  }
}

void add_merging_units(const FrameConfig& config, BillOfMaterials& bill) {
  if (const auto& matcher = config.token_matcher) {
    bill.add("/token_matcher", parts_of(*matcher));
    bill.add("/token_matcher/sum_memory", key_sum_memory_parts(*matcher));
    bill.add("/token_matcher/entry_memory", match_entry_memory_parts(*matcher));
    bill.add("/token_matcher/size_memory", size_memory_parts(*matcher));
  }
  if (const auto& merger = config.token_merger) {
    bill.add("/token_merger", parts_of(*merger));
    bill.add("/token_merger/member_buffer", member_buffer_parts(*merger));
    bill.add("/token_merger/sum_buffer", merge_sum_buffer_parts(*merger));
    bill.add("/token_merger/row_buffer", merge_row_buffer_parts(*merger));
  }
}

}  // namespace

void add_hub_units(const FrameConfig& config, BillOfMaterials& bill) {
  if (!config.has_hub_unit()) return;
  const std::size_t units = num_hub_units(config);
  // From the crossbar and back, and to each unit and back; nothing comes back from the filter.
  const std::size_t links = 2 + 2 * units - (config.index_filter ? 1 : 0);
  PartList hub = parts_of(*config.stream_hub, units);
  for (std::size_t link = 0; link < links; ++link) hub += link_queue(config);
  bill.add("/stream_hub", hub);
  add_token_units(config, bill);
  add_merging_units(config, bill);
  if (const auto& filter = config.index_filter) {
    bill.add("/index_filter", parts_of(*filter, config.dma.packet_bytes));
    bill.add("/index_filter/column_table", column_table_parts(*filter));
    bill.add("/index_filter/row_counters", row_counter_parts(*filter));
  }
  if (const auto& pool = config.average_pool) {
    bill.add("/average_pool", parts_of(*pool));
    bill.add("/average_pool/sum_buffer", sum_buffer_parts(*pool));
  }
}

}  // namespace vitcod
