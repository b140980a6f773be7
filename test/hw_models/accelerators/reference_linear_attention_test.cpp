// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_linear_attention.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "hw_models/accelerators/reference_linear.hpp"
#include "hw_models/accelerators/trace_values.hpp"
#include "sim/base/errors.hpp"
#include "test/hw_models/accelerators/float_layers.hpp"
#include "test/hw_models/accelerators/linear_attention_traces.hpp"
#include "workloads/value_scales.hpp"

namespace vitcod::test::reference_linear_attention_test {
namespace {

using Bytes = std::vector<std::int8_t>;

constexpr std::int32_t word(std::int32_t multiplier, std::int32_t shift) {
  return multiplier + (shift << 16);
}

/// The operation on given tensors.
OperandImage computed(const Trace& trace, const std::map<std::string, Bytes>& operands,
                      const std::map<std::string, std::vector<std::int32_t>>& words,
                      const std::vector<std::int16_t>& residual = {}) {
  const auto name = [&trace](TensorId id) { return trace.tensor(id).name; };
  OperandImage image({[=](TensorId id) { return operands.at(name(id)); },
                      [=](TensorId id) { return words.at(name(id)); },
                      [=](TensorId) { return residual; }});
  reference_linear_attention(trace, trace.operations[0], image);
  return image;
}

// One head, two queries, two keys, features 2 and 1. f(K) = (64, 32), (12, 127): e^-1 and the
// bound. A = (10 64 + 20 12, 10 32 + 20 127) = (880, 2860) by 1/32: 27.5 to 28 and 89.4. z = (76,
// 159) by 1/2: 38 and 79.5 to 80. f(Q) = (32, 64), (32, 1): O is (32 28 + 64 89) / (32 38 + 64 80)
// = 6592 / 6336 and (896 + 89) / (1216 + 80) = 985 / 1296, times 2^5: 33.29 and 24.32.
TEST_CASE("linear attention of two queries and keys is as computed by hand") {
  const Trace trace = linear_attention_trace(
      {1, 2, 2, 2, 1, Activation::kEluPlusOne, true, 5, false, Primitive::kMultiply});
  OperandImage image =
      computed(trace, {{"q", {0, 32, 0, -128}}, {"k", {32, 0, -32, 120}}, {"v", {10, 20}}},
               {{"inner_words", {word(1, 5), word(1, 1)}}});
  CHECK(image.operand(tensor_named(trace, "a")) == Bytes{28, 89});
  CHECK(image.operand(tensor_named(trace, "z")) == Bytes{38, 80});
  CHECK(image.operand(tensor_named(trace, "o")) == Bytes{33, 24});
}

TEST_CASE("without map and normaliser a second requantisation makes the results") {
  const Trace trace = linear_attention_trace({1, 1, 2, 2, 2, Activation::kNone, false, 0, false});
  OperandImage image =
      computed(trace, {{"q", {1, -1}}, {"k", {1, 0, 1, 1}}, {"v", {100, 3, 4, 5}}},
               {{"inner_words", {word(1, 1), word(2, 1)}}, {"words", {word(3, 1), word(1, 63)}}});
  CHECK(image.operand(tensor_named(trace, "a")) == Bytes{52, 8, 2, 5});
  // (52 - 2) 3 / 2, and nothing left of 8 - 5.
  CHECK(image.operand(tensor_named(trace, "o")) == Bytes{75, 0});
}

// Both heads alike: f(Q) = 32, A = 20 by 1/32, z = 32: 32 20 / (32 32) by 2^7 is 80; the residual
// stands row by row, head beside head.
TEST_CASE("a residual is added to heads side by side, and results saturate") {
  const Trace trace =
      linear_attention_trace({2, 2, 1, 1, 1, Activation::kEluPlusOne, true, 7, true});
  OperandImage image = computed(trace, {{"q", {0, 0, 0, 0}}, {"k", {0, 0}}, {"v", {20, -20}}},
                                {{"inner_words", {word(1, 5), word(2, 1), word(1, 5), word(2, 1)}}},
                                {1000, 2000, 32767, -32768});
  CHECK(image.stream(tensor_named(trace, "o")) ==
        std::vector<std::int16_t>{1080, 1920, 32767, -32768});
}

TEST_CASE("rows whose divisor is not above zero are zero") {
  const Trace trace = linear_attention_trace({1, 2, 1, 1, 1, Activation::kNone, true, 3, false});
  OperandImage image = computed(trace, {{"q", {0, -4}}, {"k", {9}}, {"v", {50}}},
                                {{"inner_words", {word(2, 1), word(2, 1)}}});
  CHECK(image.operand(tensor_named(trace, "o")) == Bytes{0, 0});
}

TEST_CASE("the table of elu plus one holds 32 times e to the x, and 32 more from zero on") {
  const auto at = [](int value) {
    const int entry = value + 128;
    return int{reference_activation(Activation::kEluPlusOne)[static_cast<std::size_t>(entry)]};
  };
  CHECK(at(-128) == 1);  // 0.59
  CHECK(at(-32) == 12);  // 11.8
  CHECK(at(-1) == 31);
  CHECK(at(0) == 32);
  CHECK(at(95) == 127);
  CHECK(at(127) == 127);
}

// 20 dB are a tenth of the results' size: A and z have 8 bits each.
TEST_CASE("linear attention of drawn values is near float, uses its range and saturates rarely") {
  constexpr ValueFormats kFormats{5, 5, false, 5};
  const std::uint32_t shift = linear_attention_shift(16, false);
  for (LinearAttention attention :
       {LinearAttention{3, 49, 196, 16, 64, Activation::kEluPlusOne, true, shift, false},
        LinearAttention{3, 196, 49, 16, 64, Activation::kEluPlusOne, true,
                        linear_attention_shift(16, true), true},
        LinearAttention{2, 64, 64, 64, 32, Activation::kEluPlusOne, false, 0, false}}) {
    const Trace trace = linear_attention_trace(attention);
    OperandImage image(*source_of(trace, true));
    reference_linear_attention(trace, trace.operations[0], image);
    const LayerFigures figures = *figures_of(trace, trace.operations[0], kFormats, image);
    CAPTURE(attention.keys, attention.normalise, figures.sqnr_db, figures.rms,
            figures.saturated_share);
    CHECK(figures.sqnr_db > 24.0);
    CHECK(figures.saturated_share < 0.01);
    CHECK(figures.rms > (attention.residual ? 300.0 : 20.0));
    CHECK(figures.rms < (attention.residual ? 450.0 : 50.0));
  }
}

// One head, codes of 8 bits. Key 0 has bits 0 and 1, key 1 bits 1 and 7: row 0 of A is V of key 0,
// row 1 their sum, row 7 that of key 1, the others nothing. Query 0 has bit 1, query 1 all bits.
TEST_CASE("linear attention by codes adds rows of V, then of A") {
  const Trace trace =
      linear_attention_trace({1, 2, 2, 8, 2, Activation::kNone, false, 0, false, Primitive::kAdd});
  OperandImage image =
      computed(trace,
               {{"q", {0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}},
                {"k", {1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}},
                {"v", {100, 3, 20, -5}}},
               {{"inner_words", {word(1, 1), word(4, 1)}}, {"words", {word(1, 1), word(1, 1)}}});
  CHECK(image.operand(tensor_named(trace, "a")) ==
        Bytes{50, 6, 60, -4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, -10});
  // 60 and -4 by 1/2; 120 and -8 by 1/2.
  CHECK(image.operand(tensor_named(trace, "o")) == Bytes{30, -2, 60, -4});
}

TEST_CASE("linear attention by drawn codes uses its range and saturates rarely") {
  const Trace trace = linear_attention_trace(
      {3, 197, 197, 64, 64, Activation::kNone, false, 0, false, Primitive::kAdd});
  OperandImage image(*source_of(trace, true));
  reference_linear_attention(trace, trace.operations[0], image);
  for (const char* name : {"a", "o"}) {
    double squares = 0.0, saturated = 0.0;
    const Bytes& values = image.operand(tensor_named(trace, name));
    for (const std::int8_t value : values) {
      squares += double(value) * value;
      saturated += value == 127 || value == -128 ? 1.0 : 0.0;
    }
    const auto number = static_cast<double>(values.size());
    CAPTURE(name, std::sqrt(squares / number), saturated / number);
    CHECK(std::sqrt(squares / number) > 20.0);
    CHECK(std::sqrt(squares / number) < 50.0);
    CHECK(saturated / number < 0.01);
  }
}

TEST_CASE("linear attention of a primitive without reference is refused by name") {
  const Trace trace =
      linear_attention_trace({1, 1, 1, 1, 1, Activation::kNone, true, 0, false, Primitive::kShift});
  OperandImage image(*source_of(trace, true));
  CHECK_THROWS_WITH(
      reference_linear_attention(trace, trace.operations[0], image),
      "operation attention (linear_attention): there is no reference for its primitive");
}

}  // namespace
}  // namespace vitcod::test::reference_linear_attention_test
