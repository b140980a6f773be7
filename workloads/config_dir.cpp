// SPDX-License-Identifier: Apache-2.0
#include "workloads/config_dir.hpp"

#include <cstdlib>
#include <system_error>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

bool is_config_dir(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path / "models", ignored);
}

}  // namespace

std::filesystem::path find_config_dir() {
  if (const char* chosen = std::getenv("VITCOD_CONFIG_DIR"); chosen != nullptr && *chosen != '\0') {
    if (!is_config_dir(chosen)) {
      throw FileError(chosen, "VITCOD_CONFIG_DIR is not a configs folder: it holds no models/");
    }
    return chosen;
  }
  std::error_code ignored;
  const std::filesystem::path executable = std::filesystem::read_symlink("/proc/self/exe", ignored);
  for (std::filesystem::path dir = executable.parent_path(); !dir.empty();
       dir = dir.parent_path()) {
    if (is_config_dir(dir / "configs")) return dir / "configs";
    if (dir == dir.root_path()) break;
  }
  std::filesystem::path source_configs = VITCOD_SOURCE_CONFIG_DIR;
  if (is_config_dir(source_configs)) return source_configs;
  throw FileError("configs", "not found above the executable; set VITCOD_CONFIG_DIR");
}

}  // namespace vitcod
