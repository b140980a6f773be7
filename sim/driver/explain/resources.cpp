// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/explain/resources.hpp"

#include <algorithm>

#include "sim/base/errors.hpp"
#include "workloads/config_dir.hpp"

namespace vitcod {

void read(ConfigReader& reader, Resource& resource) {
  reader.required("resource", resource.name, "what it is, for people");
  reader.required("pointer", resource.pointer, "place in the run config");
  if (const Json* ample = reader.raw("ample", "value with which nothing waits for it")) {
    resource.ample = *ample;
  }
  reader.optional("used", resource.used, "counter of the result, 0 in runs that do without it");
  reader.finish();
  reader.require(resource.ample.is_number_integer() || resource.ample.is_boolean(), "ample",
                 "expected an integer, true or false");
  reader.require(resource.pointer.starts_with("/machine/"), "pointer",
                 "expected a place below /machine");
  reader.require(!resource.used || resource.used->starts_with("/blocks/"), "used",
                 "expected a counter below /blocks");
}

void read(ConfigReader& reader, Resources& resources) {
  reader.required_list("resources", resources.resources, "what a run may be short of");
}

Resources load_resources(const Json& machine) {
  const auto kind = machine.find("kind");
  const std::string name =
      kind != machine.end() && kind->is_string() ? kind->get<std::string>() : "vitcod";
  const auto file = find_config("resources", name);
  if (!file) throw InputError("explain: there is no table of resources for machines " + name);
  try {
    return read_config<Resources>(read_json_file(*file));
  } catch (const ConfigError& error) {
    throw FileError(file->string(), error.what());
  }
}

Json next_value(const Json& present, const Json& ample) {
  if (!present.is_number_integer() || !ample.is_number_integer()) return ample;
  const auto from = present.get<std::int64_t>();
  const auto to = ample.get<std::int64_t>();
  return to > from ? std::min(to, std::max<std::int64_t>(1, 2 * from)) : std::max(to, from / 2);
}

}  // namespace vitcod
