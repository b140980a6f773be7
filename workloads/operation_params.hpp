// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

// What each kind of operation computes, and what it must know besides its tensors.
namespace vitcod {

/// Index types of a trace's tables: the wrong index does not compile.
enum class TensorId : std::uint32_t {};
enum class MapId : std::uint32_t {};

inline constexpr std::size_t index_of(TensorId tensor) { return static_cast<std::size_t>(tensor); }

/// How products are formed (ShiftAddViT has shifts and adds; everything else multiplies).
///
/// A shift's weight is 0 or plus or minus 2^-s with s from 0 to 14. It is a code of 5 bits with its
/// sign, c = sign (s + 1), 0 for 0, in the low bits of a byte: -16 is 0 too, and the three bits
/// above are not read. Its product with an operand x is sign ((x 2^7) >> s), where >> rounds down
/// before the sign is put: a number of 16 bits with 7 fraction bits, so 128 stands for 1 in a sum
/// of them, as it would for an operand that multiplies.
///
/// Additions alone stand where one factor is a code, an element of a bit: the other factor is added
/// where the bit is 1 (LinearAttention).
enum class Primitive { kMultiply, kShift, kAdd };

/// A function of one element of 8 bits, from a table of 256 entries: a becomes
/// sat(floor(32 f(a / 32) + 1 / 2)), so 32 stands for 1 before and after. f(x) is x Phi(x) with the
/// normal distribution's Phi (kGelu), x min(max(x + 3, 0), 6) / 6 (kHardswish), max(x, 0) (kRelu),
/// x + 1 from 0 on and e^x below (kEluPlusOne).
enum class Activation { kNone, kGelu, kHardswish, kRelu, kEluPlusOne };

// One struct an operation kind: the vocabulary of whole models, token dropping and the other
// systems of this field. `inputs` and `outputs` of the operation name the tensors, in the order
// that each comment gives.

/// Rows of a DenseLinear gathered from a grid of tokens, as a convolution gathers them: output
/// place (y, x) of `output_rows() x output_columns()` takes the tokens at (y stride + dy -
/// padding_rows, x stride + dx - padding_columns) for dy below kernel_rows and dx below
/// kernel_columns; one outside the grid is zeros. Features of the row: token by token (dy, dx),
/// each with all of its.
struct Window {
  std::uint32_t grid_rows, grid_columns;
  std::uint32_t kernel_rows, kernel_columns;
  std::uint32_t stride;
  std::uint32_t padding_rows, padding_columns;

