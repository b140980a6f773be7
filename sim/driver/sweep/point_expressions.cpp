// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/point_expressions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/base/errors.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {
namespace {

/// Doubles hold integers up to 2^53 exactly; one beyond stays a double.
Json to_json(double value) {
  if (std::floor(value) != value || std::abs(value) > 0x1p53) return value;
  return static_cast<std::int64_t>(value);
}

Expression compile(const std::string& text, const std::vector<std::string>& names,
                   const std::set<std::string>& texts, const std::string& pointer) {
  try {
    return {text, names, texts};
  } catch (const ConfigError& error) {
    throw ConfigError(pointer, error.message());
  }
}

}  // namespace

std::set<std::string> texts_of(const SweepConfig& config) {
  std::set<std::string> texts;
  for (const Dimension& dimension : config.dimensions) {
    for (const Axis& axis : dimension.axes) {
      if (!axis.values.front().is_string()) continue;
      for (const Json& value : axis.values) texts.insert(value.get<std::string>());
    }
  }
  return texts;
}

PointExpressions::PointExpressions(const SweepConfig& config)
    : file_(config.file), names_(coordinate_columns(config)) {
  const std::set<std::string> texts = texts_of(config);
  // A derived value sees the axes and the derived values before it.
  std::vector<std::string> visible(names_.begin(),
                                   names_.end() - std::ptrdiff_t(config.derived.size()));
  for (std::size_t i = 0; i < config.derived.size(); ++i) {
    const DerivedValue& value = config.derived[i];
    const std::string pointer = fmt::format("/derived/{}/expression", i);
    derived_.push_back(
        {pointer, value.expression, compile(value.expression, visible, texts, pointer)});
    visible.push_back(value.name);
  }
  for (std::size_t i = 0; i < config.constraints.size(); ++i) {
    const std::string pointer = fmt::format("/constraints/{}", i);
    const std::string& text = config.constraints[i];
    constraints_.push_back({pointer, text, compile(text, names_, texts, pointer)});
  }
}

bool PointExpressions::uses(const std::string& name) const {
  const auto uses = [&name](const Compiled& each) { return each.expression.uses(name); };
  return std::any_of(derived_.begin(), derived_.end(), uses) ||
         std::any_of(constraints_.begin(), constraints_.end(), uses);
}

bool PointExpressions::complete(std::vector<Json>& coordinates) const {
  if (derived_.empty() && constraints_.empty()) return true;
  std::vector<double> values;
  values.reserve(names_.size());
  for (const Json& coordinate : coordinates) values.push_back(expression_value(coordinate));
  const std::size_t num_axes = values.size();
  for (const Compiled& derived : derived_) {
    values.push_back(derived.expression.evaluate(values));
    coordinates.push_back(to_json(values.back()));
  }
  std::vector<double> verdicts;
  for (const Compiled& constraint : constraints_) {
    verdicts.push_back(constraint.expression.evaluate(values));
    if (verdicts.back() == 0) return false;
  }
  // Not before: a constraint may be there to keep a division by zero out.
  for (std::size_t i = 0; i < derived_.size(); ++i) {
    require_finite(values[num_axes + i], derived_[i], coordinates);
  }
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    require_finite(verdicts[i], constraints_[i], coordinates);
  }
  return true;
}

void PointExpressions::require_finite(double value, const Compiled& compiled,
                                      const std::vector<Json>& coordinates) const {
  if (std::isfinite(value)) return;
  std::string point;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    point += fmt::format("{}{} = {}", i == 0 ? "" : ", ", names_[i], coordinates[i].dump());
  }
  throw InputError(fmt::format("{}: {}: \"{}\" is not a finite number where {}", file_,
                               compiled.pointer, compiled.text, point));
}

}  // namespace vitcod
