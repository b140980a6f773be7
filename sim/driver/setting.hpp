// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sim/base/json.hpp"

namespace vitcod {

/// A value that is set in a run config: by `--set`, an axis of a sweep, or a golden case.
struct Setting {
  std::string pointer;  ///< JSON pointer; `/machine`, `/workload`, or below one of them
  Json value;
  std::string origin;  ///< where it comes from, for messages: "--set /machine/clock_khz=1"
};

/// Parses "/json/pointer=value" with a JSON value or else a string. Throws InputError.
Setting parse_setting(const std::string& text);

/// True if `pointer` is a JSON pointer to /machine or /workload, or to a place below one of them.
bool is_known_place(const std::string& pointer);

/// Throws InputError, naming the origin, unless is_known_place.
void require_known_place(const Setting& setting);

/// The factor of a value {"times": factor}, which stands for so many times the number that is
/// there; nothing for any other value.
std::optional<double> factor_of(const Json& value);

/// Sets the value in `document`. The parent must be there; for a factor, so must a number, and a
/// whole one stays whole, rounded down. Throws InputError naming the origin.
void apply(const Setting& setting, Json& document);

}  // namespace vitcod
