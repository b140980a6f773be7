// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "hw_models/accelerators/machine_config.hpp"
#include "sim/base/json.hpp"
#include "sim/base/presets.hpp"
#include "sim/driver/setting.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// A run as the user gave it, with the files of its two parts read in and settings applied.
struct RunDocument {
  std::string name;                         ///< of the config, for messages
  Json machine;                             ///< no file names in it
  std::string machine_text;                 ///< the same as one line
  std::string machine_file;                 ///< where it stood, for messages
  Json workload;                            ///< null: `workload_dir` is a trace folder
  std::filesystem::path workload_dir;       ///< that its file names are relative to
  std::optional<std::uint64_t> value_seed;  ///< of a trace folder, in place of its own
  std::string workload_file;                ///< where it stood, for messages
};

/// A run, resolved and checked.
struct RunConfig {
  std::string machine_name;  ///< of its file, for people
  std::string machine_text;  ///< resolved document of the machine as one line of JSON
  MachineConfig settings;    ///< the same, read
  Trace trace;
};

/// Resolves the object `config`, called `name` in messages, whose file names are relative to
/// `base_dir`. `machine` and `workload` are inline objects or names of files; a workload may also
/// name a trace folder. In the config and at any depth of its parts, an object with a key `preset`
/// is that file with the object's other keys merged over it (see PresetResolver). Settings are
/// applied in order; only `/machine`, `/workload` and pointers that end in `/preset` before files
/// are read. Of a trace folder, `/workload/value_seed` alone can be set.
/// `files`: where the files are read from; null: each time from the disk.
/// Throws InputError with the file's name in front.
RunDocument resolve_run(const Json& config, const std::filesystem::path& base_dir,
                        const std::string& name, const std::vector<Setting>& settings,
                        JsonFiles* files = nullptr);

/// True for the places of a run config that can be set where the workload is a trace folder.
bool can_be_set_in_trace(const std::string& pointer);

/// The workload specification in a file, with its presets read and the settings below `/workload`
/// applied. Throws InputError with the file's name in front.
Json resolve_workload(const std::filesystem::path& file, const std::vector<Setting>& settings);

/// Reads the machine into `run`, whose trace stays as it is. Throws InputError with the file's name
/// in front.
void read_machine(const RunDocument& document, RunConfig& run);

/// Reads or makes the trace. Throws InputError with the file's name in front.
Trace read_workload(const RunDocument& document);

/// Reads the machine and makes the trace. Throws InputError with the file's name in front.
RunConfig read_run(const RunDocument& document);

/// Loads a run config from a file; file names in the values of settings count from its folder.
/// Throws InputError with the file's name in front.
RunConfig load_run_with(const std::filesystem::path& file, const std::vector<Setting>& settings);

/// The same, with texts for settings. `overrides` are "/json/pointer=value" with a JSON value or
/// else a string. Throws InputError with the file's name in front.
RunConfig load_run_config(const std::filesystem::path& file,
                          const std::vector<std::string>& overrides);

}  // namespace vitcod
