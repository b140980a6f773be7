// SPDX-License-Identifier: Apache-2.0
#include "workloads/dynamic_masks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/base/random.hpp"
#include "workloads/map_factors.hpp"
#include "workloads/mask_prediction.hpp"
#include "workloads/number_formats.hpp"
#include "workloads/polarization.hpp"

namespace vitcod {
namespace {

constexpr double kKeptScore = 4.0;
constexpr double kNoise = 0.25;
constexpr double kOperandOne = 32.0;

using Shape = std::vector<std::uint32_t>;

/// A factor as operands, in which products are scores of `kKeptScore`.
void append_operands(const std::vector<double>& factors, std::uint32_t features, Random& random,
                     std::vector<std::int8_t>& operands) {
  const double scale = std::sqrt(kKeptScore * std::sqrt(double(features))) * kOperandOne;
  double squares = 0.0;
  for (const double factor : factors) squares += factor * factor;
  const double deviation = kNoise * std::sqrt(squares / static_cast<double>(factors.size()));
  for (const double factor : factors) {
    const double value = scale * (factor + deviation * random.normal());
    operands.push_back(
        static_cast<std::int8_t>(std::clamp(std::floor(value + 0.5), -128.0, 127.0)));
  }
}

struct Operands {
  std::vector<std::int8_t> queries, keys;
};

Operands operands_of(const Trace& trace, const MapPrediction& prediction) {
  const PolarizedMap& source = trace.map(prediction.source);
  const std::uint32_t features = trace.tensor(prediction.query).shape[2];
  Operands operands;
  for (std::size_t head = 0; head < source.heads.size(); ++head) {
    Random random(trace.token_seed,
                  fmt::format("masks/{}/head{}", trace.tensor(prediction.query).name, head));
    const KeptMap map = kept_map(source.heads[head], source.num_queries, source.num_keys);
    const MapFactors factors = factors_of(map, features, random);
    append_operands(factors.queries, features, random, operands.queries);
    append_operands(factors.keys, features, random, operands.keys);
  }
  return operands;
}

/// Of all heads, (heads, queries, keys).
std::vector<std::uint32_t> shares_of(const Trace& trace, const MapPrediction& prediction) {
  const PolarizedMap& source = trace.map(prediction.source);
  const std::uint32_t features = trace.tensor(prediction.query).shape[2];
  const Operands operands = operands_of(trace, prediction);
  const std::size_t query_size = std::size_t{source.num_queries} * features;
  const std::size_t key_size = std::size_t{source.num_keys} * features;
  std::vector<std::uint32_t> shares;
  for (std::size_t head = 0; head < source.heads.size(); ++head) {
    const std::vector<std::uint32_t> of_head = predicted_shares(
        PredictionOperands{std::span(operands.queries).subspan(head * query_size, query_size),
                           std::span(operands.keys).subspan(head * key_size, key_size), features});
    shares.insert(shares.end(), of_head.begin(), of_head.end());
  }
  return shares;
}

PolarizedMap map_of(const PolarizedMap& source, std::span<const std::uint32_t> shares,
                    std::uint32_t threshold) {
  const std::size_t entries = std::size_t{source.num_queries} * source.num_keys;
  PolarizedMap map;
  for (std::size_t head = 0; head < source.heads.size(); ++head) {
    const KeptMap kept = kept_by_threshold(shares.subspan(head * entries, entries),
                                           source.num_queries, source.num_keys, threshold);
    add_head(map, kept, std::nullopt);
  }
  return map;
}

std::uint32_t threshold_of(const DynamicMasksSpec& masks, const PolarizedMap& source,
                           std::span<const std::uint32_t> shares) {
  if (masks.threshold) return static_cast<std::uint32_t>(std::ceil(*masks.threshold * kFixedOne));
  if (!masks.sparsity) return threshold_for(shares, source.nnz());
  const double kept = (1.0 - *masks.sparsity) * static_cast<double>(shares.size());
  return threshold_for(shares, static_cast<std::uint64_t>(std::floor(kept + 0.5)));
}

void check_operand(const Trace& trace, TensorId id, const Shape& shape, std::uint32_t map) {
  const Tensor& tensor = trace.tensor(id);
  const bool fits = tensor.shape.size() == 3 && tensor.shape[0] == shape[0] &&
                    tensor.shape[1] == shape[1] && tensor.shape[2] == shape[2];
  if (!fits || tensor.bits != kOperandBits) {
    throw InputError(fmt::format(
        "prediction of map {}: expected ({}) of 8 bits, found ({}) of {} bits in \"{}\"", map,
        fmt::join(shape, ", "), fmt::join(tensor.shape, ", "), tensor.bits, tensor.name));
  }
  for (const Operation& operation : trace.operations) {
    for (const TensorId output : operation.outputs) {
      if (output != id) continue;
      throw InputError(fmt::format("prediction of map {}: \"{}\" comes from \"{}\"", map,
                                   tensor.name, operation.name));
    }
  }
}

}  // namespace

std::vector<std::int8_t> prediction_operand(const Trace& trace, const MapPrediction& prediction,
                                            bool is_query) {
  Operands operands = operands_of(trace, prediction);
  return std::move(is_query ? operands.queries : operands.keys);
}

PolarizedMap predicted_map(const Trace& trace, const MapPrediction& prediction) {
  return map_of(trace.map(prediction.source), shares_of(trace, prediction), prediction.threshold);
}

MapId add_predicted_map(Trace& trace, const DynamicMasksSpec& masks, PolarizedMap source,
                        TensorId query, TensorId key) {
  const auto number = static_cast<std::uint32_t>(trace.maps.size());
  trace.token_seed = masks.seed;
  trace.maps.push_back(std::move(source));
  MapPrediction prediction{MapId{number + 1}, MapId{number}, query, key, 0};
  const std::vector<std::uint32_t> shares = shares_of(trace, prediction);
  prediction.threshold = threshold_of(masks, trace.maps.back(), shares);
  PolarizedMap map = map_of(trace.maps.back(), shares, prediction.threshold);
  trace.maps.push_back(std::move(map));
  trace.predictions.push_back(prediction);
  return prediction.map;
}

void check_predictions(const Trace& trace) {
  for (const MapPrediction& prediction : trace.predictions) {
    const auto number = static_cast<std::uint32_t>(prediction.map);
    const PolarizedMap& source = trace.map(prediction.source);
    const auto heads = static_cast<std::uint32_t>(source.heads.size());
    const Shape& query = trace.tensor(prediction.query).shape;
    const std::uint32_t features = query.size() == 3 ? query[2] : 1;
    check_operand(trace, prediction.query, {heads, source.num_queries, features}, number);
    check_operand(trace, prediction.key, {heads, source.num_keys, features}, number);
    if (trace.map(prediction.map) == predicted_map(trace, prediction)) continue;
    throw InputError(fmt::format(
        "prediction of map {}: it is not what is predicted from \"{}\" and \"{}\"", number,
        trace.tensor(prediction.query).name, trace.tensor(prediction.key).name));
  }
}

}  // namespace vitcod
