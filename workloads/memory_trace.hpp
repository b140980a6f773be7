// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "workloads/layer_builder.hpp"
#include "workloads/model_config.hpp"
#include "workloads/model_parts.hpp"

namespace vitcod {

/// Appends what a model with a memory (ViTTM) has beside its blocks, which pass check_whole_model.
/// In names "process" stands for the blocks' own tokens:
///   embed/memory_patch_embedding  as embed/patch_embedding
///   L/read_process_norm, L/read_memory_norm  both streams are normalised in place: what follows is
///                                 added to the normalised tokens (`_again`: as a stream)
///   L/read_q_projection, L/read_k_projection, L/read_v_projection, L/read
///                                 queries of the process tokens, keys and values of the memory; no
///                                 output projection
///   L/write_...                   the same behind the block, with both streams exchanged
///   head/memory_final_norm, head/memory_average_pool, head/memory_classifier
class MemoryTrace {
 public:
  /// `model` has a memory, and must outlive this.
  explicit MemoryTrace(const ModelConfig& model) : model_(model), memory_(*model.memory) {}

  void append_embed(LayerBuilder& layer);
  /// Both take the process stream, (tokens, channels), and return the one that goes on.
  TensorId append_read(LayerBuilder& layer, const AttentionGroup& group, TensorId process);
  TensorId append_write(LayerBuilder& layer, const AttentionGroup& group, TensorId process);
  void append_head(LayerBuilder& layer) const;

 private:
  /// A stream's tokens, for one exchange.
  struct Tokens {
    std::uint32_t number = 0;
    NormedTokens normed;
  };
  Tokens normalised(LayerBuilder& layer, const std::string& name, std::uint32_t tokens,
                    TensorId stream) const;
  /// `to` with what its tokens take of `from`.
  TensorId exchange(LayerBuilder& layer, const AttentionGroup& group, const std::string& name,
                    const Tokens& from, const Tokens& to) const;

  std::uint32_t num_tokens() const { return memory_.grid.num_patches(); }
  std::uint32_t width() const { return memory_.patch.out_channels; }

  const ModelConfig& model_;
  const MemoryStream& memory_;
  TensorId stream_{};
};

}  // namespace vitcod
