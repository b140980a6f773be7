// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/dram_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "hw_models/dram/address_map.hpp"
#include "hw_models/dram/replay_log.hpp"
#include "hw_models/dram/trace_replay.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "sim/base/presets.hpp"
#include "workloads/config_dir.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

struct DramCommandLine {
  std::string trace;
  std::string preset;
  std::uint32_t channels = 0;  ///< 0: as the preset says
  std::string map;             ///< empty: as the preset says
  std::string commands_file;
  std::string latencies_file;
  std::uint64_t window = 0;
  bool stepped = false;
  bool json = false;
};

/// A name below configs/dram/, or the path of a file.
fs::path preset_path(const std::string& preset) {
  if (preset.find('/') != std::string::npos || preset.ends_with(".json")) return preset;
  if (const auto path = find_config("dram", preset)) return *path;
  throw InputError(fmt::format("--preset: found \"{}\", expected the path of a file or one of {}",
                               preset, fmt::join(config_names("dram"), ", ")));
}

/// What the command line says in place of the preset.
void override_preset(const DramCommandLine& line, DramConfig& config) {
  if (line.channels != 0) {
    if (!std::has_single_bit(line.channels)) {
      throw InputError(fmt::format("--channels: found {}, expected a power of two", line.channels));
    }
    config.organization.channels = line.channels;
  }
  if (line.map.empty()) return;
  config.address_map = line.map;
  try {
    validate(config);
  } catch (const ConfigError& error) {
    throw InputError("--map: " + error.message());
  }
}

DramConfig read_preset(const DramCommandLine& line) {
  const fs::path path = preset_path(line.preset);
  const Json json = read_json_file(path);
  DramConfig config;
  try {
    config = read_config<DramConfig>(resolve_presets(json, path.parent_path()));
  } catch (const ConfigError& error) {
    throw FileError(path.string(), error.what());
  }
  override_preset(line, config);
  return config;
}

double ratio(double part, double whole) { return whole == 0 ? 0.0 : part / whole; }

Json report(const DramCommandLine& line, const DramConfig& config, const DramTrace& trace,
            const ReplayResult& result) {
  const DramActivity& did = result.activity;
  const auto bytes = static_cast<double>(did.bytes_read + did.bytes_written);
  const auto clocks = static_cast<double>(result.clocks);
  const double seconds = clocks / (static_cast<double>(config.clock_khz) * 1e3);
  const auto requests = static_cast<double>(trace.entries.size());
  const auto hits = static_cast<double>(did.row_hits);
  const double rate = ratio(bytes, seconds);
  Json json = Json::object();
  json["preset"] = fs::path(line.preset).stem().string();
  json["channels"] = config.organization.channels;
  json["map"] = config.address_map;
  json["requests"] = trace.entries.size();
  json["clocks"] = result.clocks;
  json["bytes"] = did.bytes_read + did.bytes_written;
  json["bytes_read"] = did.bytes_read;
  json["bytes_written"] = did.bytes_written;
  json["gb_per_s"] = rate / 1e9;
  json["percent_of_peak"] = 100.0 * rate / static_cast<double>(config.peak_bytes_per_second());
  json["row_hit_rate"] = ratio(
      hits, hits + static_cast<double>(did.row_misses) + static_cast<double>(did.row_conflicts));
  json["mean_latency_clocks"] = ratio(static_cast<double>(result.latency_sum), requests);
  Json& commands = json["commands"] = Json::object();
  for (std::size_t i = 0; i < kNumDramCommands; ++i) {
    commands[std::string(kDramCommandNames[i])] = did.commands[i];
  }
  const DramEnergy energy = dram_energy(config, did);
  json["energy_pj"] = {{"activate", energy.activate_pj},     {"read", energy.read_pj},
                       {"write", energy.write_pj},           {"refresh", energy.refresh_pj},
                       {"background", energy.background_pj}, {"total", energy.total_pj()}};
  return json;
}

