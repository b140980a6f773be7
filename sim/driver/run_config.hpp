// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "hw_models/accelerators/vitcod_config.hpp"
#include "sim/base/json.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// A run as the user gave it, resolved: files read in, overrides applied, everything checked.
struct RunConfig {
  Json machine;           ///< resolved document of the machine: no file names in it
  VitcodConfig settings;  ///< the same, read
  Trace trace;
};

/// Loads a run config. `machine` and `workload` are inline objects or names of files, relative to
/// the config; a workload may also name a trace folder. An object with a key `preset` is that file
/// (relative to the file it stands in) with the object's other keys merged over it (RFC 7386).
/// `overrides` are "/json/pointer=value" with a JSON value or else a string, applied in order; only
/// `/machine`, `/workload` and pointers that end in `/preset` are applied before files are read.
/// Throws InputError with the file's name in front.
RunConfig load_run_config(const std::filesystem::path& file,
                          const std::vector<std::string>& overrides);

}  // namespace vitcod
