// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "sim/driver/run_config.hpp"
#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// A point with all that its result depends on brought together.
struct ResolvedPoint {
  std::string key;           ///< hash of all that the result depends on
  std::string workload_key;  ///< the same for the trace alone
  RunDocument document;
  std::string error;  ///< why there is no document; empty if there is one
};

/// Resolves the points of a sweep. The files that its runs name are taken not to change meanwhile.
class PointResolver {
 public:
  /// Throws InputError if the base run cannot be read.
  explicit PointResolver(const SweepConfig& config);

  /// The key of a point that cannot be resolved is that of its settings and of the error.
  ResolvedPoint resolve(const SweepPoint& point);

  /// The sweep, its base run with what that names read in, and the hash of the simulator.
  Json describe_sweep() const;

  /// True if the base run's workload is the folder of a trace.
  bool has_trace_folder() const;

  /// The text of an error without the folder of the base run: the same wherever that lies.
  std::string without_folder(const std::string& message) const;

 private:
  std::string identity_of_workload(const RunDocument& document);
  void append_named_files(const Json& value, const std::filesystem::path& base_dir,
                          std::string& identity);
  void append_model(const std::string& name, std::string& identity);
  void append_model_file(const Json& workload, const std::filesystem::path& base_dir,
                         std::string& identity) const;
  void append_file(const std::filesystem::path& file, std::string& identity);

  Json sweep_;  // as its file has it
  Json run_;
  std::filesystem::path base_dir_;
  std::string name_;
  bool with_values_;
  std::string formula_;  ///< what a result has of the authors' script
  std::string simulator_;
  JsonFiles files_;
  std::map<std::string, std::string> models_;            // by name, or empty: no such model
  std::map<std::filesystem::path, std::string> hashes_;  // of files, or empty: no such file
};

}  // namespace vitcod
