// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/golden/golden_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/driver/simulation.hpp"

namespace vitcod {
namespace {

bool is_file_name(const std::string& name) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), is_plain);
}

bool is_pointer(const std::string& text) { return text.empty() || text.front() == '/'; }

Json simulate_case(const std::filesystem::path& folder, const GoldenCase& golden) {
  std::vector<Setting> settings;
  for (const auto& [pointer, value] : golden.set) {
    settings.push_back({pointer, value, "set " + pointer});
  }
  const std::filesystem::path file = (folder / golden.run).lexically_normal();
  const RunConfig run =
      read_run(resolve_run(read_json_file(file), file.parent_path(), file.string(), settings));
  Json result = simulate_named(file.string(), run, {}).result;
  require_matching_values(result);
  result.erase("config");
  return result;
}

}  // namespace

void read(ConfigReader& reader, GoldenCase& golden) {
  reader.required("name", golden.name, "name of the case, and of the file of its result");
  reader.required("run", golden.run, "run config, relative to this file");
  reader.optional_map("set", golden.set, "values to change in the run, by JSON pointer, in order");
  reader.optional_map("tolerance", golden.tolerance,
                      "how far numbers at or below a JSON pointer may be from the expected ones, "
                      "as a share of them",
                      at_least(0.0));
  reader.finish();
  reader.require(is_file_name(golden.name), "name",
                 "expected letters, digits, \"-\", \"_\" and \".\", not first");
  for (const auto& [pointer, share] : golden.tolerance) {
    reader.require(is_pointer(pointer), "tolerance",
                   "\"" + pointer + "\" is not a JSON pointer: it does not begin with \"/\"");
  }
}

void read(ConfigReader& reader, GoldenCases& golden) {
  reader.required_list("cases", golden.cases, "runs whose results are kept", Length{1});
  reader.finish();
  std::set<std::string> names;
  for (const GoldenCase& one : golden.cases) {
    reader.require(names.insert(one.name).second, "cases",
                   fmt::format("two cases are named \"{}\"", one.name));
  }
}

GoldenCases read_golden_cases(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "cases.json";
  const Json json = read_json_file(file);
  try {
    return read_config<GoldenCases>(json);
  } catch (const ConfigError& error) {
    throw FileError(file.string(), error.what());
  }
}

Json run_golden_case(const std::filesystem::path& folder, const GoldenCase& golden) {
  const std::string prefix = fmt::format("case {}: ", golden.name);
  try {
    return simulate_case(folder, golden);
  } catch (const InputError& error) {
    throw InputError(prefix + error.what());
  } catch (const ModelError& error) {
    throw ModelError(prefix + error.what());
  } catch (const DeadlockError& error) {
    throw DeadlockError(prefix + error.what());
  }
}

}  // namespace vitcod
