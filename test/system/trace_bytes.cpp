// SPDX-License-Identifier: Apache-2.0
// Bytes that the operations of a trace read and write, counted from the trace alone.
#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>

#include "test/system/result_checks.hpp"

namespace vitcod::test {

namespace {

/// Tokens of the grid that the windows of all places take together.
std::uint64_t tokens_in_windows(const Window& window) {
  // Places at which one row or column of the kernel lies on the grid, summed over these.
  const auto inside = [&](std::uint64_t places, std::uint64_t kernel, std::uint64_t padding,
                          std::uint64_t grid) {
    std::uint64_t sum = 0;
    for (std::uint64_t place = 0; place < places; ++place) {
      for (std::uint64_t d = 0; d < kernel; ++d) {
        const std::uint64_t at = place * window.stride + d;
        sum += at >= padding && at < padding + grid ? 1 : 0;
      }
    }
    return sum;
  };
  return inside(window.output_rows(), window.kernel_rows, window.padding_rows, window.grid_rows) *
         inside(window.output_columns(), window.kernel_columns, window.padding_columns,
                window.grid_columns);
}

/// X as its rows are gathered, W with 8 bytes of constants a column, and the residual.
std::uint64_t bytes_of_linear(const Trace& trace, const Operation& operation) {
  const auto& linear = std::get<DenseLinear>(operation.params);
  std::uint64_t bytes = std::uint64_t{linear.n} * (linear.k + 8);
  if (linear.window) {
    bytes += tokens_in_windows(*linear.window) * trace.tensor(operation.inputs[0]).shape[1];
  } else {
    bytes += std::uint64_t{linear.m} * linear.k;
  }
  if (linear.residual) bytes += trace.tensor(operation.outputs[0]).bytes();
  return bytes;
}

/// X, W with 8 bytes of constants a column of each expert that has tokens, the order once for both,
/// and the residual.
std::uint64_t bytes_of_experts(const Trace& trace, const Operation& operation) {
  const auto& routed = std::get<RoutedLinear>(operation.params);
  const std::uint64_t experts = routed.m_first == 0 || routed.m_first == routed.m ? 1 : 2;
  std::uint64_t bytes = experts * routed.n * (std::uint64_t{routed.k} + 8) +
                        std::uint64_t{routed.m} * routed.k + 2 * std::uint64_t{routed.m};
  if (routed.residual) bytes += trace.tensor(operation.outputs[0]).bytes();
  return bytes;
}

/// What a unit behind the hub reads: inputs that are not only waited for, and of tables of which
/// kept tokens alone are read their rows. None for other operations.
std::optional<std::uint64_t> bytes_of_stream(const Trace& trace, const Operation& operation) {
  const auto all = [&](std::initializer_list<std::size_t> places) {
    std::uint64_t bytes = 0;
    for (const std::size_t place : places) bytes += trace.tensor(operation.inputs[place]).bytes();
    return bytes;
  };
  if (std::holds_alternative<ScoreSelect>(operation.params)) {
    return operation.inputs.size() > 3 ? all({0, 1, 3}) : all({0, 1});
  }
  if (const auto* gather = std::get_if<TokenGather>(&operation.params)) {
    return 2 * std::uint64_t{gather->tokens_out} * gather->features +
           (gather->new_features > 0 ? all({1, 2}) : all({1}));
  }
  if (std::holds_alternative<SimilarityMatch>(operation.params)) {
    return operation.inputs.size() > 2 ? all({0, 2}) : all({0});
  }
  if (std::holds_alternative<TokenFuse>(operation.params)) return all({0, 1});
  if (const auto* lift = std::get_if<LiftingStep>(&operation.params)) {
    return std::uint64_t{lift->regions} * lift->side * lift->side * lift->channels + all({1, 2});
  }
  if (std::holds_alternative<ExitTest>(operation.params) ||
      std::holds_alternative<RouterSplit>(operation.params) ||
      std::holds_alternative<AveragePool>(operation.params)) {
    return all({0});
  }
  return std::nullopt;
}

/// Operands of an attention operation: of heads that have kept entries or denser columns, and all
/// of what a decoder makes them from.
class OperandsRead {
 public:
  OperandsRead(const Trace& trace, bool two_engines) : trace_(trace), two_engines_(two_engines) {}

