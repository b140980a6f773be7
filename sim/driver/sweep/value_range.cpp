// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/value_range.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "sim/base/det_math.hpp"

namespace vitcod {
namespace {

// A step may miss the end by a rounding error, and shall still count as reaching it.
constexpr double kTolerance = 1e-9;

/// A number, and whether it is written as an integer: 16 is, 16.0 is not.
struct Number {
  double value = 0;
  bool is_integer = false;
};

void read_number(ConfigReader& reader, std::string_view key, Number& number,
                 std::string_view meaning, Range<double> range = {}) {
  reader.required(key, number.value, meaning, range);
  const Json* json = reader.raw(key, meaning);
  number.is_integer = json != nullptr && json->is_number_integer();
}

void require_order(const ConfigReader& reader, const Number& from, const Number& to) {
  reader.require(to.value >= from.value, "to",
                 fmt::format("expected at least {}, found {}", from.value, to.value));
}

/// A fraction keeps 12 digits, so that 0.1 + 2 * 0.1 is written 0.3.
Json to_json(double value, bool is_integer) {
  if (is_integer) return static_cast<std::int64_t>(std::round(value));
  const std::string text = fmt::format("{:.12g}", value);
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<double> ratios(double from, double to, double factor) {
  std::vector<double> values;
  double value = from;
  while (value <= to * (1 + kTolerance)) {
    values.push_back(value);
    value *= factor;
  }
  return values;
}

std::vector<double> ratios(double from, double to, std::uint32_t count) {
  const double log_ratio = det_log(to / from);
  std::vector<double> values;
  for (std::uint32_t i = 0; i + 1 < count; ++i) {
    values.push_back(from * det_exp(log_ratio * i / (count - 1)));
  }
  values.push_back(to);
  return values;
}

}  // namespace

void read(ConfigReader& reader, LinearRange& range) {
  // Doubles hold integers up to 2^53 exactly.
  constexpr Range<double> kExact{-0x1p53, 0x1p53};
  Number from;
  Number to;
  Number step;
  read_number(reader, "from", from, "first value", kExact);
  read_number(reader, "to", to, "last value, if a step falls on it", kExact);
  read_number(reader, "step", step, "distance of a value from the one before", kExact);
  if (reader.is_describing()) return;
  reader.finish();
  require_order(reader, from, to);
  reader.require(step.value > 0, "step", "expected more than 0");
  const double last = std::floor((to.value - from.value) / step.value + kTolerance);
  reader.require(last < kMaxAxisValues, "step",
                 fmt::format("expected at most {} values, found {}", kMaxAxisValues, last + 1));
  for (std::uint32_t i = 0; i <= static_cast<std::uint32_t>(last); ++i) {
    const double value = from.value + i * step.value;
    const bool is_zero = std::abs(value) < kTolerance * step.value;
    range.values.push_back(to_json(is_zero ? 0 : value, from.is_integer && step.is_integer));
  }
}

void read(ConfigReader& reader, LogRange& range) {
  constexpr Range<double> kPositive{1e-15, 0x1p53};
  Number from;
  Number to;
  std::optional<double> factor;
  std::optional<std::uint32_t> count;
  read_number(reader, "from", from, "first value", kPositive);
  read_number(reader, "to", to, "last value, if a step falls on it", kPositive);
  reader.optional("factor", factor, "ratio of a value to the one before", at_least(1.001));
  reader.optional("count", count, "number of values, with both ends",
                  Range<std::uint32_t>{2, static_cast<std::uint32_t>(kMaxAxisValues)});
  if (reader.is_describing()) return;
  reader.finish();
  require_order(reader, from, to);
  reader.require(factor.has_value() != count.has_value(), "factor",
                 "expected either factor or count");
  const bool is_integer = from.is_integer && to.is_integer;
  for (const double value :
       factor ? ratios(from.value, to.value, *factor) : ratios(from.value, to.value, *count)) {
    range.values.push_back(to_json(value, is_integer));
    const std::size_t num = range.values.size();
    reader.require(num < 2 || range.values[num - 2] != range.values[num - 1], "from",
                   "two values are rounded to " + range.values.back().dump() +
                       "; write from and to with a decimal point for fractions");
  }
}

}  // namespace vitcod
