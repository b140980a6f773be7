// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/setting.hpp"

#include "sim/base/errors.hpp"

namespace vitcod {

Setting parse_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (text.empty() || text.front() != '/' || equals == std::string::npos) {
    throw InputError("--set " + text + ": expected /json/pointer=value");
  }
  const std::string value = text.substr(equals + 1);
  Json parsed = Json::parse(value, nullptr, false);
  if (parsed.is_discarded()) parsed = value;
  return Setting{text.substr(0, equals), std::move(parsed), "--set " + text};
}

bool is_known_place(const std::string& pointer) {
  try {
    const Json::json_pointer parsed(pointer);
  } catch (const Json::exception&) {
    return false;
  }
  return pointer == "/machine" || pointer == "/workload" || pointer.starts_with("/machine/") ||
         pointer.starts_with("/workload/");
}

void require_known_place(const Setting& setting) {
  if (!is_known_place(setting.pointer)) {
    throw InputError(setting.origin + ": expected a pointer below /machine or /workload");
  }
}

void apply(const Setting& setting, Json& document) {
  try {
    const Json::json_pointer pointer(setting.pointer);
    const Json::json_pointer parent = pointer.parent_pointer();
    if (!document.contains(parent) || document.at(parent).is_primitive()) {
      throw InputError(setting.origin + ": there is no " + parent.to_string() +
                       " to set a value in");
    }
    document[pointer] = setting.value;
  } catch (const Json::exception&) {
    throw InputError(setting.origin + ": not a place in the configuration");
  }
}

}  // namespace vitcod
