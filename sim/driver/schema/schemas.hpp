// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sim/base/json.hpp"

namespace vitcod {

/// A kind of file that has a JSON Schema.
struct SchemaKind {
  std::string_view name;
  std::string_view meaning;
  Json (*describe)();
};

std::span<const SchemaKind> schema_kinds();

/// The JSON Schema (draft 7) of a kind of file, from the functions that read or write it. Throws
/// InputError that lists the kinds.
Json make_schema(const std::string& kind);

}  // namespace vitcod
