// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/expression.hpp"

#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <string_view>

#include "sim/base/det_math.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

constexpr char kQuote = '\'';

/// The number that stands for a text: 52 bits of its hash, so that nobody has to hand out numbers.
double text_code(std::string_view text) {
  const std::string digest = sha256_hex(text);
  std::uint64_t code = 0;
  std::from_chars(digest.data(), digest.data() + 13, code, 16);
  return static_cast<double>(code);
}

/// Reads a text in quotes at the front of `rest`, for muParser: 1 if there was one.
int read_text(const char* rest, int* position, double* value) {
  const std::string_view text(rest);
  const std::size_t end = text.empty() || text[0] != kQuote ? text.npos : text.find(kQuote, 1);
  if (end == text.npos) return 0;
  *value = text_code(text.substr(1, end - 1));
  *position += static_cast<int>(end + 1);
  return 1;
}

/// Whole powers are products; libm's pow differs between hosts in the last bit.
double power(double base, double exponent) {
  constexpr double kMaxWhole = 1024;
  if (std::floor(exponent) != exponent || std::abs(exponent) > kMaxWhole) {
    return det_exp(exponent * det_log(base));
  }
  double result = 1;
  for (int i = 0; i < std::abs(static_cast<int>(exponent)); ++i) result *= base;
  return exponent < 0 ? 1 / result : result;
}

/// Exact for powers of two.
double binary_logarithm(double x) {
  if (!(x > 0) || std::isinf(x)) return std::numeric_limits<double>::quiet_NaN();
  int exponent = 0;
  const double mantissa = std::frexp(x, &exponent) * 2;
  return exponent - 1 + det_log(mantissa) / det_log(2.0);
}

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// A comparison: neither true nor false of what is infinite or no number, such as a / 0.
template <typename Compare>
double compare(double a, double b) {
  return std::isfinite(a) && std::isfinite(b) ? double(Compare()(a, b)) : kUndefined;
}

bool is_true(double a) { return std::isfinite(a) && a != 0; }

double both(double a, double b) {
  if (a == 0 || b == 0) return 0;
  return is_true(a) && is_true(b) ? 1 : kUndefined;
}

double either(double a, double b) {
  if (is_true(a) || is_true(b)) return 1;
  return a == 0 && b == 0 ? 0 : kUndefined;
}

/// The first of the values that no other is `Before`; undefined if one is.
template <typename Before>
double extreme(const double* values, int num) {
  const auto is_undefined = [](double value) { return std::isnan(value); };
  if (std::any_of(values, values + num, is_undefined)) return kUndefined;
  return *std::min_element(values, values + num, Before());
}

/// Our own operators: muParser's have an assignment, `lines = 4`, and a power that is libm's.
void define_operators(mu::Parser& parser) {
  using Binary = double (*)(double, double);
  const auto define = [&parser](const char* name, Binary function, mu::EOprtPrecedence precedence) {
    parser.DefineOprt(name, function, precedence);
  };
  parser.EnableBuiltInOprt(false);
  define(
      "+", [](double a, double b) { return a + b; }, mu::prADD_SUB);
  define(
      "-", [](double a, double b) { return a - b; }, mu::prADD_SUB);
  define(
      "*", [](double a, double b) { return a * b; }, mu::prMUL_DIV);
  define(
      "/", [](double a, double b) { return a / b; }, mu::prMUL_DIV);
  define(
      "%", [](double a, double b) { return std::fmod(a, b); }, mu::prMUL_DIV);
  parser.DefineOprt("^", power, mu::prPOW, mu::oaRIGHT);
  define("<", compare<std::less<>>, mu::prCMP);
  define("<=", compare<std::less_equal<>>, mu::prCMP);
  define("==", compare<std::equal_to<>>, mu::prCMP);
  define("!=", compare<std::not_equal_to<>>, mu::prCMP);
  define(">=", compare<std::greater_equal<>>, mu::prCMP);
  define(">", compare<std::greater<>>, mu::prCMP);
  define("&&", both, mu::prLAND);
  define("||", either, mu::prLOR);
}

void define_functions(mu::Parser& parser) {
  using Unary = double (*)(double);
  using Multiple = double (*)(const double*, int);
  parser.ClearFun();
  parser.ClearConst();
  parser.DefineFun("min", Multiple(extreme<std::less<>>));
  parser.DefineFun("max", Multiple(extreme<std::greater<>>));
  parser.DefineFun("abs", Unary([](double x) { return std::abs(x); }));
  parser.DefineFun("floor", Unary([](double x) { return std::floor(x); }));
  parser.DefineFun("ceil", Unary([](double x) { return std::ceil(x); }));
  parser.DefineFun("round", Unary([](double x) { return std::round(x); }));
  parser.DefineFun("sqrt", Unary([](double x) { return std::sqrt(x); }));
  parser.DefineFun("log2", binary_logarithm);
}

std::string quote(std::string_view text) { return Json(text).dump(); }

/// Throws for a text that no variable can have, and for a quote that is not closed.
void require_known_texts(std::string_view text, const std::set<std::string>& texts) {
  for (std::size_t at = text.find(kQuote); at != text.npos; at = text.find(kQuote, at)) {
    const std::size_t end = text.find(kQuote, at + 1);
    if (end == text.npos) {
      throw ConfigError("", fmt::format("{}: quote at position {} is not closed", quote(text), at));
    }
    const std::string quoted(text.substr(at + 1, end - at - 1));
    if (!texts.contains(quoted)) {
      throw ConfigError(
          "", fmt::format("{}: position {}: no axis has the value '{}'", quote(text), at, quoted));
    }
    at = end + 1;
  }
}

ConfigError wrong_expression(const std::string& text, const mu::ParserError& error,
                             const std::vector<std::string>& names) {
  std::string message = quote(text) + ": " + error.GetMsg();
  if (message.find("position") == message.npos)
    message += fmt::format(" at position {}", error.GetPos());
  if (error.GetCode() == mu::ecUNASSIGNABLE_TOKEN) message += "; names are " + Json(names).dump();
  return ConfigError("", message);
}

}  // namespace

Expression::Expression(const std::string& text, const std::vector<std::string>& names,
                       const std::set<std::string>& texts)
    : parser_(std::make_unique<mu::Parser>()),
      variables_(std::make_unique<double[]>(names.size())) {
  require_known_texts(text, texts);
  try {
    define_operators(*parser_);
    define_functions(*parser_);
    parser_->AddValIdent(read_text);
    for (std::size_t i = 0; i < names.size(); ++i) parser_->DefineVar(names[i], &variables_[i]);
    parser_->SetExpr(text);
    parser_->Eval();
  } catch (const mu::ParserError& error) {
    throw wrong_expression(text, error, names);
  }
  if (parser_->GetNumResults() != 1) {
    throw ConfigError("", quote(text) + ": expected one value, found a list");
  }
}

Expression::~Expression() = default;
Expression::Expression(Expression&&) noexcept = default;

double Expression::evaluate(std::span<const double> values) const {
  std::copy(values.begin(), values.end(), variables_.get());
  return parser_->Eval();
}

bool Expression::uses(const std::string& name) const {
  return parser_->GetUsedVar().contains(name);
}

double expression_value(const Json& scalar) {
  if (scalar.is_string()) return text_code(scalar.get_ref<const std::string&>());
  if (scalar.is_boolean()) return scalar.get<bool>() ? 1 : 0;
  return scalar.get<double>();
}

}  // namespace vitcod
