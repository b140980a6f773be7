// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "sim/baseline/dense_operations.hpp"
#include "sim/baseline/onednn/network.hpp"

namespace vitcod {

/// A row-major matrix of float32, int8 or uint8: tokens x features.
struct Rows {
  dnnl::memory memory;
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
};

Rows make_rows(Network& network, std::uint32_t rows, std::uint32_t columns,
               dnnl::memory::data_type type);

/// Float32 rows as int8: 32 for 1.0, saturating.
Rows quantised(Network& network, const Rows& rows);

/// Rows of mean 0 and variance 1.
Rows normalised(Network& network, const Rows& rows);

/// Every `window.stride`-th row and column of a grid of rows.
Rows gathered(Network& network, const Rows& rows, const Window& window);

struct LinearOptions {
  Activation activation = Activation::kNone;
  bool to_int8 = false;      ///< the result's format; else float32
  std::optional<Rows> onto;  ///< float32 rows that the result is added to, in place
};

/// rows x weights + bias. Int8 rows take int8 weights.
Rows linear(Network& network, const Rows& rows, std::uint32_t columns,
            const LinearOptions& options);

/// The same for each place of `window` over an image, whose rows are the pixels: features are the
/// channels of all pixels below the kernel, zero in the padding.
Rows convolved(Network& network, const Rows& image, const Window& window, std::uint32_t channels,
               const LinearOptions& options);

/// The operands and the result of one attention block, each all heads of a matrix with a row a
/// token, or (heads, tokens, features) one after the other.
struct HeadMatrices {
  dnnl::memory memory;          ///< from the first head's first value
  std::uint32_t row_step = 0;   ///< elements from a token to the next
  std::uint32_t head_step = 0;  ///< elements from a head to the next
};

/// What stands between the operands of an attention block and its result.
struct AttentionResult {
  dnnl::memory scores;         ///< (heads, queries, keys), float32, scaled; the softmax of float32
  dnnl::memory probabilities;  ///< float32, or uint8 with 255 for 1.0
};

/// softmax(Q K^T / sqrt(key_dim) x operand_scale^2) V into `output`, whose format is that of the
/// operands. Int8: products are exact in 32 bits; scores and softmax are float32; the result is
/// rounded to the scale of V.
AttentionResult attention(Network& network, const AttentionShape& shape, Precision precision,
                          float operand_scale, const HeadMatrices& query, const HeadMatrices& key,
                          const HeadMatrices& value, const HeadMatrices& output,
                          Activation activation = Activation::kNone);

/// Appends an activation to a primitive's result, times `scale`.
void append_activation(dnnl::post_ops& operations, Activation activation, float scale = 1.0F);

dnnl::memory::data_type operand_type(Precision precision);

}  // namespace vitcod
