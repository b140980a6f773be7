// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "hw_models/accelerators/operand_source.hpp"
#include "hw_models/accelerators/reference_model.hpp"
#include "hw_models/compiler/operation_index.hpp"
#include "sim/base/json.hpp"
#include "sim/baseline/onednn/dense_networks.hpp"
#include "test/support/source_tree.hpp"
#include "workloads/values.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test::attention_values_test {
namespace {

// Two heads, 9 queries and keys, 8 features of Q and K, 4 of V, the last two not the same.
constexpr AttentionShape kShape = {2, 9, 9, 8, 4};
constexpr float kScale = 1.0F / 32.0F;  // operands have 5 fraction bits

Trace small_trace() {
  return make_trace(Json::parse(R"({"scope": "attention", "maps": {"kind": "dense"},
      "model": {"name": "small", "prefix_tokens": 0, "groups": [
        {"name": "a", "num_blocks": 1, "heads": 2, "query_grid": [3, 3], "key_grid": [3, 3],
         "key_dim": 8, "value_dim": 4}]}})"),
                    ".");
}

TensorId tensor_named(const Trace& trace, const std::string& name) {
  for (std::uint32_t i = 0; i < trace.tensors.size(); ++i) {
    if (trace.tensors[i].name == name) return TensorId{i};
  }
  throw std::runtime_error("no tensor " + name);
}

/// Operands of the project's own source, within [-64, 63].
struct Operands {
  std::vector<std::int8_t> query, key, value;

  explicit Operands(const Trace& trace) {
    query = bounded(operand_values(trace, tensor_named(trace, "layer0/q")));
    key = bounded(operand_values(trace, tensor_named(trace, "layer0/k")));
    value = bounded(operand_values(trace, tensor_named(trace, "layer0/v")));
  }
  static std::vector<std::int8_t> bounded(std::vector<std::int8_t> values) {
    for (std::int8_t& value : values) value = std::clamp<std::int8_t>(value, -64, 63);
    return values;
  }
};

template <typename T>
std::vector<T> contents(const dnnl::memory& memory) {
  const auto* values = static_cast<const T*>(memory.get_data_handle());
  return {values, values + memory.get_desc().get_size() / sizeof(T)};
}

/// The operands through oneDNN.
struct Run {
  std::vector<float> scores;
  dnnl::memory probabilities;
  dnnl::memory output;

  Run(const Operands& operands, Precision precision) {
    Network network;
    const HeadMatrices query =
        heads(network, operands.query, kShape.queries, kShape.key_dim, precision);
    const HeadMatrices key = heads(network, operands.key, kShape.keys, kShape.key_dim, precision);
    const HeadMatrices value =
        heads(network, operands.value, kShape.keys, kShape.value_dim, precision);
    const HeadMatrices result =
        heads(network, operands.value, kShape.queries, kShape.value_dim, precision);
    // Float32 operands are scaled by their own values.
    const float scale = precision == Precision::kInt8 ? kScale : 1.0F;
    const AttentionResult between =
        attention(network, kShape, precision, scale, query, key, value, result);
    network.run();
    scores = contents<float>(between.scores);
    probabilities = between.probabilities;
    output = result.memory;
  }

  static HeadMatrices heads(Network& network, const std::vector<std::int8_t>& values,
                            std::uint32_t tokens, std::uint32_t features, Precision precision) {
    const Network::Desc desc({kShape.heads, tokens, features}, operand_type(precision),
                             dnnl::memory::format_tag::abc);
    dnnl::memory memory(desc, network.engine());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (precision == Precision::kInt8) {
        static_cast<std::int8_t*>(memory.get_data_handle())[i] = values[i];
      } else {
        static_cast<float*>(memory.get_data_handle())[i] = kScale * static_cast<float>(values[i]);
      }
    }
    return {memory, features, tokens * features};
  }
};

/// Sum of products of one query and key of a head, exact.
int product_sum(const Operands& operands, std::size_t head, std::size_t query, std::size_t key) {
  int sum = 0;
  for (std::size_t f = 0; f < kShape.key_dim; ++f) {
    sum += operands.query[(head * kShape.queries + query) * kShape.key_dim + f] *
           operands.key[(head * kShape.keys + key) * kShape.key_dim + f];
  }
  return sum;
}

int value_at(const Operands& operands, std::size_t head, std::size_t key, std::size_t feature) {
  return operands.value[(head * kShape.keys + key) * kShape.value_dim + feature];
}

/// Softmax(Q K^T / sqrt(d)) V in double precision: (heads, queries, features).
std::vector<double> plain_attention(const Operands& operands) {
  std::vector<double> output;
  for (std::size_t h = 0; h < kShape.heads; ++h) {
    for (std::size_t q = 0; q < kShape.queries; ++q) {
      std::vector<double> weights;
      double total = 0;
      for (std::size_t k = 0; k < kShape.keys; ++k) {
        weights.push_back(std::exp(product_sum(operands, h, q, k) / (32.0 * 32.0) /
                                   std::sqrt(double{kShape.key_dim})));
        total += weights.back();
      }
      for (std::size_t f = 0; f < kShape.value_dim; ++f) {
        double sum = 0;
        for (std::size_t k = 0; k < kShape.keys; ++k)
          sum += weights[k] * value_at(operands, h, k, f);
        output.push_back(sum / total / 32.0);
      }
    }
  }
  return output;
}

