// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/schema/schema_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/driver/schema/schemas.hpp"

namespace vitcod {
namespace {

std::string list_of_kinds() {
  std::string text;
  for (const SchemaKind& kind : schema_kinds()) {
    text += fmt::format("{:<10}{}\n", kind.name, kind.meaning);
  }
  return text;
}

}  // namespace

void add_schema_command(CLI::App& app) {
  const auto kind = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("schema", "Print the JSON Schema (draft 7) of a kind of file");
  command->add_option("kind", *kind, "Kind of file; without it, the kinds are listed");
  command->footer(list_of_kinds() + "Example: vitcod-sim schema run > run.schema.json");
  command->callback([kind] {
    fmt::print("{}", kind->empty() ? list_of_kinds() : make_schema(*kind).dump(2) + "\n");
  });
}

}  // namespace vitcod
