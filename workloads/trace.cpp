// SPDX-License-Identifier: Apache-2.0
#include "workloads/trace.hpp"

#include <array>

namespace vitcod {

const char* kind_name(const OperationParams& params) {
  // In the order of OperationParams.
  static constexpr std::array<const char*, std::variant_size_v<OperationParams>> kNames{
      "dense_linear",
      "head_mix_encode",
      "head_mix_decode",
      "sddmm",
      "row_normalise",
      "score_elementwise",
      "spmm",
      "score_select",
      "token_fuse",
      "similarity_match",
      "lifting_step",
      "token_gather",
      "linear_attention",
      "router_split",
      "layer_norm",
      "average_pool",
      "exit_test",
      "routed_linear"};
  return kNames[params.index()];
}

}  // namespace vitcod
