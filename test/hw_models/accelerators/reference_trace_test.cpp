// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_trace.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/hw_models/accelerators/float_layers.hpp"
#include "workloads/values.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test::reference_trace_test {
namespace {

constexpr ValueFormats kFormats{5, 5, false, 5};

Trace whole(const Json& model) {
  Json specification = {{"model", model},
                        {"scope", "model"},
                        {"maps", {{"kind", "generated"}, {"sparsity", 0.9}, {"seed", 1}}},
                        {"polarization", {{"theta_d_fraction", 0.25}}},
                        {"values", {{"seed", 5}}}};
  if (model == "iret-tiny") {
    specification["tokens"] = {{"kind", "iret"},
                               {"boundaries", {3, 6, 9}},
                               {"keep_ratio", 0.7},
                               {"seed", 1},
                               {"exits", {{"confidence", 1.0}}}};
  }
  return make_trace(specification, ".");
}

OperandImage image_of(const Trace& trace) {
  return OperandImage({[&trace](TensorId id) { return operand_values(trace, id); },
                       [&trace](TensorId id) { return bias_values(trace, id); },
                       [&trace](TensorId id) { return stream_values(trace, id); }});
}

/// What each layer's results must reach: decibels over the error against float, the share of
/// results at a bound, and their root mean square.
void check_layers(const Trace& trace, OperandImage& image) {
  for (const Operation& operation : trace.operations) {
    const std::optional<LayerFigures> figures = figures_of(trace, operation, kFormats, image);
    if (!figures) continue;
    CAPTURE(operation.name, figures->sqnr_db, figures->saturated_share, figures->rms);
    CHECK(figures->sqnr_db > least_sqnr_db(trace, operation));
    CHECK(figures->saturated_share < 0.01);
    const bool is_mean = std::holds_alternative<Spmm>(operation.params) ||
                         std::holds_alternative<AveragePool>(operation.params);
    CHECK(figures->rms > (is_mean ? 3.0 : 8.0));
  }
}

/// The classes, computed in float from the given tensors on, against the reference's.
double end_to_end_sqnr_db(const Trace& trace, OperandImage& image) {
  std::map<TensorId, std::vector<double>> computed;
  const FloatTensors tensors = [&](TensorId id) {
    const auto found = computed.find(id);
    return found != computed.end() ? found->second : numbers_of(trace, id, image);
  };
  for (const Operation& operation : trace.operations) {
    computed[operation.outputs[0]] = float_operation(trace, operation, kFormats, tensors, 1);
  }
  OperandImage reference = image_of(trace);
  reference_trace(trace, kFormats, reference);
  const TensorId classes = trace.operations.back().outputs[0];
  return sqnr_db(computed.at(classes), numbers_of(trace, classes, reference));
}

}  // namespace

TEST_CASE("the layers of whole models are near float, use their range and saturate rarely") {
  for (const char* model :
       {"deit-tiny", "levit-128", "strided-transformer-27", "iret-tiny", "vittm-tiny"}) {
    const Trace trace = whole(model);
    OperandImage image = image_of(trace);
    reference_trace(trace, kFormats, image);
    check_layers(trace, image);
  }
}

// With maps whose rows keep as many entries each, and operands that do not depend on each other:
// one bias serves all rows, and the weights of each sum to about one.
TEST_CASE("sigmoid attention of independent operands is near float") {
  const Trace trace = make_trace({{"model", "deit-tiny"},
                                  {"scope", "attention"},
                                  {"score_function", "sigmoid"},
                                  {"maps", {{"kind", "dense"}}},
                                  {"layers", {0, 5}},
                                  {"auto_encoder", false},
                                  {"values", {{"seed", 5}}}},
                                 ".");
  OperandImage image = image_of(trace);
  reference_trace(trace, kFormats, image);
  check_layers(trace, image);
}

TEST_CASE("a whole model's classes are near those of float from the first number to the last") {
  for (const char* model : {"deit-tiny", "levit-128s", "strided-transformer-27", "vittm-tiny"}) {
    CAPTURE(model);
    const Trace trace = whole(model);
    OperandImage image = image_of(trace);
    const double decibels = end_to_end_sqnr_db(trace, image);
    CAPTURE(decibels);
    CHECK(decibels > 10.0);
  }
}

TEST_CASE("figures of the layers of whole models", "[.figures]") {
  for (const char* model :
       {"deit-tiny", "levit-128", "strided-transformer", "iret-tiny", "vittm-tiny"}) {
    const Trace trace = whole(model);
    OperandImage image = image_of(trace);
    reference_trace(trace, kFormats, image);
    fmt::print("{:<32} {:>8} {:>10} {:>8}\n", model, "SQNR dB", "saturated", "rms");
    if (trace.restrictions.empty()) {  // kept tokens are no numbers that float makes
      OperandImage given = image_of(trace);
      fmt::print("{:<32} {:>8.1f}\n", "classes, end to end", end_to_end_sqnr_db(trace, given));
    }
    for (const Operation& operation : trace.operations) {
      const auto figures = figures_of(trace, operation, kFormats, image);
      if (!figures) continue;
      fmt::print("{:<32} {:>8.1f} {:>9.3f}% {:>8.1f}\n", operation.name, figures->sqnr_db,
                 100.0 * figures->saturated_share, figures->rms);
    }
  }
}

TEST_CASE("a softmax of what no sddmm makes is refused by name") {
  Trace trace;
  OperandImage image = image_of(trace);
  trace.tensors = {{"s", {1}, 32}, {"p", {1}, 16}};
  trace.operations = {{"softmax", 0, RowNormalise{MapId{0}}, {TensorId{0}}, {TensorId{1}}}};
  CHECK_THROWS_WITH(reference_trace(trace, kFormats, image),
                    "operation softmax: expected scores from an sddmm operation");
}

}  // namespace vitcod::test::reference_trace_test
