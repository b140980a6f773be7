// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/clock_formula.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// In quotes, on one line, and not too long for one.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMaxLength = 80;
  if (text.size() > kMaxLength) return fmt::format("of {} bytes", text.size());
  using Plain = nlohmann::json;
  return Plain(text).dump(-1, ' ', true, Plain::error_handler_t::replace);
}

/// Recursive descent: sum, product, factor.
class FormulaParser {
 public:
  FormulaParser(std::string_view text, const ClockNames& names) : text_(text), names_(names) {}

  std::int64_t parse() {
    const std::int64_t value = sum();
    if (peek() != '\0') fail_at("an operator or the end");
    return value;
  }

 private:
  static constexpr std::int64_t kMost = std::int64_t{1} << 31U;
  static constexpr std::uint32_t kMaxDepth = 32;

  /// The next character that is no blank; 0 at the end.
  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail_at(quoted({&c, 1}).c_str());
  }

  std::int64_t sum() {
    if (++depth_ > kMaxDepth) fail("is nested too deep");
    std::int64_t value = product();
    for (;;) {
      if (take('+')) {
        value = bounded(value + product());
      } else if (take('-')) {
        value = bounded(value - product());
      } else {
        --depth_;
        return value;
      }
    }
  }

  std::int64_t product() {
    std::int64_t value = factor();
    for (;;) {
      if (take('*')) {
        value = bounded(value * factor());
      } else if (take('/')) {
        value = quotient(value, factor());
      } else {
        return value;
      }
    }
  }

  std::int64_t factor() {
    const char c = peek();
    if (is_digit(c)) return number();
    if (is_letter(c)) return name_or_call();
    if (!take('(')) fail_at("a number, a name, max, min or (");
    const std::int64_t value = sum();
    expect(')');
    return value;
  }

  std::int64_t number() {
    std::int64_t value = 0;
    while (at_ < text_.size() && is_digit(text_[at_])) {
      value = bounded(value * 10 + (text_[at_++] - '0'));
    }
    return value;
  }

  std::int64_t name_or_call() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (name == "max" || name == "min") return extreme(name == "max");
    const auto found = std::find_if(names_.begin(), names_.end(),
                                    [name](const auto& entry) { return entry.first == name; });
    if (found == names_.end()) fail(fmt::format("names {}, which no parameter is called", name));
    return found->second;
  }

  std::int64_t extreme(bool greatest) {
    expect('(');
    std::int64_t value = sum();
    while (take(',')) {
      const std::int64_t other = sum();
      value = greatest ? std::max(value, other) : std::min(value, other);
    }
    expect(')');
    return value;
  }

  std::int64_t quotient(std::int64_t dividend, std::int64_t divisor) const {
    if (divisor == 0) fail("divides by 0");
    if (dividend % divisor != 0) {
      fail(fmt::format("divides {} by {}, which leaves a remainder", dividend, divisor));
    }
    return dividend / divisor;
  }

  std::int64_t bounded(std::int64_t value) const {
    if (value > kMost || value < -kMost) fail("goes beyond 2^31");
    return value;
  }

  [[noreturn]] void fail_at(const char* expected) {
    const char c = peek();
    const std::string found = c == '\0' ? "the end" : quoted({&c, 1});
    fail(fmt::format("has {} at byte {}, expected {}", found, at_, expected));
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw ConfigError("", fmt::format("formula {} {}", quoted(text_), what));
  }

  const std::string_view text_;
  const ClockNames& names_;
  std::size_t at_ = 0;
  std::uint32_t depth_ = 0;
};

}  // namespace

bool is_clock_name(std::string_view name) {
  if (name.empty() || !is_letter(name.front()) || name == "max" || name == "min") return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::int64_t evaluate_formula(std::string_view formula, const ClockNames& names) {
  return FormulaParser(formula, names).parse();
}

}  // namespace vitcod
