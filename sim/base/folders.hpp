// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

namespace vitcod {

/// False too if that cannot be found out (a name too long, a circle of links).
bool file_exists(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// The path from the root. Throws FileError if there is no working folder any more.
std::filesystem::path absolute_path(const std::filesystem::path& path);

/// The entries of a folder by path, sorted. Throws FileError with the system's reason.
std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder);

/// Removes a file if it is there; a device or pipe stays. Throws FileError with the system's
/// reason.
void remove_file(const std::filesystem::path& path);

}  // namespace vitcod
