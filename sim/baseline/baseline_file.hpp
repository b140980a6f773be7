// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "sim/base/json.hpp"

namespace vitcod {

/// Where the numbers of a baseline file come from.
enum class BaselineKind {
  kMeasured,   ///< on the platform that the file names
  kPublished,  ///< as the source has them
  kModelled,   ///< computed from other numbers; `conditions` say how
};

/// What of a model was run.
enum class BaselineScope {
  kAttention,  ///< from Q, K and V of every block to the heads' outputs
  kModel,      ///< from the image to the classes
};

enum class BaselineDevice { kCpu, kGpu, kEdgeGpu, kNpu, kAccelerator, kUnknown };

/// What a baseline ran on.
struct BaselinePlatform {
  std::string name;  ///< of the processor or accelerator, never of a host
  BaselineDevice device = BaselineDevice::kUnknown;
  std::optional<std::string> library;  ///< with its version
  std::optional<std::string> driver;
  std::optional<std::string> clocks;
};

/// Matrix products at their best on the platform, measured in the same run.
struct BaselinePeak {
  std::string precision;
  std::uint32_t threads = 1;
  double gflops = 0;  ///< 1e9 multiplications and additions a second
};

/// A time for one image, batch 1.
struct BaselineTime {
  std::string model;
  BaselineScope scope = BaselineScope::kModel;
  std::string precision;
  std::string unit;          ///< "s", "ms" or "us", of the next three
  double time = 0;           ///< median where it was measured here
  std::optional<double> p5;  ///< percentiles of the repetitions
  std::optional<double> p95;
  std::optional<double> spread;  ///< (p95 - p5) / median
  std::optional<std::uint32_t> repetitions;
  std::optional<std::uint32_t> attempts;  ///< of so many repetitions, that of the least spread
  std::optional<std::uint32_t> threads;
  std::optional<double> sparsity;  ///< pruned share of the maps; absent: dense
  std::optional<double> gflops;    ///< that were reached: products only
  std::optional<double> share_of_peak;
  std::optional<double> energy_uj;
  std::vector<std::pair<std::string, double>> parts;  ///< share of the time by operation
  std::optional<std::string> note;

  double time_us() const;
};

/// A published ratio between two machines or features.
struct BaselineSpeedup {
  std::string faster;
  std::string slower;
  std::string model;
  BaselineScope scope = BaselineScope::kAttention;
  std::optional<double> sparsity;
  std::optional<double> speedup;       ///< time of `slower` / time of `faster`
  std::optional<double> energy_ratio;  ///< energy of `slower` / energy of `faster`
  std::optional<std::string> note;
};

/// Any other published number.
struct BaselineFigure {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<std::string> note;
};

/// One file of results/baselines, or of the user: numbers of one platform from one source.
struct BaselineFile {
  std::string name;  ///< short, for tables and charts
  BaselineKind kind = BaselineKind::kMeasured;
  BaselinePlatform platform;
  std::string source;      ///< program with version, or where it was published
  std::string conditions;  ///< batch, image size, what was left out
  std::vector<BaselinePeak> peaks;
  std::vector<BaselineTime> times;
  std::vector<BaselineSpeedup> speedups;
  std::vector<BaselineFigure> figures;
};

void read(ConfigReader& reader, BaselinePlatform& platform);
void read(ConfigReader& reader, BaselinePeak& peak);
void read(ConfigReader& reader, BaselineTime& time);
void read(ConfigReader& reader, BaselineSpeedup& speedup);
void read(ConfigReader& reader, BaselineFigure& figure);
void read(ConfigReader& reader, BaselineFile& file);

/// Reads a file. Throws InputError of one line: file, JSON pointer, what was found and expected.
BaselineFile read_baseline_file(const std::filesystem::path& path);

/// The file as a document that `read` accepts.
Json to_json(const BaselineFile& file);

const char* name_of(BaselineKind kind);
const char* name_of(BaselineScope scope);

}  // namespace vitcod
