// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace vitcod {

enum class ResultType {
  kString,
  kInteger,
  kNumber,
  kBoolean,
  kObject,      ///< any
  kStatistics,  ///< a group of counters, accounts of cycles and groups, as StatGroup writes it
  kNumbers,     ///< numbers in objects of any depth
};

/// One value of a result document.
struct ResultField {
  std::string_view pointer;  ///< a token `*` is each key of an object, `-` each element of a list
  std::string_view meaning;  ///< with the unit
  ResultType type;
  bool is_optional = false;  ///< only some machines or some runs have it
};

/// What Machine::write_report and Machine::write_values add to a result: every machine writes what
/// is not optional, and none anything else. Of several rows that fit a place the first one counts.
std::span<const ResultField> report_fields();

}  // namespace vitcod
