// SPDX-License-Identifier: Apache-2.0
#include "workloads/values.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include "sim/base/det_math.hpp"
#include "sim/base/random.hpp"
#include "workloads/dynamic_masks.hpp"
#include "workloads/routing.hpp"
#include "workloads/token_values.hpp"
#include "workloads/value_scales.hpp"

namespace vitcod {
namespace {

constexpr double kStandardDeviation = 32.0;
constexpr unsigned kIndexBits = 12;
constexpr std::size_t kTableSize = std::size_t{1} << kIndexBits;
constexpr std::size_t kDrawsPerWord = 64 / kIndexBits;
/// A bias stands beside a sum of products of two operands, whose deviation is 32 x 32 or more.
constexpr std::int32_t kBiasFactor = 32;
/// The bias of a whole head, beside sums that are as wide as one product.
constexpr std::int32_t kHeadBiasFactor = 4;
constexpr std::int16_t kStreamFactor = 8;
/// Gains and offsets of a layer norm deviate by an eighth of what operands do.
constexpr double kNormShare = 0.125;
constexpr std::int32_t kUnitGain = 32;
/// Taps of a lifting step deviate by a sixteenth of what operands do.
constexpr double kTapShare = 0.0625;
constexpr std::size_t kTapsInput = 2;
constexpr double kChannelSpread = 1.0 / 512.0;
/// A multiplier is at least this before the channel's own factor, which is below 1.24.
constexpr double kLeastMultiplier = 26000.0;
constexpr std::int32_t kMostShift = 63;

template <typename T>
using Table = std::array<T, kTableSize>;

/// Quantiles of the normal distribution in equally likely steps; the outermost is 32 x 3.67 = 117.
const Table<std::int8_t>& quantiles() {
  static const auto table = [] {
    Table<std::int8_t> quantile{};
    for (std::size_t i = 0; i < kTableSize / 2; ++i) {
      const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(kTableSize);
      const double value = kStandardDeviation * det_normal_quantile(share) - 0.5;
      quantile[i] = static_cast<std::int8_t>(value);
      quantile[kTableSize - 1 - i] = static_cast<std::int8_t>(-quantile[i]);
    }
    return quantile;
  }();
  return table;
}

/// `of` each quantile.
template <typename T, typename Function>
Table<T> table_of(Function of) {
  Table<T> table{};
  for (std::size_t i = 0; i < kTableSize; ++i) table[i] = static_cast<T>(of(quantiles()[i]));
  return table;
}

template <typename T>
std::vector<T> draw_values(const Tensor& tensor, std::uint64_t seed, const Table<T>& table) {
  Random random(seed, "values/" + tensor.name);
  std::vector<T> values((tensor.num_elements() + kDrawsPerWord - 1) / kDrawsPerWord *
                        kDrawsPerWord);
  // Through a pointer: a store of int8 could otherwise change the vector itself, for all the
  // compiler knows.
  T* next = values.data();
  for (T* const end = next + values.size(); next != end; next += kDrawsPerWord) {
    std::uint64_t bits = random.next_u64();
    for (std::size_t draw = 0; draw < kDrawsPerWord; ++draw, bits >>= kIndexBits) {
      next[draw] = table[bits % kTableSize];
    }
  }
  values.resize(tensor.num_elements());
  return values;
}

template <typename T>
std::vector<T> draw_values(const Trace& trace, TensorId id, const Table<T>& table) {
  return draw_values(trace.tensor(id), trace.value_seed, table);
}

/// Codes of shifts (Primitive in operation_params.hpp): the nearest power of two of what an operand
/// would be, with 128 for 1; 0 for the two in 4096 draws that are nearest to it.
const Table<std::int8_t>& shift_codes() {
  static const auto table = [] {
    constexpr double kOne = 128.0;
    constexpr int kMostDrawn = 13;  // of what is drawn
    Table<std::int8_t> codes{};
    for (std::size_t i = 0; i < kTableSize / 2; ++i) {
      const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(kTableSize);
      const double weight = kStandardDeviation * det_normal_quantile(share) / kOne;
      const double square = weight * weight;
      int shift = 0;
      while (square < std::ldexp(0.5, -2 * shift)) ++shift;
      const int code = shift > kMostDrawn ? 0 : shift + 1;
      codes[i] = static_cast<std::int8_t>(-code);
      codes[kTableSize - 1 - i] = static_cast<std::int8_t>(code);
    }
    return codes;
  }();
  return table;
}

/// Codes: as many bits are 1 as are 0.
const Table<std::int8_t>& codes() {
  static const auto table =
      table_of<std::int8_t>([](std::int8_t value) { return value < 0 ? 0 : 1; });
  return table;
}

/// The operation that takes `tensor` for something else than an operand, and the place of it among
/// the operation's inputs, from `first` on; without operation where there is none.
struct Use {
  const Operation* operation = nullptr;
  std::size_t input = 0;
};

template <typename... Kinds>
Use find_use(const Trace& trace, TensorId tensor, std::size_t first = 1) {
  for (const Operation& operation : trace.operations) {
    if (!(std::holds_alternative<Kinds>(operation.params) || ...)) continue;
    for (std::size_t input = first; input < operation.inputs.size(); ++input) {
      if (operation.inputs[input] == tensor) return {&operation, input};
    }
  }
  return {};
}

/// Whether a linear layer made `tensor`, maybe with an encoder behind it.
bool follows_linear(const Trace& trace, TensorId tensor) {
  for (const Operation& operation : trace.operations) {
    if (operation.outputs.empty() || operation.outputs[0] != tensor) continue;
    if (std::holds_alternative<HeadMixEncode>(operation.params)) {
      return follows_linear(trace, operation.inputs[0]);
    }
    return std::holds_alternative<DenseLinear>(operation.params) ||
           std::holds_alternative<RoutedLinear>(operation.params);
  }
  return false;
}

/// Whether an operation takes `tensor` for codes of shifts.
bool holds_shifts(const Trace& trace, TensorId tensor) {
  constexpr std::size_t kWeights = 1, kSecondWeights = 5;
  for (const Operation& operation : trace.operations) {
    const auto* linear = std::get_if<DenseLinear>(&operation.params);
    const bool shifts = linear != nullptr && linear->primitive == Primitive::kShift;
    if (!shifts && !std::holds_alternative<RoutedLinear>(operation.params)) continue;
    const std::size_t place = shifts ? kWeights : kSecondWeights;
    if (operation.inputs.size() > place && operation.inputs[place] == tensor) return true;
  }
  return false;
}

double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The weights of an auto-encoder, (heads_in, heads_out), as columns of length 32.
std::vector<std::int8_t> head_mix_weights(const Trace& trace, TensorId id, std::size_t heads_in,
                                          std::size_t heads_out) {
  std::vector<std::int8_t> weights = draw_values(trace, id, quantiles());
  std::vector<std::vector<double>> columns;
  for (std::size_t h = 0; h < heads_out; ++h) {
    std::vector<double> column;
    for (std::size_t c = 0; c < heads_in; ++c) column.push_back(weights[c * heads_out + h]);
    for (const std::vector<double>& other : columns) {
      if (heads_out > heads_in) break;
      const double share = product(column, other);
      for (std::size_t c = 0; c < heads_in; ++c) column[c] -= share * other[c];
    }
    const double length = std::sqrt(product(column, column));
    for (double& weight : column) weight = length > 0.0 ? weight / length : 0.0;
    for (std::size_t c = 0; c < heads_in; ++c) {
      weights[c * heads_out + h] =
          static_cast<std::int8_t>(std::floor(column[c] * kStandardDeviation + 0.5));
    }
    columns.push_back(std::move(column));
  }
  return weights;
}

std::vector<std::int8_t> norm_values(const Trace& trace, TensorId id, std::int32_t mean) {
  return draw_values(trace, id, table_of<std::int8_t>([mean](std::int8_t value) {
                       return mean + std::floor(value * kNormShare + 0.5);
                     }));
}

/// An interpolation between four neighbours for each step, with some noise.
std::vector<std::int8_t> tap_values(const Trace& trace, TensorId id) {
  constexpr std::array<std::int32_t, 8> kInterpolation{-2, 18, 18, -2, -3, 24, 24, -3};
  std::vector<std::int8_t> taps = draw_values(trace, id, quantiles());
  for (std::size_t i = 0; i < taps.size(); ++i) {
    const double noise = std::floor(taps[i] * kTapShare + 0.5);
    taps[i] = static_cast<std::int8_t>(kInterpolation[i % kInterpolation.size()] + noise);
  }
  return taps;
}

/// Q of the class token, or K, that tokens are selected by.
std::vector<std::int8_t> selection_values(const Trace& trace, const Use& use) {
  const Operation& select = *use.operation;
  const auto drawn = [&](std::size_t input) {
    return draw_values(trace.tensor(select.inputs[input]), trace.token_seed, quantiles());
  };
  std::vector<std::int8_t> values = drawn(use.input);
  if (use.input == 1) imprint_saliency(trace, select, drawn(0), values);
  return values;
}

/// A multiplier and a shift, for `scale` and a channel's own factor.
std::int32_t requantisation_word(double scale, std::int8_t value) {
  std::int32_t shift = 0;
  for (; scale < kLeastMultiplier && shift < kMostShift; ++shift) scale *= 2.0;
  const double own = std::floor(scale * (1.0 + value * kChannelSpread) + 0.5);
  return static_cast<std::int32_t>(own) + shift * (1 << 16);
}

std::vector<std::int32_t> requantisation_values(const Trace& trace, TensorId id,
                                                const Operation& linear) {
  const double scale = requantisation_scale(trace, linear);
  std::vector<std::int32_t> words;
  for (const std::int8_t value : draw_values(trace, id, quantiles())) {
    words.push_back(requantisation_word(scale, value));
  }
  return words;
}

/// Of linear attention: of A and, behind a head's columns, of z; or of O.
std::vector<std::int32_t> attention_words(const Trace& trace, TensorId id, const Use& use) {
  const auto& attention = std::get<LinearAttention>(use.operation->params);
  const LinearAttentionScales scales = linear_attention_scales(trace, *use.operation);
  const std::size_t columns = trace.tensor(id).shape.back();
  std::vector<std::int32_t> words;
  for (const std::int8_t value : draw_values(trace, id, quantiles())) {
    const bool is_sum = words.size() % columns == attention.features_v;
    const double of_products = use.input == 3 ? scales.inner : scales.output;
    words.push_back(requantisation_word(is_sum ? scales.sums : of_products, value));
  }
  return words;
}

}  // namespace

std::vector<std::int8_t> operand_values(const Trace& trace, TensorId tensor) {
  if (trace.tensor(tensor).bits == 1) return draw_values(trace, tensor, codes());
  const Use mix = find_use<HeadMixEncode, HeadMixDecode>(trace, tensor);
  if (mix.operation != nullptr && follows_linear(trace, mix.operation->inputs[0])) {
    const Tensor& weights = trace.tensor(tensor);
    return head_mix_weights(trace, tensor, weights.shape[0], weights.shape[1]);
  }
  const Use norm = find_use<LayerNorm>(trace, tensor);
  if (norm.operation != nullptr) return norm_values(trace, tensor, norm.input == 1 ? kUnitGain : 0);
  const Use lift = find_use<LiftingStep>(trace, tensor, kTapsInput);
  if (lift.operation != nullptr) return tap_values(trace, tensor);
  const Use select = find_use<ScoreSelect>(trace, tensor, 0);
  if (select.operation != nullptr && select.input < 2) return selection_values(trace, select);
  const Use match = find_use<SimilarityMatch>(trace, tensor, 0);
  if (match.operation != nullptr && match.input == 0) return match_keys(trace, *match.operation);
  const Use exit = find_use<ExitTest>(trace, tensor, 0);
  if (exit.operation != nullptr && exit.input == 0) return exit_logits(trace, *exit.operation);
  const Use split = find_use<RouterSplit>(trace, tensor, 0);
  if (split.operation != nullptr && split.input == 0) return router_logits(trace, *split.operation);
  if (holds_shifts(trace, tensor)) return draw_values(trace, tensor, shift_codes());
  for (const MapPrediction& prediction : trace.predictions) {
    const bool is_query = prediction.query == tensor;
    if (is_query || prediction.key == tensor) {
      return prediction_operand(trace, prediction, is_query);
    }
  }
  return draw_values(trace, tensor, quantiles());
}

std::vector<std::int32_t> bias_values(const Trace& trace, TensorId tensor) {
  const Use linear = find_use<DenseLinear>(trace, tensor);
  if (linear.operation != nullptr && linear.input == 3) {
    return requantisation_values(trace, tensor, *linear.operation);
  }
  const Use routed = find_use<RoutedLinear>(trace, tensor);
  if (routed.operation != nullptr && (routed.input == 4 || routed.input == 7)) {
    return requantisation_values(trace, tensor, *routed.operation);
  }
  const Use attention = find_use<LinearAttention>(trace, tensor);
  if (attention.operation != nullptr) return attention_words(trace, tensor, attention);
  const Use mix = find_use<HeadMixEncode, HeadMixDecode>(trace, tensor);
  const bool is_narrow =
      mix.operation != nullptr && follows_linear(trace, mix.operation->inputs[0]);
  const std::int32_t factor = is_narrow ? kHeadBiasFactor : kBiasFactor;
  return draw_values(trace, tensor, table_of<std::int32_t>([factor](std::int8_t value) {
                       return value * factor;
                     }));
}

std::vector<std::int16_t> stream_values(const Trace& trace, TensorId tensor) {
  static const auto table =
      table_of<std::int16_t>([](std::int8_t value) { return value * kStreamFactor; });
  return draw_values(trace, tensor, table);
}

}  // namespace vitcod
