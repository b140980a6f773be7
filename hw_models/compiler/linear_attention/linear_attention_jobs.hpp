// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/job_list.hpp"
#include "hw_models/compiler/linear_attention/linear_attention_cut.hpp"
#include "hw_models/gemm_engine/gemm_kernels.hpp"

namespace vitcod {

/// Turns a linear attention, cut in one way, into jobs, one a step. A goes to DRAM and comes back
/// as weights: for each head, with z, before its first rows of O.
class LinearAttentionJobs {
 public:
  LinearAttentionJobs(const LinearAttentionLayer& layer, const LinearAttentionCut& cut,
                      const PlanLimits& limits, const DramLayout& layout, JobList& jobs);

  /// `reconfigures`: the lines did something else before.
  void add(bool reconfigures);

 private:
  using Step = LinearAttentionStep;

  /// Of A: z comes with the first columns.
  bool makes_sums(const Step& step) const { return attention_.normalise && step.first_column == 0; }
  void add_inner(const Step& step);
  void add_rows(const Step& step);
  std::shared_ptr<GemmKernel> kernel_of(const Step& step);
  void load_keys_and_values(const Step& step, GemmKernel& kernel);
  void load_inner(const Step& step);
  void load_queries(const Step& step, GemmKernel& kernel);
  void drain(const Step& step, std::shared_ptr<DrainKernel> drain, Transfer results);
  Transfer inner_results(const Step& step, DrainKernel& drain) const;
  Transfer row_results(const Step& step, DrainKernel& drain) const;

  /// A load into a region of its own, its rows of `row_bytes` at distances of `pitch`.
  struct Rows {
    TensorRole role;
    bool is_weights;  ///< through the weight buffer
    bool comes_again;
    std::vector<Stretch> stretches;
    std::uint64_t row_bytes, pitch;
  };
  RegionId load(Rows rows);
  RegionId load_words(TensorId words, std::uint64_t first, std::uint64_t number,
                      std::optional<std::uint64_t> last, bool comes_again);
  /// `columns` of `rows` rows of a matrix, in elements of `bytes`.
  static std::vector<Stretch> part_of(std::uint64_t address, std::uint64_t width,
                                      std::uint64_t first_column, std::uint64_t columns,
                                      std::uint64_t rows, std::uint64_t bytes = 1);

  const LinearAttentionLayer& layer_;
  const LinearAttention& attention_;
  const LinearAttentionCut& cut_;
  const GemmCost gemm_;
  const DramLayout& layout_;
  JobList& jobs_;
  const Target& target_;
  bool reconfigures_ = false;
  RegionId inner_{};   ///< of the head whose rows are made
  RegionId beside_{};  ///< z, or the words of O
};

}  // namespace vitcod
