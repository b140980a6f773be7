// SPDX-License-Identifier: Apache-2.0
// vitcod-baseline: times dense models on this machine's CPU.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/one_line.hpp"
#include "sim/baseline/baseline_file.hpp"
#include "sim/baseline/model_argument.hpp"
#include "sim/baseline/onednn/measurement.hpp"

namespace vitcod {
namespace {

constexpr int kWrongInput = 2;
constexpr int kBroken = 3;
constexpr std::uint32_t kLeastRepetitions = 30;
constexpr std::uint32_t kMaxThreads = 4096;

struct Options {
  std::vector<std::string> models;
  std::vector<std::string> scopes = {"attention", "model"};
  std::vector<std::string> precisions = {"float32", "int8"};
  std::vector<std::uint32_t> threads;
  std::uint32_t repetitions = kLeastRepetitions;
  std::string out;
};

/// Each number of threads and precision has its peak.
using Peaks = std::map<std::pair<std::string, std::uint32_t>, double>;

Precision precision_of(const std::string& name) {
  return name == "int8" ? Precision::kInt8 : Precision::kFloat32;
}

BaselineFile new_file() {
  BaselineFile file;
  file.kind = BaselineKind::kMeasured;
  file.platform.name = processor_name();
  file.platform.device = BaselineDevice::kCpu;
  file.platform.library = library_version();
  file.name = file.platform.name + ", " + *file.platform.library;
  file.source = "vitcod-baseline " VITCOD_VERSION;
  file.conditions =
      "batch 1, every map entry kept, random weights; median of the repetitions after three "
      "untimed runs";
  return file;
}

Peaks measure_peaks(const Options& options, BaselineFile& file) {
  Peaks peaks;
  for (const std::string& precision : options.precisions) {
    for (const std::uint32_t threads : options.threads) {
      const double gflops = measure_peak_gflops(precision_of(precision), threads);
      fmt::print("peak of a large product: {:<8} {:>3} threads {:>8.1f} GFLOP/s\n", precision,
                 threads, gflops);
      file.peaks.push_back({precision, threads, gflops});
      peaks[{precision, threads}] = gflops;
    }
  }
  return peaks;
}

void print_time(const BaselineTime& time) {
  fmt::print(
      "{:<12} {:<10} {:<8} {:>3} threads {:>10.1f} us ({:.1f} to {:.1f}, spread {:.1f} %) {:>7.1f} "
      "GFLOP/s, {:.0f} % of peak\n",
      time.model, name_of(time.scope), time.precision, *time.threads, time.time, *time.p5,
      *time.p95, 100 * *time.spread, *time.gflops, 100 * *time.share_of_peak);
  std::fflush(stdout);
}

void measure_all(const Options& options) {
  std::vector<ModelConfig> models;
  for (const std::string& argument : options.models) models.push_back(model_of(argument));
  BaselineFile file = new_file();
  fmt::print("{}, {}\n", file.platform.name, *file.platform.library);
  const Peaks peaks = measure_peaks(options, file);
  for (const ModelConfig& model : models) {
    for (const std::string& scope : options.scopes) {
      for (const std::string& precision : options.precisions) {
        for (const std::uint32_t threads : options.threads) {
          MeasurementPoint point;
          point.scope = scope == "model" ? BaselineScope::kModel : BaselineScope::kAttention;
          point.precision = precision_of(precision);
          point.threads = threads;
          point.repetitions = options.repetitions;
          file.times.push_back(measure(model, point, peaks.at({precision, threads})));
          print_time(file.times.back());
        }
      }
    }
  }
  if (options.out.empty()) return;
  write_file_atomically(options.out, to_json(file).dump(2) + "\n");
  fmt::print("written: {}\n", options.out);
}

void add_options(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "vitcod-baseline " VITCOD_VERSION);
  app.add_option("model", options.models,
                 "Models: names in configs/models/, or files of models or workloads (JSON)")
      ->required();
  app.add_option("--scope", options.scopes, "attention: Q, K and V to the heads' outputs; model")
      ->check(CLI::IsMember({"attention", "model"}))
      ->capture_default_str();
  app.add_option("--precision", options.precisions, "Number format of the products' operands")
      ->check(CLI::IsMember({"float32", "int8"}))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Threads (default: 1, and as many as cores)")
      ->check(CLI::Range(1U, kMaxThreads));
  app.add_option("--repetitions", options.repetitions, "Timed runs of each")
      ->check(CLI::Range(kLeastRepetitions, 1U << 20U))
      ->capture_default_str();
  app.add_option("--out", options.out, "File for the results (JSON)");
}

int run(int argc, char** argv) {
  CLI::App app{"Times dense models on this machine's CPU with oneDNN", "vitcod-baseline"};
  Options options;
  add_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    throw InputError(std::string(error.what()) + " (see vitcod-baseline --help)");
  }
  if (options.threads.empty()) {
    const std::set<std::uint32_t> numbers = {1, all_threads()};
    options.threads.assign(numbers.begin(), numbers.end());
  }
  measure_all(options);
  return 0;
}

int report(const std::string& text, int status) {
  fmt::print(stderr, "vitcod-baseline: {}\n", one_line(text));
  return status;
}

}  // namespace
}  // namespace vitcod

int main(int argc, char** argv) {
  try {
    return vitcod::run(argc, argv);
  } catch (const vitcod::InputError& error) {
    return vitcod::report(error.what(), vitcod::kWrongInput);
  } catch (const std::bad_alloc&) {
    return vitcod::report("needs more memory than there is", vitcod::kWrongInput);
  } catch (const std::exception& error) {
    return vitcod::report(error.what(), vitcod::kBroken);
  }
}
