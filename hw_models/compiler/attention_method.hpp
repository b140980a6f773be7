// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hw_models/compiler/attention/attention_layer.hpp"
#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/job_list.hpp"
#include "hw_models/compiler/program_search.hpp"

namespace vitcod {

/// How the blocks of attention of one kind of machine are carried out: the ways that there are, and
/// the jobs of a way.
class AttentionMethod {
 public:
  AttentionMethod() = default;
  AttentionMethod(const AttentionMethod&) = delete;
  AttentionMethod& operator=(const AttentionMethod&) = delete;
  virtual ~AttentionMethod() = default;

  /// The ways to carry `layer` out, at least one. Called once for each attention block, in program
  /// order; `layer` outlives this. Throws InputError if a buffer is too small, or if the machine
  /// cannot compute such attention.
  virtual std::vector<Candidate> candidates(const AttentionLayer& layer) = 0;

  /// Appends the jobs of attention block number `block`, in the order of the calls of `candidates`,
  /// in way `candidate`.
  virtual void add_jobs(std::size_t block, std::size_t candidate, DramLayout& layout,
                        JobList& jobs) = 0;

  /// The numbers that `tensor` holds, of tokens that stay behind an attention block; null if it is
  /// no such tensor.
  virtual const std::vector<std::uint32_t>* kept_tokens(TensorId /*tensor*/) const {
    return nullptr;
  }
};

}  // namespace vitcod
