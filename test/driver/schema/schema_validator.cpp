// SPDX-License-Identifier: Apache-2.0
#include "test/driver/schema/schema_validator.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "sim/driver/schema/schemas.hpp"

namespace vitcod::test {
namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

/// The library knows only documents without an order of keys.
nlohmann::json unordered(const Json& json) { return nlohmann::json::parse(json.dump()); }

}  // namespace

struct SchemaValidator::Parsed {
  nlohmann::json document;
  valijson::Schema schema;
};

SchemaValidator::SchemaValidator(const Json& schema) : parsed_(std::make_unique<Parsed>()) {
  parsed_->document = unordered(schema);
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(Adapter(parsed_->document), parsed_->schema);
}

SchemaValidator::~SchemaValidator() = default;

std::string SchemaValidator::errors(const Json& document) const {
  const nlohmann::json target = unordered(document);
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::ValidationResults results;
  if (validator.validate(parsed_->schema, Adapter(target), &results)) return "";
  std::string text;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) text += error.context.back() + ": " + error.description + "\n";
  return text.empty() ? "refused\n" : text;
}

const SchemaValidator& validator_of(const std::string& kind) {
  static std::map<std::string, std::unique_ptr<SchemaValidator>> validators;
  auto& validator = validators[kind];
  if (!validator) validator = std::make_unique<SchemaValidator>(make_schema(kind));
  return *validator;
}

}  // namespace vitcod::test
