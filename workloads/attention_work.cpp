// SPDX-License-Identifier: Apache-2.0
#include "workloads/attention_work.hpp"

namespace vitcod {
namespace {

/// Adds the products of one operation: each entry of the map takes `features` MACs.
void add_products(const PolarizedMap& map, std::uint32_t features, AttentionWork& work) {
  const std::uint64_t entries =
      std::uint64_t{map.num_queries} * map.num_keys * std::uint64_t{map.heads.size()};
  work.macs += map.nnz() * features;
  work.dense_macs += entries * features;
}

}  // namespace

AttentionWork attention_work(const Trace& trace) {
  AttentionWork work;
  for (const Operation& operation : trace.operations) {
    if (const auto* scores = std::get_if<Sddmm>(&operation.params)) {
      work.nnz += trace.map(scores->map).nnz();
      add_products(trace.map(scores->map), scores->features, work);
    } else if (const auto* outputs = std::get_if<Spmm>(&operation.params)) {
      add_products(trace.map(outputs->map), outputs->features, work);
    }
  }
  return work;
}

}  // namespace vitcod
