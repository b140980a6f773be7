// SPDX-License-Identifier: Apache-2.0
#include "workloads/config_dir.hpp"

#include <cstdlib>
#include <set>
#include <system_error>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/base/folders.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

bool is_config_dir(const fs::path& path) { return is_folder(path / "models"); }

/// The shipped folder; nothing if there is none.
std::optional<fs::path> shipped_dir() {
  std::error_code ignored;
  const fs::path executable = fs::read_symlink("/proc/self/exe", ignored);
  for (fs::path dir = executable.parent_path(); !dir.empty(); dir = dir.parent_path()) {
    if (is_config_dir(dir / "configs")) return dir / "configs";
    if (dir == dir.root_path()) break;
  }
  fs::path source_configs = VITCOD_SOURCE_CONFIG_DIR;
  if (is_config_dir(source_configs)) return source_configs;
  return std::nullopt;
}

/// In the order in which names are looked up.
std::vector<fs::path> config_dirs() {
  std::vector<fs::path> dirs;
  if (const char* chosen = std::getenv("VITCOD_CONFIG_DIR"); chosen != nullptr && *chosen != '\0') {
    if (!is_folder(chosen)) throw FileError(chosen, "VITCOD_CONFIG_DIR is not a folder");
    dirs.emplace_back(chosen);
  }
  if (auto shipped = shipped_dir()) dirs.push_back(std::move(*shipped));
  if (dirs.empty()) {
    throw FileError("configs", "not found above the executable; set VITCOD_CONFIG_DIR");
  }
  return dirs;
}

}  // namespace

fs::path find_config_dir() {
  if (auto shipped = shipped_dir()) return std::move(*shipped);
  throw FileError("configs", "not found above the executable");
}

std::optional<fs::path> find_config(const std::string& folder, const std::string& name) {
  for (const fs::path& dir : config_dirs()) {
    fs::path file = dir / folder / (name + ".json");
    if (file_exists(file)) return file;
  }
  return std::nullopt;
}

std::vector<std::string> config_names(const std::string& folder) {
  std::set<std::string> names;
  for (const fs::path& dir : config_dirs()) {
    if (!is_folder(dir / folder)) continue;
    for (const fs::path& file : list_folder(dir / folder)) {
      if (file.extension() == ".json") names.insert(file.stem().string());
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace vitcod
