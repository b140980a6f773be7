// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace vitcod {

/// The bytes of a file. Throws FileError with the system's reason.
std::string read_file(const std::filesystem::path& path);

/// Writes `text` to a temporary name beside `path` and renames it: a reader never sees half a file.
/// A device or pipe (/dev/null) is written in place. Throws FileError with the system's reason.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

}  // namespace vitcod