/// All numbers of nested arrays, in order.
std::vector<double> flat(const Json& json) {
  std::vector<double> numbers;
  for (const Json& element : json) {
    const std::vector<double> more =
        element.is_array() ? flat(element) : std::vector<double>{element.get<double>()};
    numbers.insert(numbers.end(), more.begin(), more.end());
  }
  return numbers;
}

}  // namespace

TEST_CASE("the kept values are those of a simulation, and what attention makes of them") {
  const Json kept = read_json_file(source_dir() + "/test/onednn/attention_values.json");
  const Operands operands(small_trace());
  const auto numbers = [](const std::vector<std::int8_t>& values) {
    return std::vector<double>(values.begin(), values.end());
  };
  CHECK(flat(kept["query"]) == numbers(operands.query));
  CHECK(flat(kept["key"]) == numbers(operands.key));
  CHECK(flat(kept["value"]) == numbers(operands.value));
  const std::vector<double> exact = plain_attention(operands);
  const std::vector<double> output = flat(kept["output"]);
  REQUIRE(output.size() == exact.size());
  for (std::size_t i = 0; i < exact.size(); ++i) CHECK(std::abs(output[i] - exact[i]) < 1e-9);
}

TEST_CASE("float32 attention is softmax(Q K^T / sqrt(d)) V within float32's rounding") {
  const Operands operands(small_trace());
  const Run run(operands, Precision::kFloat32);
  const std::vector<double> expected = plain_attention(operands);
  const std::vector<float> found = contents<float>(run.output);
  REQUIRE(found.size() == expected.size());
  // Operands are multiples of 2^-5 below 2: products and sums of 8 of them are exact in 24 bits, so
  // a score (below 4 x 8 / sqrt(8) < 12) has the rounding of its scale and product: 2 x 12 x 2^-24.
  // exp and its argument's subtraction add 2^-23 of 24 at most, sum, division and the library's
  // exp (2^-20) less than 2^-19: in all 2^-17 of a result below 2 is ample, and 1000 times finer
  // than the values.
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(std::abs(found[i] - expected[i]) < 2 * 0x1p-17);
  }
}

TEST_CASE("int8 attention's products are exact, and its probabilities and results rounded once") {
  const Operands operands(small_trace());
  const Run run(operands, Precision::kInt8);
  const auto probabilities = contents<std::uint8_t>(run.probabilities);
  const auto output = contents<std::int8_t>(run.output);
  const float scale = kScale * kScale / std::sqrt(static_cast<float>(kShape.key_dim));
  std::size_t entry = 0;
  for (std::size_t h = 0; h < kShape.heads; ++h) {
    for (std::size_t q = 0; q < kShape.queries; ++q) {
      for (std::size_t k = 0; k < kShape.keys; ++k, ++entry) {
        CHECK(run.scores[entry] == static_cast<float>(product_sum(operands, h, q, k)) * scale);
      }
      for (std::size_t f = 0; f < kShape.value_dim; ++f) {
        int sum = 0;
        for (std::size_t k = 0; k < kShape.keys; ++k) {
          sum += probabilities[entry - kShape.keys + k] * value_at(operands, h, k, f);
        }
        const auto exact =
            static_cast<int>(std::nearbyint(static_cast<float>(sum) * (1.0F / 255.0F)));
        CHECK(int{output[(h * kShape.queries + q) * kShape.value_dim + f]} == exact);
      }
    }
  }
}

TEST_CASE("float32 attention agrees with the machines' reference within its number formats") {
  const Trace trace = small_trace();
  OperationIndex index(trace);
  const auto spmm = std::find_if(trace.operations.begin(), trace.operations.end(),
                                 [](const Operation& o) { return o.name == "layer0/spmm"; });
  const AttentionLayer layer =
      find_attention(index, static_cast<std::size_t>(spmm - trace.operations.begin()));
  const Operands operands(trace);
  OperandImage image(OperandSource{});
  image.set_output(layer.query, operands.query);
  image.set_output(layer.key, operands.key);
  image.set_output(layer.value, operands.value);
  ValueFormats formats;
  formats.operand_fraction_bits = 5;
  const std::vector<std::int8_t> reference = reference_attention(layer, formats, image);
  const auto found = contents<float>(Run(operands, Precision::kFloat32).output);
  REQUIRE(reference.size() == found.size());
  // Its weights have 8 bits: the largest is 128 or more, each is off by 1/2 and by 2^-8 of itself
  // for its mantissa's and its score's rounding, so 9 weights shift a mean of values within 64 by
  // 64 x (9 x 0.5 / 128 + 2 x 2^-8) x 2 < 5.5 units of 2^-5; the result is rounded by 1/2.
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(std::abs(32 * found[i] - static_cast<float>(reference[i])) < 6.0F);
  }
}

}  // namespace vitcod::test::attention_values_test