  std::uint32_t output_rows() const {
    return (grid_rows + 2 * padding_rows - kernel_rows) / stride + 1;
  }
  std::uint32_t output_columns() const {
    return (grid_columns + 2 * padding_columns - kernel_columns) / stride + 1;
  }
  bool operator==(const Window&) const = default;
};

/// outputs[0] = activation(requantise(input_activation(X) x W + bias)), and with `residual` that
/// plus inputs[4], saturated (activation is kNone then).
///
/// inputs: [0] X, 8 bits: (rows, k), or (heads, rows, k / heads) whose heads stand side by side in
/// a
///             row of the product; rows first_row to first_row + m - 1 are used, of each head.
///             With `window`: (grid tokens, k / kernel tokens), first_row 0, m the output places.
///         [1] W, 8 bits (k, n): numbers, or with primitive shift codes    [2] bias, 32 bits (n)
///         [3] requantisation, 32 bits a channel (n): the multiplier, unsigned, in bits 0 to 15,
///         the
///             right shift, 1 to 63, in bits 16 to 23
///         [4] with `residual`: (m, n), as wide as Y, 8 or 16 bits; with `window` it may have a row
///             a token of the grid, of which place (y, x) takes (y stride, x stride)
/// outputs: [0] Y, (m, n), or (heads, m, n / heads): head by head the columns of W; 8 bits, with
///              `residual` 8 or 16 (the residual stream). Or 1 bit, without activation and
///              residual: codes, a multiple of 8 a row of a head, 1 where the 8 bits would be above
///              0.
///
/// requantise(a) = sat((a * multiplier + 2^(shift - 1)) >> shift), the shift rounding down, so that
/// halves go up; it saturates to the width of Y. Sums are exact in 32 bits: k is at most 2^16.
struct DenseLinear {
  std::uint32_t m, k, n;
  Primitive primitive = Primitive::kMultiply;
  Activation activation = Activation::kNone;        ///< of the 8 bits that requantisation leaves
  Activation input_activation = Activation::kNone;  ///< of each element of X
  bool residual = false;
  std::uint32_t first_row = 0;
  std::optional<Window> window = std::nullopt;
  bool operator==(const DenseLinear&) const = default;
};
/// Layer norm over the features of a token, in integers and two passes. inputs: [0] X, 16 bits
/// (tokens, features) [1] gain, 8 bits (features) [2] offset, 8 bits (features); outputs: [0] Y
/// (tokens, features), 8 or 16 bits. At most 2^16 features. With F of them, for each token:
///
///     first pass    mean = floor((2 sum x + F) / (2 F))              halves up
///     second pass   v = floor((sum (x - mean)^2 + floor(F / 2)) / F)
///     root          r = floor(2^32 / isqrt(2^16 v)), 0 if v is 0     about 2^24 / sqrt(v), 25 bits
///     each element  t = ((x - mean) r + 2^13) >> 14                  normalised, 10 fraction bits
///                   y = sat((t gain + 2^10 offset + 2^9) >> 10)      Y of 8 bits
///                   y = sat((t gain + 2^10 offset + 2^5) >> 6)       Y of 16 bits
///
/// where isqrt is the whole part of the square root and >> rounds down. So gain and offset are in
/// steps of an output of 8 bits: a gain of 32 gives outputs of deviation 32. Outputs of 16 bits
/// have four more fraction bits.
struct LayerNorm {
  std::uint32_t tokens, features;
  bool operator==(const LayerNorm&) const = default;
};
/// outputs[0] (1, features), 8 bits = the mean over the tokens of inputs[0] (tokens, features),
/// 8 bits, halves up: floor((2 sum + tokens) / (2 tokens)).
struct AveragePool {
  std::uint32_t tokens, features;
  bool operator==(const AveragePool&) const = default;
};
/// Auto-encoder, encoder side: outputs[0] (heads_out, tokens, features) from inputs[0]
/// (heads_in, tokens, features) by a linear map across heads; inputs[1] holds the weights
/// (heads_in, heads_out) and inputs[2] the biases (heads_out).
struct HeadMixEncode {
  std::uint32_t heads_in, heads_out, tokens, features;
  bool operator==(const HeadMixEncode&) const = default;
};
/// Auto-encoder, decoder side: as HeadMixEncode, with heads_out >= heads_in as a rule.
struct HeadMixDecode {
  std::uint32_t heads_in, heads_out, tokens, features;
  bool operator==(const HeadMixDecode&) const = default;
};
/// outputs[0] scores = kept entries of inputs[0] Q (heads, queries, features) x
/// inputs[1] K (heads, keys, features) transposed.
struct Sddmm {
  MapId map;
  std::uint32_t features;
  bool operator==(const Sddmm&) const = default;
};
/// Softmax over the kept entries of each row: outputs[0] from inputs[0].
struct RowNormalise {
  MapId map;
  bool operator==(const RowNormalise&) const = default;
};
/// Largest bias of sigmoid attention, of either sign.
inline constexpr double kMostSigmoidBias = 80.0;

/// Sigmoid attention: outputs[0] = sigmoid(x + bias) of the kept entries of inputs[0], without row
/// state: no largest exponent, no sum, no division.
///
/// As softmax takes 2^t of t = log2(e) q.k / sqrt(d), in fixed point with 8 fraction bits, sigmoid
/// takes t + round(256 log2(e) bias), saturated to 16 bits: below -8 (t < -2048) it is 2^t; from 8
/// on it is 1; between, a table holds it for each sixteenth of an octave, of the middle of the
/// step, as a mantissa of 8 bits (round(128 x), 128 to 255) and an exponent. The SpMM's weights are
/// mantissas shifted right by E - exponent, rounding half up, 255 if that is negative, with one E
/// for all: min(0, floor(log2(e) bias) + 6). Its output is sat8(floor(sum w v / 2^(7 - E) + 1 /
/// 2)).
struct ScoreElementwise {
  MapId map;
  double bias;  ///< up to kMostSigmoidBias, of either sign
  bool operator==(const ScoreElementwise&) const = default;
};
/// outputs[0] (heads, queries, features) = inputs[0] scores x inputs[1] V (heads, keys, features)
struct Spmm {
  MapId map;
  std::uint32_t features;
  bool operator==(const Spmm&) const = default;
};
/// Which tokens a selection keeps besides the prefix tokens.
enum class SelectionRule {
  kTopK,       ///< the `threshold` patch tokens of the highest scores, the lower number first among
               ///< equals
  kThreshold,  ///< those whose score is at least `threshold`
};

/// Token scoring by the class token's attention, and selection. Token 0 is the class token; the
/// first `prefix_tokens` are always kept and are no candidates.
///
/// inputs: [0] Q of the class token, 8 bits (heads, 1, features)
///         [1] K, 8 bits (heads, tokens_in, features)
///         [2] the tensor that they stand for, a layer's own K: not read, only waited for
///         [3] only after an earlier selection: origins, 16 bits (tokens_in): the number that each
///             token had before any selection
/// outputs: [0] kept, 16 bits (kept.size()): numbers among tokens_in, ascending
///          [1] origins of the kept tokens, 16 bits (kept.size())
///
/// Scores are softmax over all tokens, of each head, summed over the heads, with 16 fraction bits.
/// With e_j and m_j the exponent and the mantissa (128 to 255) of 2^t, t = log2(e) q.k / (2^10
/// sqrt(features)) in 8 fraction bits, as hw_models/score_unit has them for operands of 5 fraction
/// bits, for each head:
///
///     w_j = m_j shifted right by (largest e) - e_j, halves up; 0 beyond 8 bits
///     r   = floor(2^24 / sum of w)
///     p_j = (w_j r) >> 8
///
/// `scores` and `kept` are what follows from [0] and [1] (token_selection.hpp); a machine's own are
/// compared. At most 2^15 tokens and 65535 heads.
struct ScoreSelect {
  std::uint32_t heads, features, tokens_in, prefix_tokens;
  SelectionRule rule;
  std::uint32_t threshold;            ///< least score that is kept, or number of patch tokens
  std::vector<std::uint32_t> scores;  ///< one a token, prefix tokens' too
  std::vector<std::uint32_t> kept;    ///< numbers of the kept tokens, ascending
  bool operator==(const ScoreSelect&) const = default;
};
/// Rows of the residual stream that are kept, with new channels at their end.
///
/// inputs: [0] X, 16 bits (tokens_in, features)  [1] kept, 16 bits (tokens_out)
///         [2] only if new_features > 0: N, 8 bits (tokens_out, new_features)
/// outputs: [0] (tokens_out, features + new_features), 16 bits: row i is X[kept[i]], then 8 N[i]
/// (an
///              operand's 32 are 256 of the stream)
struct TokenGather {
  std::uint32_t tokens_in, tokens_out, features, new_features;
  bool operator==(const TokenGather&) const = default;
};
/// Whether the class token's logits are sure enough to end the run.
///
/// inputs: [0] logits, 8 bits (1, classes)
///         [1] the logits that they stand for: not read, only waited for
/// outputs: [0] 8 bits (1): 1 if the exit is taken, else 0
///
/// With w_j as ScoreSelect has them for t = log2(e) x_j / 32 in 8 fraction bits, the exit is taken
/// if (largest w) 2^16 >= confidence * (sum of w). `taken` is what follows from [0]; a machine's
/// own is compared. An exit that is taken is the trace's last operation.
struct ExitTest {
  std::uint32_t classes;
  std::uint32_t confidence;  ///< least share of the most likely class, 16 fraction bits
  bool taken;
  bool operator==(const ExitTest&) const = default;
};
/// Weighted means of groups of tokens (EViT, ToMe): see workloads/token_merging.hpp.
struct TokenFuse {
  std::uint32_t tokens_in, tokens_out, features;
  bool operator==(const TokenFuse&) const = default;
};
/// Bipartite matching of `merged` pairs of tokens by cosine (ToMe): see token_merging.hpp.
struct SimilarityMatch {
  std::uint32_t tokens, merged, features;
  bool operator==(const SimilarityMatch&) const = default;
};
/// Detail bands of one level of a learned 2D lifting scheme over the patches of kept tokens (IRET).
///
/// inputs: [0] patches, 8 bits (tokens, side side channels): row-major y, x, channel, a row for
/// each
///             token before any selection but the prefix tokens
///         [1] origins, 16 bits (regions + prefix_tokens): whose patches
///         [2] taps, 8 bits (level, 2, 4): of each level U, then P
/// outputs: [0] 8 bits (regions + prefix_tokens, 3 (side / 2^level)^2 channels): bands LH, HL, HH,
///              each y, x, channel; zeros for prefix tokens
///
/// A line of n samples is split into even ones e and odd ones o; with t from 0 to 3
///
///     c[i] = sat8(e[i] + ((sum of U[t] o[i + t - 1] + 32) >> 6))
///     d[i] = sat8(o[i] - ((sum of P[t] c[i + t - 1] + 32) >> 6))
///
/// where indices are reflected at both ends (-1 is 0, n/2 is n/2 - 1, n/2 + 1 is n/2 - 2), then
/// clamped. Lines are horizontal first, then vertical in both halves: LL is c of c, LH is d of the
/// horizontal c, HL is c of the horizontal d, HH is d of d. A level works on the LL of the one
/// before.
struct LiftingStep {
  std::uint32_t level, regions, prefix_tokens, side, channels;
  bool operator==(const LiftingStep&) const = default;
};
inline constexpr std::uint32_t kMostOutputShift = 15;

/// Linear attention (ViTTM's read and write, ShiftAddViT): for each head, with f of each element,
///
///     A = requantise(f(K)^T V)    z = requantise(sum of f(K) over the keys)
///     O = f(Q) A / (f(Q) z)
///
/// inputs: [0] Q (heads, queries, features_k)  [1] K (heads, keys, features_k)
///         [2] V (heads, keys, features_v), 8 bits each
///         [3] requantisation of A and, with `normalise`, of z, 32 bits (heads, columns): as of
///             DenseLinear, a word a column of A, then that of z
///         [4] only without `normalise`: requantisation of O, 32 bits (heads, features_v)
///         [last] with `residual`: (queries, heads features_v), as wide as O
/// outputs: [0] O, 8 bits (heads, queries, features_v); with `residual` 8 or 16 bits, (queries,
///              heads features_v), the residual added and saturated
///          [1] A, 8 bits (heads, features_k, features_v)
///          [2] with `normalise`: z, 8 bits (heads, features_k)
///
/// Without `normalise` O is requantise(f(Q) A). With it a row is divided by a reciprocal: let e be
/// the width of d = f(Q) z in bits, and m its highest 16 bits, floor(2^16 d / 2^e); then with
/// r = min(floor(2^31 / m), 2^16 - 1)
///
///     O = sat((f(Q) A r + 2^(s - 1)) >> s)     s = 15 + e - output_shift
///
/// and 0 where d is not above 0. So O is 2^output_shift times the quotient. Sums have 32 bits.
///
/// With primitive add (ShiftAddViT) Q and K hold codes, 1 bit each and a multiple of 8 a row:
/// features_k is the length of a code. f is none, and there is no `normalise`. A is then sums of
/// rows of V, and a row of O one of rows of A, those whose bits are 1.
struct LinearAttention {
  std::uint32_t heads, queries, keys, features_k, features_v;
  Activation feature_map = Activation::kNone;  ///< f
  bool normalise = false;
  std::uint32_t output_shift = 0;  ///< with `normalise`, up to kMostOutputShift
  bool residual = false;
  Primitive primitive = Primitive::kMultiply;
  /// Of both products, without those of z; with primitive add they are additions.
  std::uint64_t macs() const {
    return std::uint64_t{heads} * (std::uint64_t{queries} + keys) * features_k * features_v;
  }
  /// Words of requantisation of a head's A and z.
  std::uint32_t columns() const { return features_v + (normalise ? 1 : 0); }
  bool operator==(const LinearAttention&) const = default;
};
/// Top-1 router over two experts: each token goes to the one of the greater logit, to the first one
/// if they are equal. At most 2^15 tokens.
///
/// inputs: [0] logits, 8 bits (tokens, 2)
///         [1] the logits that they stand for: not read, only waited for
/// outputs: [0] order, 16 bits (tokens): the numbers of the first expert's tokens, ascending, then
///              those of the second one's, ascending
///
/// `tokens_first` of them go to the first expert. That and `order` are what follows from [0]
/// (routing.hpp); a machine's own are compared.
struct RouterSplit {
  std::uint32_t tokens, tokens_first;
  std::vector<std::uint32_t> order;
  bool operator==(const RouterSplit&) const = default;
};
/// A linear layer of two experts, of which each row goes through one: the first multiplies, the
/// second shifts. Rows of Y lie as those of X do, whichever expert makes them.
///
/// inputs: [0] X, as of DenseLinear without a window and from its first row on
///         [1] order of a RouterSplit, 16 bits (m), whose first `m_first` tokens are the first
///             expert's
///         [2] W, [3] bias, [4] requantisation of the first expert, as of DenseLinear
///         [5] W, [6] bias, [7] requantisation of the second one; W holds codes of shifts
///         [8] with `residual`: as of DenseLinear
/// outputs: [0] Y, as of DenseLinear
struct RoutedLinear {
  std::uint32_t m, m_first, k, n;
  Activation activation = Activation::kNone;
  Activation input_activation = Activation::kNone;
  bool residual = false;
  bool operator==(const RoutedLinear&) const = default;
};

using OperationParams =
    std::variant<DenseLinear, HeadMixEncode, HeadMixDecode, Sddmm, RowNormalise, ScoreElementwise,
                 Spmm, ScoreSelect, TokenFuse, SimilarityMatch, LiftingStep, TokenGather,
                 LinearAttention, RouterSplit, LayerNorm, AveragePool, ExitTest, RoutedLinear>;

}  // namespace vitcod
