// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/onednn/measurement.hpp"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>

#include "sim/baseline/dense_operations.hpp"
#include "sim/baseline/onednn/dense_networks.hpp"
#include "sim/baseline/statistics.hpp"

namespace vitcod {
namespace {

constexpr int kWarmUpRuns = 3;
constexpr double kWideSpread = 0.1;

/// Seconds of one run.
double timed_run(Network& network) {
  const auto start = std::chrono::steady_clock::now();
  network.run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<double> timed_runs(Network& network, std::uint32_t repetitions) {
  for (int i = 0; i < kWarmUpRuns; ++i) network.run();
  std::vector<double> seconds;
  for (std::uint32_t i = 0; i < repetitions; ++i) seconds.push_back(timed_run(network));
  return seconds;
}

/// The attempt of the least spread, and how many there were.
std::pair<SampleStatistics, std::uint32_t> steadiest(Network& network,
                                                     const MeasurementPoint& point) {
  SampleStatistics best = sample_statistics(timed_runs(network, point.repetitions));
  std::uint32_t attempts = 1;
  for (; best.spread() > kWideSpread && attempts < point.attempts; ++attempts) {
    const SampleStatistics other = sample_statistics(timed_runs(network, point.repetitions));
    if (other.spread() < best.spread()) best = other;
  }
  return {best, attempts};
}

/// 1e9 multiplications and additions a second.
double gflops(double macs, double seconds) { return 2 * macs / seconds * 1e-9; }

/// The network of a point, and its multiply-accumulates.
std::pair<std::unique_ptr<Network>, double> network_of(const ModelConfig& model,
                                                       const MeasurementPoint& point) {
  if (point.scope == BaselineScope::kAttention) {
    const std::vector<AttentionShape> shapes = attention_shapes(model);
    return {attention_network(shapes, point.precision), static_cast<double>(macs_of(shapes))};
  }
  const std::vector<DenseStep> steps = whole_model(model);
  return {model_network(steps, point.precision), static_cast<double>(macs_of(steps))};
}

}  // namespace

BaselineTime measure(const ModelConfig& model, const MeasurementPoint& point) {
  omp_set_num_threads(static_cast<int>(point.threads));
  const auto [network, macs] = network_of(model, point);
  const auto [seconds, attempts] = steadiest(*network, point);
  BaselineTime time;
  time.model = model.name;
  time.scope = point.scope;
  time.precision = name_of(point.precision);
  time.unit = "us";
  time.time = seconds.median * 1e6;
  time.p5 = seconds.p5 * 1e6;
  time.p95 = seconds.p95 * 1e6;
  time.spread = seconds.spread();
  time.repetitions = point.repetitions;
  time.attempts = attempts;
  time.threads = point.threads;
  time.gflops = gflops(macs, seconds.median);
  return time;
}

double measure_peak_gflops(Precision precision, std::uint32_t threads) {
  constexpr std::array<std::uint32_t, 2> kSides = {768, 1024};
  constexpr double kSeconds = 0.5;  // for each
  omp_set_num_threads(static_cast<int>(threads));
  double best = 0;
  for (const std::uint32_t side : kSides) {
    const auto network = product_network(side, precision);
    std::vector<double> seconds = timed_runs(*network, 1);
    double spent = seconds.front();
    while (spent < kSeconds) {
      seconds.push_back(timed_run(*network));
      spent += seconds.back();
    }
    best = std::max(best, gflops(double{1.0} * side * side * side,
                                 *std::min_element(seconds.begin(), seconds.end())));
  }
  return best;
}

const char* name_of(Precision precision) {
  return precision == Precision::kFloat32 ? "float32" : "int8";
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::uint32_t all_threads() { return static_cast<std::uint32_t>(std::max(1, omp_get_num_procs())); }

std::string library_version() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("oneDNN {}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace vitcod
