// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "hw_models/compiler/attention/attention_loads.hpp"
#include "hw_models/compiler/attention/planner.hpp"
#include "hw_models/compiler/job_list.hpp"
#include "hw_models/engine/engine_kernels.hpp"

namespace vitcod {

/// Turns the units of one attention layer into jobs. A unit becomes three: SDDMM (with index, K and
/// Q), merging of the row exponents, SpMM (with V and the output rows).
class AttentionJobs {
 public:
  /// `layout`: tables of the index are added.
  AttentionJobs(const AttentionLayer& layer, DramLayout& layout, JobList& jobs)
      : layer_(layer), layout_(layout), jobs_(jobs), loads_(layer, layout, jobs.target()) {}

  /// `units`: of the same rows, one for each of their key tiles: SDDMM after SDDMM, S of all of
  /// them staying on chip, then the merging, then SpMM after SpMM, with rows that are carried.
  void add(std::span<const WorkUnit> units);

 private:
  /// What one unit holds on chip.
  struct Holding {
    UnitFootprint bytes;
    std::shared_ptr<const AttentionTile> tile;
    TileOperands operands;
    RegionId output{};
    RegionId row_starts{};
    std::uint64_t index_address = 0;
  };

  Holding hold(const WorkUnit& unit);
  void add_sddmm(const WorkUnit& unit, Holding& holding);
  void add_weights(Job& job, const WorkUnit& unit);
  void add_sddmm_loads(const WorkUnit& unit, Holding& holding);
  void add_index(Holding& holding);
  void add_filtered_index(const Holding& holding);
  void add_queries(const WorkUnit& unit, const Holding& holding);
  /// Of a unit whose rows pass by in a window, that `transfer` brings.
  QueryStream query_stream(const WorkUnit& unit, const Transfer& transfer) const;
  void add_merge(const std::vector<Holding>& holdings);
  void add_spmm(const WorkUnit& unit, const Holding& holding);
  void add_spmm_loads(const WorkUnit& unit, const Holding& holding);
  void add_results(const WorkUnit& unit, const Holding& holding);
  void carry_rows(const WorkUnit& unit, const Holding& holding);
  template <typename EngineKernel>
  void order_engines(Job& job, const WorkUnit& unit, std::shared_ptr<const EngineKernel> kernel);

  const AttentionLayer& layer_;
  DramLayout& layout_;
  JobList& jobs_;
  AttentionLoads loads_;
  std::uint32_t weight_set_ = 0;
  RegionId key_{};  ///< of the unit added last: the next tile may find them in place
  RegionId value_{};
  RegionId scores_{};   ///< of all key tiles of the rows added last
  RegionId carried_{};  ///< their sums, between the key tiles
  std::optional<RegionId> resident_;
  std::shared_ptr<const RowCounts> source_counts_;  ///< of a restricted map's source, once needed
};

}  // namespace vitcod
