// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/result_members.hpp"

#include <algorithm>

#include "sim/base/config_reader.hpp"

namespace vitcod {
namespace {

bool has_numbers(const Json& json) {
  return std::any_of(json.begin(), json.end(), [](const Json& j) { return j.is_number(); });
}

void collect(const Json& json, const std::string& path, std::vector<std::string>& members) {
  for (const auto& [key, value] : json.items()) {
    if (!value.is_structured()) continue;
    const std::string place = path + escape_pointer_token(key);
    if (value.is_object() && has_numbers(value)) members.push_back(place);
    collect(value, place + "/", members);
  }
}

}  // namespace

std::vector<std::string> members_with_numbers(const Json& result, const std::string& of) {
  const Json::json_pointer pointer(of);
  std::vector<std::string> members;
  if (result.contains(pointer) && result.at(pointer).is_structured()) {
    collect(result.at(pointer), "", members);
  }
  return members;
}

Json part_of_member(const Json& result, const std::string& pointer, const std::string& member) {
  std::string place = pointer;
  const std::size_t star = place.find('*');
  if (star != place.npos) place.replace(star, 1, member);
  const Json::json_pointer at(place);
  if (!result.contains(at)) return 0;
  const Json& value = result.at(at);
  if (value.is_primitive()) return value;
  double sum = 0;
  for (const Json& part : value) sum += part.is_number() ? part.get<double>() : 0;
  return sum;
}

}  // namespace vitcod
