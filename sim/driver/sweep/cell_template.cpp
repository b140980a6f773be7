// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/cell_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// A formula may have a colon of its own (a ? b : c): a format is behind the last one, and is no
/// formula.
std::pair<std::string, std::string> split(const std::string& inside) {
  const std::size_t colon = inside.rfind(':');
  if (colon == inside.npos) return {inside, ""};
  const std::string format = inside.substr(colon + 1);
  const bool is_format = format.find_first_not_of("+.0123456789efg") == format.npos;
  if (format.empty() || !is_format || std::isalpha(format.back()) == 0) return {inside, ""};
  return {inside.substr(0, colon), format};
}

std::string formatted(const std::string& format, double number) {
  std::string text = fmt::format(fmt::runtime("{:" + format + "}"), number);
  const bool is_zero = text.find_first_of("123456789") == text.npos;
  if (is_zero && (text.front() == '-' || text.front() == '+')) text.erase(0, 1);
  return text;
}

void require_format(const std::string& format, const std::string& inside) {
  try {
    formatted(format, 0);
  } catch (const fmt::format_error& error) {
    throw ConfigError("", fmt::format("{}: {}", Json(inside).dump(), error.what()));
  }
}

double value_of(const Json& cell) {
  return cell.is_primitive() && !cell.is_null() ? expression_value(cell)
                                                : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

CellTemplate::CellTemplate(const std::string& text, const TableNames& names) {
  std::size_t at = 0;
  for (std::size_t open = text.find('{'); open != text.npos; open = text.find('{', at)) {
    const std::size_t close = text.find('}', open);
    if (close == text.npos) {
      throw ConfigError(
          "", fmt::format("{}: brace at position {} is not closed", Json(text).dump(), open));
    }
    add_formula(text.substr(at, open - at), text.substr(open + 1, close - open - 1), names);
    at = close + 1;
  }
  end_ = text.substr(at);
}

void CellTemplate::add_formula(const std::string& before, const std::string& inside,
                               const TableNames& names) {
  Part& part = parts_.emplace_back();
  part.before = before;
  std::string formula;
  std::tie(formula, part.format) = split(inside);
  require_format(part.format, inside);
  const auto column = std::find(names.columns.begin(), names.columns.end(), formula);
  if (column != names.columns.end()) {
    part.column = static_cast<std::size_t>(column - names.columns.begin());
  } else {
    part.formula.emplace(formula, names.columns, names.texts);
  }
}

std::optional<double> CellTemplate::number_of(const Part& part, const Row& row) {
  double number = 0;
  if (part.column) {
    number = value_of(row[*part.column]);
  } else {
    std::vector<double> values(row.size());
    std::transform(row.begin(), row.end(), values.begin(), value_of);
    number = part.formula->evaluate(values);
  }
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::string CellTemplate::text_of(const std::vector<const Row*>& rows, MeanKind mean) const {
  if (rows.empty()) return parts_.empty() ? end_ : "";
  std::string text;
  for (const Part& part : parts_) {
    text += part.before;
    const Json* const first = part.column ? &(*rows.front())[*part.column] : nullptr;
    if (first != nullptr && first->is_string()) {
      text += first->get<std::string>();
      continue;
    }
    if (first != nullptr && !first->is_null() && part.format.empty() && mean == MeanKind::kFirst) {
      text += first->is_number_float() ? formatted(".4g", first->get<double>()) : first->dump();
      continue;
    }
    std::vector<double> numbers;
    for (std::size_t i = 0; i < (mean == MeanKind::kFirst ? 1 : rows.size()); ++i) {
      if (const auto number = number_of(part, *rows[i])) numbers.push_back(*number);
    }
    const std::optional<double> number = mean_of(mean, numbers);
    if (!number) return "";
    text += formatted(part.format.empty() ? ".4g" : part.format, *number);
  }
  return text + end_;
}

}  // namespace vitcod
