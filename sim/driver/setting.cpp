// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/setting.hpp"

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/base/one_line.hpp"

namespace vitcod {
namespace {

/// The value of a text: JSON, or else the text itself. Throws InputError as for a file.
Json parse_value(const std::string& value, const std::string& origin) {
  if (!Json::accept(value)) return value;
  return parse_json(value, origin);
}

/// An element of a list can be changed, or one added behind the last: not further out, where nulls
/// would fill what lies between.
bool is_within(const Json& list, const std::string& token) {
  const bool is_index = token.find_first_not_of("0123456789") == std::string::npos;
  if (token.empty() || !is_index) return true;  // "-", or refused as no place at all
  return token.size() <= std::to_string(list.size()).size() && std::stoull(token) <= list.size();
}

/// What the setting puts at its place.
Json new_value(const Setting& setting, const Json& document, const Json::json_pointer& pointer) {
  const std::optional<double> factor = factor_of(setting.value);
  if (!factor) return setting.value;
  if (!document.contains(pointer) || !document.at(pointer).is_number()) {
    throw InputError(setting.origin + ": there is no number at " + setting.pointer +
                     " to multiply");
  }
  const Json& old = document.at(pointer);
  const double product = *factor * old.get<double>();
  return old.is_number_float() ? Json(product)
                               : Json(static_cast<std::int64_t>(std::floor(product)));
}

}  // namespace

Setting parse_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (text.empty() || text.front() != '/' || equals == std::string::npos) {
    throw InputError("--set " + text + ": expected /json/pointer=value");
  }
  const std::string origin = "--set " + text;
  if (!is_utf8(text)) throw InputError(origin + ": expected UTF-8");
  return Setting{text.substr(0, equals), parse_value(text.substr(equals + 1), origin), origin};
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

std::optional<double> factor_of(const Json& value) {
  const bool is_factor = value.is_object() && value.size() == 1 && value.contains("times") &&
                         value["times"].is_number();
  return is_factor ? std::optional(value["times"].get<double>()) : std::nullopt;
}

void apply(const Setting& setting, Json& document) {
  try {
    const Json::json_pointer pointer(setting.pointer);
    const Json::json_pointer parent = pointer.parent_pointer();
    if (!document.contains(parent) || document.at(parent).is_primitive()) {
      throw InputError(setting.origin + ": there is no " + parent.to_string() +
                       " to set a value in");
    }
    const Json& owner = document.at(parent);
    if (owner.is_array() && !is_within(owner, pointer.back())) {
      throw InputError(setting.origin + ": " + parent.to_string() + " has " +
                       std::to_string(owner.size()) + " elements");
    }
    Json value = new_value(setting, document, pointer);
    document[pointer] = std::move(value);
  } catch (const Json::exception&) {
    throw InputError(setting.origin + ": not a place in the configuration");
  }
}

}  // namespace vitcod
