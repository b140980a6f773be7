// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/baseline_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

constexpr const char* kSchema = "vitcod-baseline/1";

constexpr std::pair<std::string_view, BaselineKind> kKinds[] = {
    {"measured", BaselineKind::kMeasured},
    {"published", BaselineKind::kPublished},
    {"modelled", BaselineKind::kModelled}};

constexpr std::pair<std::string_view, BaselineScope> kScopes[] = {
    {"attention", BaselineScope::kAttention}, {"model", BaselineScope::kModel}};

constexpr std::pair<std::string_view, BaselineDevice> kDevices[] = {
    {"cpu", BaselineDevice::kCpu},
    {"gpu", BaselineDevice::kGpu},
    {"edge_gpu", BaselineDevice::kEdgeGpu},
    {"npu", BaselineDevice::kNpu},
    {"accelerator", BaselineDevice::kAccelerator},
    {"unknown", BaselineDevice::kUnknown}};

/// Units of time, and microseconds in each.
constexpr std::pair<std::string_view, double> kUnits[] = {{"us", 1.0}, {"ms", 1e3}, {"s", 1e6}};

constexpr std::uint32_t kMaxCount = 1U << 30;
/// Of any number here; products and ratios of two of them stay finite.
constexpr Range<double> kPositive{0.0, 1e18};

template <typename E, std::size_t kNum>
const char* name_in(const std::pair<std::string_view, E> (&names)[kNum], E value) {
  const auto at = std::find_if(std::begin(names), std::end(names),
                               [value](const auto& entry) { return entry.second == value; });
  check(at != std::end(names), "an enum value without a name");
  return at->first.data();
}

/// A text that must not be empty.
void read_text(ConfigReader& reader, const char* key, std::string& text, const char* meaning) {
  reader.required(key, text, meaning);
  reader.require(!text.empty(), key, "expected a text, found an empty one");
}

/// A number that must be above 0.
void read_positive(ConfigReader& reader, const char* key, double& value, const char* meaning) {
  reader.required(key, value, meaning, kPositive);
  reader.require(value > 0, key, "expected a number above 0, found " + Json(value).dump());
}

void read_optional_positive(ConfigReader& reader, const char* key, std::optional<double>& value,
                            const char* meaning) {
  reader.optional(key, value, meaning, kPositive);
  reader.require(!value || *value > 0, key,
                 "expected a number above 0, found " + (value ? Json(*value).dump() : ""));
}

void read_unit(ConfigReader& reader, std::string& unit) {
  double factor = 1;
  reader.required_enum("unit", factor, EnumNames<double>(kUnits), "unit of the times");
  if (!reader.is_describing()) unit = name_in(kUnits, factor);
}

void read_percentiles(ConfigReader& reader, BaselineTime& time) {
  read_optional_positive(reader, "p5", time.p5, "5th percentile of the repetitions");
  read_optional_positive(reader, "p95", time.p95, "95th percentile of the repetitions");
  reader.optional("spread", time.spread, "(p95 - p5) / time", at_least(0.0));
  reader.optional("repetitions", time.repetitions, "runs that were timed",
                  Range<std::uint32_t>{1, kMaxCount});
  reader.optional("attempts", time.attempts,
                  "how often so many runs were timed; the numbers are of the least spread",
                  Range<std::uint32_t>{1, kMaxCount});
  reader.optional("threads", time.threads, "threads that ran", Range<std::uint32_t>{1, kMaxCount});
}

template <typename T>
void add_if_present(Json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}

Json platform_json(const BaselinePlatform& platform) {
  Json json;
  json["name"] = platform.name;
  json["device"] = name_in(kDevices, platform.device);
  add_if_present(json, "library", platform.library);
  add_if_present(json, "driver", platform.driver);
  add_if_present(json, "clocks", platform.clocks);
  return json;
}

