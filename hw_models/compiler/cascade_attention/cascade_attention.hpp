// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "hw_models/compiler/attention_method.hpp"
#include "hw_models/compiler/cascade_attention/cascade_passes.hpp"
#include "hw_models/compiler/plan_limits.hpp"
#include "hw_models/prob_value_array/prob_value_array_cost.hpp"
#include "hw_models/query_key_array/low_bits_config.hpp"
#include "hw_models/query_key_array/query_key_array_cost.hpp"
#include "hw_models/softmax_unit/softmax_unit_cost.hpp"
#include "hw_models/top_k_engine/cascade_block.hpp"
#include "hw_models/top_k_engine/top_k_cost.hpp"

namespace vitcod {

/// What jobs of such attention must know of the machine's wiring.
struct CascadeUnits {
  UnitId query_key{};
  UnitId prob_value{};
  UnitId selector{};
  OutputMask operand_output = 0;  ///< of the crossbar: to the port of Q, K and V
  PhaseId attend{};
};

struct CascadeCosts {
  QueryKeyArrayCost query_key;
  SoftmaxUnitCost softmax;
  TopKCost top_k;
  ProbValueArrayCost prob_value;
  double port_bytes = 1;  ///< a cycle, of Q, K and V
  LowBitsConfig low_bits;
};

/// Attention over all pairs of the tokens that are left, one head and one query at a time. A block
/// is cut into groups of heads, whose Q, K and V are in the buffer together; behind it stands a job
/// that chooses what the next block keeps, if it drops anything, and that block's loads wait for
/// it. In a whole model the job also stores the numbers of the tokens that stay, by which the
/// residual stream is gathered, and loads of W of linear layers that have only some heads' part of
/// it wait for it.
///
/// With low bits, V's come with V. Those of Q and K come with them too if all rows need them. If
/// flat rows do, a group that has some has a second job, whose loads wait until the first one has
/// ended, because only then it is known which rows are flat: the low bits of K of the heads that
/// have such rows, and of these rows' Q. It computes these rows once more, with the operands of the
/// first job, which are still there.
class CascadeAttention final : public AttentionMethod {
 public:
  /// `blocks`: what was chosen, in program order. All references must outlive this.
  CascadeAttention(const std::vector<CascadeBlock>& blocks, const CascadeUnits& units,
                   const CascadeCosts& costs, const PlanLimits& limits)
      : chosen_(blocks), units_(units), costs_(costs), limits_(limits) {}

  std::vector<Candidate> candidates(const AttentionLayer& layer) override;
  void add_jobs(std::size_t block, std::size_t candidate, DramLayout& layout,
                JobList& jobs) override;
  const std::vector<std::uint32_t>* kept_tokens(TensorId tensor) const override;

 private:
  struct Block {
    const AttentionLayer* layer = nullptr;
    std::vector<std::vector<HeadGroup>> cuts;  ///< by candidate
  };
  /// Bytes of the buffers, in whole banks.
  struct Footprint {
    std::uint64_t operands = 0;
    std::uint64_t output = 0;
  };

  Footprint footprint(const AttentionLayer& layer, std::uint32_t num_heads) const;
  void require_room(const AttentionLayer& layer) const;
  bool waits_for_choice(std::size_t block) const {
    return block > 0 && chosen_[block - 1].choice.drops_any();
  }
  bool fits(const AttentionLayer& layer, std::uint32_t num_heads) const;
  std::vector<CascadePass> passes_of(std::size_t block, const HeadGroup& group) const {
    return cascade_passes(*blocks_[block].layer, chosen_.at(block), group, costs_.low_bits);
  }
  std::uint64_t held_bytes(const PassOperand& operand) const;
  std::uint64_t output_bytes(const CascadePass& pass) const;
  void add_sketches(std::size_t block, const HeadGroup& group, Candidate& candidate) const;
  JobSketch sketch(std::size_t block, const CascadePass& pass) const;
  double cycles_of(const PairTile& tile) const;
  LoadSketch load_sketch(std::uint64_t bytes, std::uint64_t held) const;
  void add_group(std::size_t block, const HeadGroup& group, const DramLayout& layout,
                 JobList& jobs) const;
  void add_pass(std::size_t block, const CascadePass& pass, const DramLayout& layout,
                JobList& jobs) const;
  JobSketch sketch_choice(std::size_t block) const;
  void add_choice(std::size_t block, const DramLayout& layout, JobList& jobs);

  const std::vector<CascadeBlock>& chosen_;
  const CascadeUnits units_;
  const CascadeCosts costs_;
  const PlanLimits& limits_;
  std::vector<Block> blocks_;
  std::optional<JobId> choice_;  ///< the last job that chooses
};

}  // namespace vitcod