std::string as_text(const Json& json) {
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "clocks        {}\n", json["clocks"].get<std::uint64_t>());
  fmt::format_to(out, "bytes         {}\n", json["bytes"].get<std::uint64_t>());
  fmt::format_to(out, "GB/s          {:.3f}\n", json["gb_per_s"].get<double>());
  fmt::format_to(out, "% of peak     {:.2f}\n", json["percent_of_peak"].get<double>());
  fmt::format_to(out, "row-hit rate  {:.4f}\n", json["row_hit_rate"].get<double>());
  fmt::format_to(out, "mean latency  {:.2f} clocks\n", json["mean_latency_clocks"].get<double>());
  for (const auto& [name, count] : json["commands"].items()) {
    fmt::format_to(out, "{:<13} {}\n", name, count.get<std::uint64_t>());
  }
  fmt::format_to(out, "energy        {:.1f} nJ\n", json["energy_pj"]["total"].get<double>() / 1e3);
  return text;
}

/// Addresses beyond the memory wrap; that is said, because it is seldom meant.
void warn_of_wrapped(const DramConfig& config, const DramTrace& trace) {
  const std::uint64_t capacity = config.organization.capacity_bytes();
  const auto beyond = std::count_if(
      trace.entries.begin(), trace.entries.end(),
      [capacity](const DramTrace::Entry& entry) { return entry.address >= capacity; });
  if (beyond == 0) return;
  const char* const verbs[] = {beyond == 1 ? "address lies" : "addresses lie",
                               beyond == 1 ? "was" : "were"};
  fmt::print(stderr, "{} {} beyond the memory's {} bytes and {} wrapped\n", beyond, verbs[0],
             capacity, verbs[1]);
}

/// True if a file written as `output` would take the place of `other`.
bool takes_place_of(const std::string& output, const std::string& other) {
  if (output.empty() || other.empty()) return false;
  std::error_code error;
  if (fs::equivalent(output, other, error)) return true;
  return fs::path(output).lexically_normal() == fs::path(other).lexically_normal();
}

/// Throws InputError if a log would be written over what is read, or over the other log.
void require_files_of_their_own(const DramCommandLine& line) {
  const auto require = [](const char* option, const std::string& output, const std::string& other) {
    if (!takes_place_of(output, other)) return;
    throw InputError(fmt::format("{}: {} is read or written already; expected a file of its own",
                                 option, output));
  };
  const std::string preset = preset_path(line.preset).string();
  for (const std::string& other : {line.trace, preset}) {
    require("--commands", line.commands_file, other);
    require("--latencies", line.latencies_file, other);
  }
  require("--latencies", line.latencies_file, line.commands_file);
}

void run_dram_command(const DramCommandLine& line) {
  require_files_of_their_own(line);
  const DramConfig config = read_preset(line);
  const DramTrace trace = read_dram_trace(line.trace);
  warn_of_wrapped(config, trace);
  ReplayOptions options;
  options.window = line.window;
  options.stepped = line.stepped;
  options.log_commands = !line.commands_file.empty();
  options.log_latencies = !line.latencies_file.empty();
  const ReplayResult result = replay(config, trace, options);
  if (options.log_commands) write_file_atomically(line.commands_file, command_log(result));
  if (options.log_latencies) write_file_atomically(line.latencies_file, latency_log(result));
  const Json json = report(line, config, trace, result);
  fmt::print("{}", line.json ? json.dump(2) + "\n" : as_text(json));
}

}  // namespace

void add_dram_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("dram", "Drive the memory alone with a trace");
  const auto line = std::make_shared<DramCommandLine>();
  command->add_option("trace", line->trace, "Trace file: one `R|W HEXADDR` a line")
      ->type_name("TRACE")
      ->required();
  command->add_option("--preset", line->preset, "Name in configs/dram/, or the path of a file")
      ->type_name("NAME")
      ->required();
  command->add_option("--channels", line->channels, "Channels, in place of the preset's")
      ->check(CLI::Range(1U, 1024U));
  command->add_option("--commands", line->commands_file, "Write every command (CSV)")
      ->type_name("FILE");
  command->add_option("--latencies", line->latencies_file, "Write every request's clocks (CSV)")
      ->type_name("FILE");
  command->add_option("--map", line->map, "Address map, in place of the preset's")
      ->type_name("NAME");
  command->add_option("--window", line->window, "Requests in flight a channel, at most")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32U))
      ->type_name("W");
  command->add_flag("--stepped", line->stepped, "Do every clock; the result is the same");
  command->add_flag("--json", line->json, "Print JSON");
  command->callback([line] { run_dram_command(*line); });
}

}  // namespace vitcod
