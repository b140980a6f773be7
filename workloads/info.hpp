// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/json.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Least, middle and greatest of a set of counts; the middle of an even number of counts is the
/// mean of the two in the middle.
struct Spread {
  std::uint32_t min = 0;
  double median = 0.0;
  std::uint32_t max = 0;
};

/// One head's polarized map in figures.
struct HeadInfo {
  std::uint64_t nnz = 0;         ///< kept entries
  double density = 0.0;          ///< of all entries
  std::uint32_t num_denser = 0;  ///< denser columns
  std::uint64_t denser_nnz = 0;  ///< kept entries in them
  double denser_fill = 0.0;      ///< share of the denser block that is kept; 0 without one
  Spread rows;                   ///< kept entries a query
  Spread columns;                ///< kept entries a key
};

/// One attention map: all heads of an attention block.
struct MapInfo {
  std::string layer;
  std::uint32_t num_queries = 0;
  std::uint32_t num_keys = 0;
  std::vector<HeadInfo> heads;
  std::uint64_t nnz = 0;
  double head_imbalance =
      0.0;  ///< kept entries of the fullest head over the mean head's; 0 if empty
};

/// A map of a trace, and the layer whose attention uses it.
struct UsedMap {
  MapId map;
  std::string layer;
};

/// The attention maps of a trace, in the order in which its operations first use them.
std::vector<UsedMap> used_maps(const Trace& trace);

/// The figures of these maps, in order.
std::vector<MapInfo> map_infos(const Trace& trace);

/// A table for people: a line a head, a line a layer, totals at the end; the schedule of tokens
/// where some are dropped; of a whole model also a line a kind of operation.
std::string workload_info(const Trace& trace);

/// The same figures as JSON.
Json workload_info_json(const Trace& trace);

}  // namespace vitcod
