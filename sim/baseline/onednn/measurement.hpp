// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "sim/baseline/baseline_file.hpp"
#include "sim/baseline/onednn/network.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {

/// One configuration of a measurement.
struct MeasurementPoint {
  BaselineScope scope = BaselineScope::kAttention;
  Precision precision = Precision::kFloat32;
  std::uint32_t threads = 1;
  std::uint32_t repetitions = 30;
  std::uint32_t attempts = 1;  ///< at most, while the spread is above 10 %
};

/// Runs the model `repetitions` times on one image, after a warm-up of whole runs, and times each;
/// of several attempts the one of the least spread. Without `share_of_peak`.
BaselineTime measure(const ModelConfig& model, const MeasurementPoint& point);

/// The best of large matrix products within a second, 1e9 multiplications and additions a second.
double measure_peak_gflops(Precision precision, std::uint32_t threads);

/// "float32" or "int8".
const char* name_of(Precision precision);

/// The processor's own name, as the system tells it; "unknown" where it does not.
std::string processor_name();

/// Threads that OpenMP would take by itself.
std::uint32_t all_threads();

/// "oneDNN 2.6.3": of the library that runs.
std::string library_version();

}  // namespace vitcod
