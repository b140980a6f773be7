// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// Appends a layer to a trace, and its tensors and operations, whose names begin with the layer's.
class LayerBuilder {
 public:
  LayerBuilder(Trace& trace, const std::string& name)
      : trace_(trace), name_(name), layer_(static_cast<std::uint32_t>(trace.layers.size())) {
    trace.layers.push_back({name});
  }

  Trace& trace() { return trace_; }

  TensorId tensor(const std::string& name, std::vector<std::uint32_t> shape, std::uint32_t bits) {
    trace_.tensors.push_back({name_ + "/" + name, std::move(shape), bits});
    return TensorId{static_cast<std::uint32_t>(trace_.tensors.size() - 1)};
  }

  void operation(const std::string& name, OperationParams params, std::vector<TensorId> inputs,
                 TensorId output) {
    operation(name, std::move(params), std::move(inputs), std::vector<TensorId>{output});
  }
  void operation(const std::string& name, OperationParams params, std::vector<TensorId> inputs,
                 std::vector<TensorId> outputs) {
    trace_.operations.push_back(
        {name_ + "/" + name, layer_, std::move(params), std::move(inputs), std::move(outputs)});
  }

 private:
  Trace& trace_;
  std::string name_;
  std::uint32_t layer_;
};

}  // namespace vitcod
