// SPDX-License-Identifier: Apache-2.0
#include "sim/base/folders.hpp"

#include <algorithm>
#include <system_error>

#include "sim/base/errors.hpp"

namespace vitcod {

namespace fs = std::filesystem;

bool file_exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path absolute_path(const fs::path& path) {
  std::error_code error;
  fs::path absolute = fs::absolute(path, error);
  if (error) throw FileError(path.string(), "cannot find the working folder: " + error.message());
  return absolute;
}

std::vector<fs::path> list_folder(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> paths;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    paths.push_back(entry->path());
  }
  if (error) throw FileError(folder.string(), "cannot list: " + error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

void remove_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return;
  fs::remove(path, error);
  if (error) throw FileError(path.string(), "cannot remove: " + error.message());
}

}  // namespace vitcod
