// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "sim/base/json.hpp"

namespace vitcod::test {

/// A JSON Schema (draft 7), as an implementation that is not the project's understands it.
class SchemaValidator {
 public:
  explicit SchemaValidator(const Json& schema);
  ~SchemaValidator();
  SchemaValidator(const SchemaValidator&) = delete;
  SchemaValidator& operator=(const SchemaValidator&) = delete;

  /// What is wrong with the document; empty if nothing is.
  std::string errors(const Json& document) const;
  bool accepts(const Json& document) const { return errors(document).empty(); }

 private:
  struct Process;
  std::unique_ptr<Process> process_;
};

/// The schema that `vitcod-sim schema KIND` prints.
const SchemaValidator& validator_of(const std::string& kind);

}  // namespace vitcod::test
