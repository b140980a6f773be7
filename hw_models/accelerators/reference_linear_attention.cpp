// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_linear_attention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "hw_models/accelerators/reference_linear.hpp"
#include "hw_models/accelerators/reference_rounding.hpp"
#include "sim/base/attention_index.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// As the word of a channel says: a multiplier, and a right shift.
std::int64_t requantised(std::int64_t sum, std::int32_t word) {
  return rounded(sum * (word & 0xffff), static_cast<unsigned>(word >> 16));
}

/// 2^output_shift times the quotient of two sums, by the divisor's reciprocal.
std::int64_t quotient(std::int64_t sum, std::int64_t divisor, unsigned output_shift) {
  if (divisor <= 0) return 0;
  const auto width = static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(divisor)));
  const std::int64_t highest = (divisor << 16) >> width;
  const std::int64_t reciprocal = std::min<std::int64_t>((std::int64_t{1} << 31) / highest, 65535);
  return rounded(sum * reciprocal, 15 + width - output_shift);
}

class AttentionReference {
 public:
  AttentionReference(const Operation& operation, OperandImage& image)
      : operation_(operation),
        attention_(std::get<LinearAttention>(operation.params)),
        map_(reference_activation(attention_.feature_map)),
        query_(mapped(image.operand(operation.inputs[0]))),
        key_(mapped(image.operand(operation.inputs[1]))),
        value_(image.operand(operation.inputs[2])),
        inner_words_(image.bias(operation.inputs[3])) {}

  void make_inner(OperandImage& image) {
    const std::size_t width = attention_.features_k, values = attention_.features_v;
    for (std::size_t head = 0; head < attention_.heads; ++head) {
      const std::int32_t* words = &inner_words_[head * attention_.columns()];
      for (std::size_t k = 0; k < width; ++k) {
        for (std::size_t v = 0; v < values; ++v) {
          inner_.push_back(saturated<std::int8_t>(requantised(product(head, k, v), words[v])));
        }
        if (!attention_.normalise) continue;
        sums_.push_back(saturated<std::int8_t>(requantised(sum(head, k), words[values])));
      }
    }
    image.set_output(operation_.outputs[1], inner_);
    if (attention_.normalise) image.set_output(operation_.outputs[2], sums_);
  }

  /// O in elements of T. `words`: of its requantisation. `residual`: what is added, if anything is.
  template <typename T>
  std::vector<T> attended(const std::vector<std::int32_t>& words,
                          const std::vector<T>* residual) const {
    const std::size_t heads = attention_.heads, values = attention_.features_v;
    std::vector<T> output(heads * attention_.queries * values);
    for (std::size_t head = 0; head < heads; ++head) {
      for (std::size_t q = 0; q < attention_.queries; ++q) {
        for (std::size_t v = 0; v < values; ++v) {
          const T result = saturated<T>(element(head, q, v, words));
          if (residual == nullptr) {
            output[query_row(head, q) * values + v] = result;
          } else {
            const std::size_t place = (q * heads + head) * values + v;
            output[place] = saturated<T>(std::int64_t{result} + (*residual)[place]);
          }
        }
      }
    }
    return output;
  }

 private:
  std::size_t query_row(std::size_t head, std::size_t query) const {
    return value_of(LayerQueries(attention_.queries).index(LayerHead(head), QueryRow(query)));
  }
  std::size_t first_key(std::size_t head) const {
    return value_of(LayerKeys(attention_.keys).index(LayerHead(head), KeyToken{0}));
  }
  std::vector<std::int8_t> mapped(std::vector<std::int8_t> values) const {
    for (std::int8_t& value : values) value = map_[static_cast<std::size_t>(value + 128)];
    return values;
  }
  std::int64_t product(std::size_t head, std::size_t k, std::size_t v) const {
    std::int64_t total = 0;
    for (std::size_t key = first_key(head); key < first_key(head + 1); ++key) {
      total += std::int64_t{key_[key * attention_.features_k + k]} *
               value_[key * attention_.features_v + v];
    }
    return total;
  }
  std::int64_t sum(std::size_t head, std::size_t k) const {
    std::int64_t total = 0;
    for (std::size_t key = first_key(head); key < first_key(head + 1); ++key) {
      total += key_[key * attention_.features_k + k];
    }
    return total;
  }
  std::int64_t element(std::size_t head, std::size_t q, std::size_t v,
                       const std::vector<std::int32_t>& words) const {
    const std::size_t width = attention_.features_k, values = attention_.features_v;
    const std::int8_t* row = &query_[query_row(head, q) * width];
    std::int64_t total = 0, divisor = 0;
    for (std::size_t k = 0; k < width; ++k) {
      total += std::int64_t{row[k]} * inner_[(head * width + k) * values + v];
      if (attention_.normalise) divisor += std::int64_t{row[k]} * sums_[head * width + k];
    }
    return attention_.normalise ? quotient(total, divisor, attention_.output_shift)
                                : requantised(total, words[head * values + v]);
  }

  const Operation& operation_;
  const LinearAttention& attention_;
  const std::array<std::int8_t, 256> map_;
  const std::vector<std::int8_t> query_, key_;
  const std::vector<std::int8_t>& value_;
  const std::vector<std::int32_t>& inner_words_;
  std::vector<std::int8_t> inner_, sums_;
};

}  // namespace

void reference_linear_attention(const Trace& trace, const Operation& operation,
                                OperandImage& image) {
  const auto& attention = std::get<LinearAttention>(operation.params);
  if (attention.primitive == Primitive::kShift) {
    throw InputError(fmt::format("operation {} ({}): there is no reference for its primitive",
                                 operation.name, kind_name(operation.params)));
  }
  AttentionReference reference(operation, image);
  reference.make_inner(image);
  static const std::vector<std::int32_t> no_words;
  const auto& words = attention.normalise ? no_words : image.bias(operation.inputs[4]);
  const TensorId output = operation.outputs[0], residual = operation.inputs.back();
  if (!attention.residual) {
    image.set_output(output, reference.attended<std::int8_t>(words, nullptr));
  } else if (trace.tensor(output).bits == 16) {
    image.set_output(output, reference.attended<std::int16_t>(words, &image.stream(residual)));
  } else {
    image.set_output(output, reference.attended<std::int8_t>(words, &image.operand(residual)));
  }
}

}  // namespace vitcod