Json time_json(const BaselineTime& time) {
  Json json;
  json["model"] = time.model;
  json["scope"] = name_of(time.scope);
  json["precision"] = time.precision;
  json["unit"] = time.unit;
  json["time"] = time.time;
  add_if_present(json, "p5", time.p5);
  add_if_present(json, "p95", time.p95);
  add_if_present(json, "spread", time.spread);
  add_if_present(json, "repetitions", time.repetitions);
  add_if_present(json, "attempts", time.attempts);
  add_if_present(json, "threads", time.threads);
  add_if_present(json, "sparsity", time.sparsity);
  add_if_present(json, "gflops", time.gflops);
  add_if_present(json, "share_of_peak", time.share_of_peak);
  add_if_present(json, "energy_uj", time.energy_uj);
  for (const auto& [part, share] : time.parts) json["parts"][part] = share;
  add_if_present(json, "note", time.note);
  return json;
}

Json speedup_json(const BaselineSpeedup& speedup) {
  Json json;
  json["faster"] = speedup.faster;
  json["slower"] = speedup.slower;
  json["model"] = speedup.model;
  json["scope"] = name_of(speedup.scope);
  add_if_present(json, "sparsity", speedup.sparsity);
  add_if_present(json, "speedup", speedup.speedup);
  add_if_present(json, "energy_ratio", speedup.energy_ratio);
  add_if_present(json, "note", speedup.note);
  return json;
}

/// Rules between the parts of a file.
void check_file(const ConfigReader& reader, const BaselineFile& file) {
  reader.require(!file.times.empty() || !file.speedups.empty() || !file.figures.empty(), "times",
                 "expected times, speedups or figures, found none");
  for (std::size_t i = 0; i < file.times.size(); ++i) {
    const BaselineTime& time = file.times[i];
    const bool is_complete = time.p5 && time.p95 && time.repetitions;
    reader.require(file.kind != BaselineKind::kMeasured || is_complete, "times",
                   "element " + std::to_string(i) +
                       " is measured, and has not all of p5, p95 and repetitions");
  }
}

}  // namespace

double BaselineTime::time_us() const {
  for (const auto& [name, factor] : kUnits) {
    if (name == unit) return time * factor;
  }
  throw ModelError("a time without a unit");
}

void read(ConfigReader& reader, BaselinePlatform& platform) {
  read_text(reader, "name", platform.name, "processor or accelerator");
  reader.required_enum("device", platform.device, EnumNames<BaselineDevice>(kDevices),
                       "what kind of processor it is");
  reader.optional("library", platform.library, "library that ran the operations, with its version");
  reader.optional("driver", platform.driver, "driver, with its version");
  reader.optional("clocks", platform.clocks, "clocks it ran at");
}

void read(ConfigReader& reader, BaselinePeak& peak) {
  read_text(reader, "precision", peak.precision, "number format of the operands");
  reader.required("threads", peak.threads, "threads that ran", Range<std::uint32_t>{1, kMaxCount});
  read_positive(reader, "gflops", peak.gflops,
                "1e9 multiplications and additions a second of a large matrix product");
}

void read(ConfigReader& reader, BaselineTime& time) {
  read_text(reader, "model", time.model, "model, as in configs/models/");
  reader.required_enum("scope", time.scope, EnumNames<BaselineScope>(kScopes),
                       "what of the model was run");
  read_text(reader, "precision", time.precision, "number format of the operands");
  read_unit(reader, time.unit);
  read_positive(reader, "time", time.time, "time for one image; the median if it was measured");
  read_percentiles(reader, time);
  reader.optional("sparsity", time.sparsity, "pruned share of the maps; absent: dense",
                  Range<double>{0.0, 1.0});
  read_optional_positive(reader, "gflops", time.gflops, "1e9 operations a second of the products");
  read_optional_positive(reader, "share_of_peak", time.share_of_peak,
                         "gflops over those of the peak of the same precision and threads");
  read_optional_positive(reader, "energy_uj", time.energy_uj, "energy for one image, microjoules");
  reader.optional_map("parts", time.parts, "share of the time by operation",
                      Range<double>{0.0, 1.0});
  reader.optional("note", time.note, "what else is to be known of it");
  reader.finish();
  const bool is_ordered =
      !time.p5 || !time.p95 || (*time.p5 <= time.time && time.time <= *time.p95);
  reader.require(is_ordered, "p5", "expected p5 <= time <= p95");
}

