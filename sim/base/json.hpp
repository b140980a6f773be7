// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "sim/base/files.hpp"
#include "sim/base/sha256.hpp"

namespace vitcod {

/// Keys keep the order in which they were written, so equal runs are equal bytes.
using Json = nlohmann::ordered_json;

/// Parses a document. Throws InputError for anything that is not JSON (with the byte offset), for a
/// key that stands twice in one object and for nesting deeper than 256 levels (with the JSON
/// pointer). `name` is used in messages.
Json parse_json(std::string_view text, std::string_view name);

/// An empty object with room for the members that most objects have. Growth copies all that is in
/// the members there are, since their keys cannot be moved.
Json roomy_object();

/// Reads and parses a file; as parse_json, and FileError if it cannot be read.
Json read_json_file(const std::filesystem::path& path);

}  // namespace vitcod
