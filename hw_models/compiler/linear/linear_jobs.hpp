// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "hw_models/compiler/job_list.hpp"
#include "hw_models/compiler/linear/linear_loads.hpp"
#include "hw_models/compiler/streams/stream.hpp"

namespace vitcod {

/// Turns a linear layer, cut in one way, into jobs: for each tile of groups, each block of columns
/// and each group the sums of a block of Y, over some pieces of k a job where W or X comes or goes
/// with them, else over all in one; where sums are carried, for each piece the groups. Its drain
/// goes on beside later jobs. The weights of the first block are loaded before, by a job that waits
/// for nothing.
class LinearJobs {
 public:
  LinearJobs(const LinearLayer& layer, const LinearCut& cut, const DramLayout& layout,
             JobList& jobs);

  /// `reconfigures`: the lines did something else before.
  void add(bool reconfigures);

  /// Before `add`: the order of an expert's tokens comes before the first rows, when what went by
  /// another order, `behind`, is in DRAM.
  void begin_with(const StreamLoad& order, std::optional<TensorId> behind) {
    order_ = &order;
    behind_ = behind;
  }

 private:
  /// A group and a block, and whether they are the first or the last of the tile.
  struct Step {
    LinearBlock block;
    std::uint32_t group = 0;  ///< of the tile
    bool first_block = false;
    bool last_block = false;
    bool loads_weights = false;
    bool frees_weights = false;
  };
  /// Pieces of k, that a job sums up over.
  struct Pieces {
    std::size_t first = 0;
    std::size_t end = 0;
  };

  void add_weights_ahead();
  void add_tile(std::uint32_t first_group);
  Step step_of(std::uint32_t first_group, std::uint32_t group, std::uint32_t num_groups,
               std::uint32_t block) const;
  void add_block(const Step& step);
  void add_carried_block(std::uint32_t first_group, std::uint32_t num_groups, std::uint32_t block);
  void begin_job(bool goes_on);
  void add_job(const Step& step, const Pieces& pieces);
  void add_operands(Job& job, GemmKernel& kernel, const Step& step, const Pieces& pieces);
  void carry(GemmKernel& kernel, const Step& step);
  void load_order();
  void load_inputs(const Step& step, const PieceOfSum& piece);
  void load_residual(const Step& step);
  void load_constants(const LinearBlock& block);
  void load_weights(const LinearBlock& block, std::size_t piece);
  void finish_block(Job& job, const Step& step);
  LinearBlock block_of(std::uint32_t group, std::uint32_t block) const;
  RegionId weight_region(std::uint64_t bytes);
  RegionId& input_region(const Step& step, const PieceOfSum& piece) {
    return inputs_[step.group * num_inputs_ + piece.input];
  }
  std::uint32_t input_piece_features(const PieceOfSum& piece) const;

  const LinearLayer& layer_;
  const LinearCut cut_;
  JobList& jobs_;
  const LinearLoads loads_;
  const std::vector<PieceOfSum> pieces_;
  const std::size_t num_inputs_;  ///< pieces of X
  bool reconfigures_ = false;
  const StreamLoad* order_ = nullptr;  ///< that comes with the next job
  std::optional<TensorId> behind_;
  bool after_order_ = false;       ///< rows of this job are asked for by what it brings
  std::size_t weights_ahead_ = 0;  ///< pieces of W that were loaded ahead
  bool goes_on_ = false;           ///< the tile that the program is in has begun already
  std::vector<RegionId> inputs_;   ///< of the tile: by group, then by piece
  std::vector<RegionId> weights_;  ///< of the block: by piece
  RegionId constants_{};
  RegionId sums_{};                 ///< of the tile and block, if they are carried
  std::uint32_t rows_of_tile_ = 0;  ///< 0: its sums are not carried
  std::optional<RegionId> residual_;
};

}  // namespace vitcod