void read(ConfigReader& reader, BaselineSpeedup& speedup) {
  read_text(reader, "faster", speedup.faster, "machine whose time is divided by");
  read_text(reader, "slower", speedup.slower, "machine whose time is divided");
  read_text(reader, "model", speedup.model, "model, or the models of a mean");
  reader.required_enum("scope", speedup.scope, EnumNames<BaselineScope>(kScopes),
                       "what of the model was run");
  reader.optional("sparsity", speedup.sparsity, "pruned share of the maps",
                  Range<double>{0.0, 1.0});
  read_optional_positive(reader, "speedup", speedup.speedup,
                         "time of `slower` over that of `faster`");
  read_optional_positive(reader, "energy_ratio", speedup.energy_ratio,
                         "energy of `slower` over that of `faster`");
  reader.optional("note", speedup.note, "what else is to be known of it");
  reader.finish();
  reader.require(speedup.speedup || speedup.energy_ratio, "speedup",
                 "expected a speedup or an energy_ratio, found neither");
}

void read(ConfigReader& reader, BaselineFigure& figure) {
  read_text(reader, "name", figure.name, "what the number is of");
  reader.required("value", figure.value, "the number");
  read_text(reader, "unit", figure.unit, "its unit");
  reader.optional("note", figure.note, "what else is to be known of it");
}

void read(ConfigReader& reader, BaselineFile& file) {
  std::string schema;
  reader.required("schema", schema, "version of this document's form: vitcod-baseline/1");
  reader.require(schema == kSchema, "schema",
                 "expected \"" + std::string(kSchema) + "\", found " + Json(schema).dump());
  read_text(reader, "name", file.name, "short name, for tables and charts");
  reader.required_enum("kind", file.kind, EnumNames<BaselineKind>(kKinds),
                       "where the numbers come from");
  reader.required_object("platform", file.platform, "what it ran on");
  read_text(reader, "source", file.source, "program with version, or where it was published");
  read_text(reader, "conditions", file.conditions, "batch, image size, what was left out");
  reader.optional_list("peaks", file.peaks, "large matrix products in the same run");
  reader.optional_list("times", file.times, "times for one image");
  reader.optional_list("speedups", file.speedups, "published ratios between machines or features");
  reader.optional_list("figures", file.figures, "other published numbers");
  reader.finish();
  check_file(reader, file);
}

BaselineFile read_baseline_file(const std::filesystem::path& path) {
  try {
    return read_config<BaselineFile>(read_json_file(path));
  } catch (const ConfigError& error) {
    throw FileError(path.string(), error.what());
  }
}

Json to_json(const BaselineFile& file) {
  Json json;
  json["schema"] = kSchema;
  json["name"] = file.name;
  json["kind"] = name_of(file.kind);
  json["platform"] = platform_json(file.platform);
  json["source"] = file.source;
  json["conditions"] = file.conditions;
  for (const BaselinePeak& peak : file.peaks) {
    json["peaks"].push_back(
        {{"precision", peak.precision}, {"threads", peak.threads}, {"gflops", peak.gflops}});
  }
  for (const BaselineTime& time : file.times) json["times"].push_back(time_json(time));
  for (const BaselineSpeedup& speedup : file.speedups) {
    json["speedups"].push_back(speedup_json(speedup));
  }
  for (const BaselineFigure& figure : file.figures) {
    Json& entry = json["figures"].emplace_back();
    entry = {{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}};
    add_if_present(entry, "note", figure.note);
  }
  return json;
}

const char* name_of(BaselineKind kind) { return name_in(kKinds, kind); }
const char* name_of(BaselineScope scope) { return name_in(kScopes, scope); }

}  // namespace vitcod
