// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/linear/linear_jobs.hpp"
#include "test/support/packet_bench.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod::test {

inline constexpr std::uint64_t kX = 0;  // tensors in the order x, w, b, r, y, each from 4 KiB on
inline constexpr std::uint64_t kW = 4096;
inline constexpr std::uint64_t kBias = 2 * 4096;
inline constexpr std::uint64_t kRequantisation = 3 * 4096;
inline constexpr std::uint64_t kY = 4 * 4096;

/// X (10, 12) times W (12, 6) on 4 lines of 2 MACs with 4 accumulators: groups of 4, 4 and 2 rows
/// at most, blocks of 4 and 2 columns.
struct LinearBench {
  LinearBench() : layout(trace_of_tensors()), jobs(target, program) {
    layer.name = "linear";
    layer.product.m = 10;
    layer.product.k = 12;
    layer.product.n = 6;
    layer.input_rows = 10;
    layer.output_rows = 10;
    layer.input = TensorId{0};
    layer.weights = TensorId{1};
    layer.bias = TensorId{2};
    layer.requantisation = TensorId{3};
    layer.output = TensorId{4};
    limits.gemm.lines = 4;
    limits.gemm.macs_per_line = 2;
    limits.gemm.accumulator_rows = 4;
    limits.input_bytes = limits.output_bytes = limits.weight_bytes = 1000;
  }
  LinearBench(const LinearBench&) = delete;
  LinearBench& operator=(const LinearBench&) = delete;

  static Trace trace_of_tensors() {
    Trace trace;
    trace.tensors = {{"x", {10, 12}, 8}, {"w", {12, 6}, 8},  {"b", {6}, 32},    {"r", {6}, 32},
                     {"y", {10, 6}, 8},  {"s", {10, 6}, 16}, {"z", {10, 6}, 16}};
    return trace;
  }
  /// Adds the tensor s to the product, and leaves both in z, 16 bits wide.
  void add_residual() {
    layer.product.residual = true;
    layer.residual = TensorId{5};
    layer.residual_rows = 10;
    layer.output = TensorId{6};
    layer.result_bytes = 2;
  }
  std::vector<LinearCut> cuts() const { return linear_cuts(layer, limits); }
  void add(const LinearCut& cut) { LinearJobs(layer, cut, layout, jobs).add(true); }
  std::vector<const GemmKernel*> kernels() const {
    std::vector<const GemmKernel*> found;
    for (const Job& job : program.jobs) {
      if (!job.orders.empty()) {
        found.push_back(&kernel_as<GemmKernel>(*job.orders.front().kernel));
      }
    }
    return found;
  }

  Target target = tiny_target();
  LinearLayer layer;
  PlanLimits limits;
  DramLayout layout;
  Program program;
  JobList jobs;
};

}  // namespace vitcod::test
