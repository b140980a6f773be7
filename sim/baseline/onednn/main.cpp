// SPDX-License-Identifier: Apache-2.0
// vitcod-baseline: times dense models on this machine's CPU.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/one_line.hpp"
#include "sim/baseline/baseline_file.hpp"
#include "sim/baseline/dense_operations.hpp"
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
  std::uint32_t attempts = 1;
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

/// The CPU's peaks; the greater of these and of those measured before.
void measure_peaks(const Options& options, Peaks& peaks) {
  for (const std::string& precision : options.precisions) {
    for (const std::uint32_t threads : options.threads) {
      double& peak = peaks[{precision, threads}];
      peak = std::max(peak, measure_peak_gflops(precision_of(precision), threads));
    }
  }
}

void print_time(const BaselineTime& time) {
  fmt::print(
      "{:<22} {:<10} {:<8} {:>3} threads {:>10.1f} us ({:.1f} to {:.1f}, spread {:.1f} %) {:>7.1f} "
      "GFLOP/s\n",
      time.model, name_of(time.scope), time.precision, *time.threads, time.time, *time.p5,
      *time.p95, 100 * *time.spread, *time.gflops);
  std::fflush(stdout);
}

void measure_times(const Options& options, const std::vector<ModelConfig>& models,
                   BaselineFile& file) {
  for (const ModelConfig& model : models) {
    for (const std::string& scope : options.scopes) {
      for (const std::string& precision : options.precisions) {
        for (const std::uint32_t threads : options.threads) {
          MeasurementPoint point;
          point.scope = scope == "model" ? BaselineScope::kModel : BaselineScope::kAttention;
          point.precision = precision_of(precision);
          point.threads = threads;
          point.repetitions = options.repetitions;
          point.attempts = options.attempts;
          file.times.push_back(measure(model, point));
          print_time(file.times.back());
        }
      }
    }
  }
}

/// Sets the times against the peaks, in the file and for people.
void add_peaks(const Peaks& peaks, BaselineFile& file) {
  for (const auto& [key, peak] : peaks) {
    const auto& [precision, threads] = key;
    file.peaks.push_back({precision, threads, peak});
    double least = 1e18, most = 0;
    for (BaselineTime& time : file.times) {
      if (time.precision != precision || time.threads != threads) continue;
      time.share_of_peak = *time.gflops / peak;
      least = std::min(least, 100 * *time.share_of_peak);
      most = std::max(most, 100 * *time.share_of_peak);
    }
    fmt::print(
        "{:<8} {:>3} threads: a large product reaches {:.1f} GFLOP/s, these models {:.0f} to "
        "{:.0f} % of it\n",
        precision, threads, peak, least, most);
  }
}

/// The models that were named; refuses what could not run before anything does.
std::vector<ModelConfig> models_of(const Options& options) {
  std::vector<ModelConfig> models;
  for (const std::string& argument : options.models) {
    models.push_back(model_of(argument));
    for (const std::string& scope : options.scopes) {
      if (scope == "model") whole_model(models.back());
    }
  }
  return models;
}

void measure_all(const Options& options) {
  const std::vector<ModelConfig> models = models_of(options);
  std::optional<AtomicFile> out;  // before minutes of measuring
  if (!options.out.empty()) out.emplace(options.out);
  BaselineFile file = new_file();
  fmt::print("{}, {}\n", file.platform.name, *file.platform.library);
  // Before and after: a peak that was measured in a slow moment would flatter the times.
  Peaks peaks;
  measure_peaks(options, peaks);
  measure_times(options, models, file);
  measure_peaks(options, peaks);
  add_peaks(peaks, file);
  if (!out) return;
  out->write(to_json(file).dump(2) + "\n");
  out->commit();
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
  app.add_option("--attempts", options.attempts,
                 "Measure again, so often in all, while the spread is above 10 %; the least spread "
                 "is kept")
      ->check(CLI::Range(1U, 1000U))
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
