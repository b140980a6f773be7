// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace vitcod {

/// Keys keep the order in which they were written, so equal runs are equal bytes.
using Json = nlohmann::ordered_json;

/// Parses a document. Throws InputError for anything that is not JSON (with the byte offset) and
/// for a key that stands twice in one object (with its JSON pointer). `name` is used in messages.
Json parse_json(std::string_view text, std::string_view name);

/// The bytes of a file. Throws FileError with the system's reason.
std::string read_file(const std::filesystem::path& path);

/// Reads and parses a file; as parse_json, and FileError if it cannot be read.
Json read_json_file(const std::filesystem::path& path);

/// Writes `text` to a temporary name beside `path` and renames it: a reader never sees half a file.
/// Throws FileError with the system's reason.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// SHA-256 of `bytes` as 64 lower-case hex digits (FIPS 180-4).
std::string sha256_hex(std::string_view bytes);

}  // namespace vitcod
