// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "sim/base/json.hpp"

namespace vitcod {

/// What a machine has so much of, and how much of it is ample: a legal value with which nothing
/// waits for it.
struct Resource {
  std::string name;
  std::string pointer;  ///< a place below /machine
  Json ample;           ///< a number or a truth value
  /// A counter of the result, 0 in runs that do without the resource; absent: all runs use it.
  std::optional<std::string> used;
};

/// A file of configs/resources/: the resources of a kind of machine.
struct Resources {
  std::vector<Resource> resources;
};

void read(ConfigReader& reader, Resource& resource);
void read(ConfigReader& reader, Resources& resources);

/// Those of the machine's kind. Throws InputError.
Resources load_resources(const Json& machine);

/// The next value to try of one that is less than ample: twice as much, half of a latency, or the
/// ample one if that is nearer.
Json next_value(const Json& present, const Json& ample);

}  // namespace vitcod