  void read_whole(TensorId tensor) { bytes_[tensor] = trace_.tensor(tensor).bytes(); }
  /// What an operation reads for itself, whoever else has read it.
  void read_anew(std::uint64_t bytes) { anew_ += bytes; }
  void note_decode(const Operation& decode) { decoded_by_[decode.outputs[0]] = &decode; }
  void read(TensorId operand, const PolarizedMap& map) {
    const auto live = static_cast<std::uint64_t>(
        std::count_if(map.heads.begin(), map.heads.end(), [this](const PolarizedHead& head) {
          return head.nnz() > 0 || (two_engines_ && head.num_denser > 0);
        }));
    const auto decode = decoded_by_.find(operand);
    if (decode == decoded_by_.end()) {
      bytes_[operand] = trace_.tensor(operand).bytes() / map.heads.size() * live;
    } else if (live > 0) {
      for (const TensorId tensor : decode->second->inputs) read_whole(tensor);
    }
  }
  std::uint64_t bytes() const {
    std::uint64_t sum = anew_;
    for (const auto& [tensor, of_tensor] : bytes_) sum += of_tensor;
    return sum;
  }

 private:
  const Trace& trace_;
  const bool two_engines_;
  std::map<TensorId, const Operation*> decoded_by_;
  std::map<TensorId, std::uint64_t> bytes_;
  std::uint64_t anew_ = 0;
};

}  // namespace

std::uint64_t bytes_to_read(const Trace& trace, bool two_engines) {
  OperandsRead operands(trace, two_engines);
  std::map<TensorId, const PolarizedMap*> map_of;  // of scores
  for (const Operation& operation : trace.operations) {
    const auto& in = operation.inputs;
    if (std::holds_alternative<HeadMixEncode>(operation.params)) {
      for (const TensorId tensor : in) operands.read_whole(tensor);
    } else if (std::holds_alternative<DenseLinear>(operation.params)) {
      operands.read_anew(bytes_of_linear(trace, operation));
    } else if (std::holds_alternative<RoutedLinear>(operation.params)) {
      operands.read_anew(bytes_of_experts(trace, operation));
    } else if (std::holds_alternative<LayerNorm>(operation.params)) {
      for (const TensorId tensor : in) operands.read_anew(trace.tensor(tensor).bytes());
    } else if (std::holds_alternative<LinearAttention>(operation.params)) {
      for (const TensorId tensor : in) operands.read_anew(trace.tensor(tensor).bytes());
      // The inner matrix and its sums, which it has written.
      for (std::size_t i = 1; i < operation.outputs.size(); ++i) {
        operands.read_anew(trace.tensor(operation.outputs[i]).bytes());
      }
    } else if (const auto streamed = bytes_of_stream(trace, operation)) {
      operands.read_anew(*streamed);
    } else if (std::holds_alternative<HeadMixDecode>(operation.params)) {
      operands.note_decode(operation);
    } else if (const auto* sddmm = std::get_if<Sddmm>(&operation.params)) {
      map_of[operation.outputs[0]] = &trace.map(sddmm->map);
      for (const TensorId operand : {in[0], in[1]}) operands.read(operand, trace.map(sddmm->map));
    } else if (std::holds_alternative<RowNormalise>(operation.params) ||
               std::holds_alternative<ScoreElementwise>(operation.params)) {
      map_of[operation.outputs[0]] = map_of.at(in[0]);
    } else {
      operands.read(in[1], *map_of.at(in[0]));
    }
  }
  return operands.bytes();
}

std::uint64_t bytes_to_write(const Trace& trace) {
  std::uint64_t bytes = 0;
  for (const Operation& operation : trace.operations) {
    const bool stores = std::holds_alternative<Spmm>(operation.params) ||
                        std::holds_alternative<HeadMixEncode>(operation.params) ||
                        std::holds_alternative<DenseLinear>(operation.params) ||
                        std::holds_alternative<RoutedLinear>(operation.params) ||
                        std::holds_alternative<LayerNorm>(operation.params) ||
                        std::holds_alternative<LinearAttention>(operation.params) ||
                        bytes_of_stream(trace, operation).has_value();
    if (!stores) continue;
    for (const TensorId output : operation.outputs) bytes += trace.tensor(output).bytes();
  }
  return bytes;
}

}  // namespace vitcod::test
