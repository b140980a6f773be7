// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/json.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Builds the trace of a workload specification (the object under `/workload` of a run config).
/// Relative file names are relative to `base_dir`; model names are looked up as
/// `configs/models/NAME.json` (see find_config). Throws ConfigError for a wrong specification
/// and FileError for a wrong input file. What looks wrong and is not refused goes to `warnings`, a
/// line each, if given.
Trace make_trace(const Json& specification, const std::filesystem::path& base_dir,
                 std::vector<std::string>* warnings = nullptr);

/// Reads a trace folder written by write_trace. One whose provenance is no object gets the hash of
/// its content in it (`trace_sha256`). Throws InputError.
Trace read_trace(const std::filesystem::path& folder);

/// Gives the operands the values of another seed, which the provenance then names.
void set_value_seed(Trace& trace, std::uint64_t seed);

/// Writes `trace.json` and the `.npy` arrays into `folder`, which is created if missing. The folder
/// appears whole or not at all. Throws FileError.
void write_trace(const Trace& trace, const std::filesystem::path& folder);

}  // namespace vitcod
