// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "sim/base/json.hpp"

namespace mu {
class Parser;
}

namespace vitcod {

/// A formula over the columns of a sweep: `lines * 8 <= 1024 && memory == 'ddr4-2400'`. Results are
/// the same bits on every host. Not for use by two threads at once.
///
/// Numbers are doubles, true is 1 and false 0. `+ - * / % ^`, `< <= == != >= >`, `&& ||`,
/// `a ? b : c`; min(...), max(...), abs, floor, ceil, round, sqrt, log2. A text in single quotes is
/// compared with == and !=.
class Expression {
 public:
  /// `names`: the variables. `texts`: all texts that they can have, so that a misspelt one is
  /// found. Throws ConfigError (empty pointer) with the position of what is wrong.
  Expression(const std::string& text, const std::vector<std::string>& names,
             const std::set<std::string>& texts);
  ~Expression();
  Expression(Expression&&) noexcept;

  /// True if the formula uses the variable.
  bool uses(const std::string& name) const;

  /// `values` in the order of the names. May be infinite or not a number: a comparison with such a
  /// value is not a number either, and && and || are only where the other side does not decide.
  double evaluate(std::span<const double> values) const;

 private:
  std::unique_ptr<mu::Parser> parser_;
  std::unique_ptr<double[]> variables_;  // the parser points into it
};

/// A scalar as an expression sees it: a text is a number that stands for it.
double expression_value(const Json& scalar);

}  // namespace vitcod
