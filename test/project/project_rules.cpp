// SPDX-License-Identifier: Apache-2.0
#include "test/project/project_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

namespace vitcod::test {
namespace {

namespace fs = std::filesystem;

/// One row of the layer table (design, section 2; house style, section 4). Entries of `may_include`
/// are prefixes of what stands in an include line.
struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> table = {
      {"sim/base/", {"sim/base/"}},
      {"sim/kernel/", {"sim/base/", "sim/kernel/", "systemc", "tlm"}},
      {"workloads/", {"sim/base/", "workloads/"}},
      {"sim/formula/", {"sim/base/", "workloads/", "sim/formula/"}},
      {"sim/baseline/", {"sim/base/", "workloads/", "sim/baseline/", "CLI/"}},
      // Of workloads the types alone, and what follows from a trace's values: a machine runs a
      // trace and does not know how it was made.
      {"hw_models/",
       {"sim/base/", "sim/kernel/", "hw_models/", "workloads/attention_map.hpp",
        "workloads/token_merging.hpp", "workloads/trace.hpp", "workloads/values.hpp", "systemc",
        "tlm"}},
      {"sim/driver/",
       {"sim/base/", "sim/kernel/", "workloads/", "hw_models/", "sim/baseline/", "sim/formula/",
        "sim/driver/", "systemc", "tlm", "CLI/"}},
      {"test/", {"sim/", "workloads/", "hw_models/", "test/", "systemc", "tlm", "CLI/", "catch2/"}},
  };
  return table;
}

/// Words that a folder's sources may not have, and the file that is an exception.
struct Ignorance {
  std::string_view folder;
  std::string_view exception;
  std::vector<std::string_view> words;
};

const std::vector<Ignorance>& ignorances() {
  static const std::vector<Ignorance> table = {
      // The driver runs machines by their interface; `workload info` prints what is in a trace.
      {"sim/driver/", "sim/driver/workload_command.cpp", {"sddmm", "spmm", "denser", "sparser"}},
      // The controller carries out any program.
      {"hw_models/controller/",
       "",
       {"sddmm", "spmm", "encod", "decod", "query", "softmax", "denser", "sparser"}},
  };
  return table;
}

/// Folders within a layer of which one may not include the other.
struct Barrier {
  std::string_view folder;
  std::string_view target;
};

// What moves bytes does so for any program, however it was made.
constexpr std::array kBarriers = {
    Barrier{"hw_models/dma/", "hw_models/compiler/"},
    Barrier{"hw_models/crossbar/", "hw_models/compiler/"},
    Barrier{"hw_models/global_buffer/", "hw_models/compiler/"},
    Barrier{"hw_models/dram/", "hw_models/compiler/"},
    Barrier{"hw_models/controller/", "hw_models/compiler/"},
    Barrier{"hw_models/program/", "hw_models/compiler/"},
};

// Every layer stands on sim/base, which hands these on; the rest are the system's own folders.
constexpr std::array<std::string_view, 4> kForAll = {"fmt/", "spdlog/", "nlohmann/", "sys/"};

constexpr std::array<std::string_view, 4> kSourceFolders = {"sim", "workloads", "hw_models",
                                                            "test"};

bool is_source(const fs::path& path) {
  const fs::path extension = path.extension();
  return extension == ".cpp" || extension == ".hpp" || extension == ".sv";
}

struct Include {
  std::size_t line;
  bool is_quoted;
  std::string target;
};

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex pattern(R"rx(^\s*#\s*include\s*([<"])([^>"]+)[>"])rx");
  std::vector<Include> includes;
  std::istringstream stream(text);
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    std::smatch match;
    if (line.find("include") == std::string::npos) continue;
    if (!std::regex_search(line, match, pattern)) continue;
    includes.push_back({number, match[1] == "\"", match[2]});
  }
  return includes;
}

template <typename Prefixes>
bool starts_with_any(std::string_view text, const Prefixes& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [text](std::string_view prefix) { return text.starts_with(prefix); });
}

bool is_allowed(const Layer& layer, const Include& include) {
  if (starts_with_any(include.target, layer.may_include)) return true;
  if (include.is_quoted) return false;
  // The standard library and the C library have neither a folder nor a name that is in the table.
  const bool is_system = include.target.find('/') == std::string::npos &&
                         !include.target.starts_with("systemc") &&
                         !include.target.starts_with("tlm");
  return is_system || starts_with_any(include.target, kForAll);
}

void find_words(const std::string& file, std::string text,
                const std::vector<std::string_view>& words, Violations& violations) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::istringstream stream(text);
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    for (const std::string_view word : words) {
      if (line.find(word) == std::string::npos) continue;
      violations.push_back(file + ":" + std::to_string(number) + ": has the word " +
                           std::string(word));
    }
  }
}

/// The folder below hw_models that a file is in; empty if it is elsewhere.
std::string block_of(std::string_view file) {
  constexpr std::string_view kHardware = "hw_models/";
  if (!file.starts_with(kHardware)) return {};
  file.remove_prefix(kHardware.size());
  const std::size_t slash = file.find('/');
  return slash == std::string_view::npos ? "" : std::string(file.substr(0, slash));
}

bool crosses_barrier(std::string_view file, const Include& include) {
  return std::any_of(kBarriers.begin(), kBarriers.end(), [&](const Barrier& barrier) {
    return file.starts_with(barrier.folder) && include.target.starts_with(barrier.target);
  });
}

/// True if `file` includes a complete Block of another folder (blocks are final classes; a base
/// class that several share is not one). Machines do so, to wire them.
bool includes_other_engine(const fs::path& root, const std::string& file, const Include& include) {
  static const std::regex is_engine(R"(class\s+\w+\s+final\s*:\s*public\s+Block\b)");
  const std::string from = block_of(file);
  const std::string to = block_of(include.target);
  if (from.empty() || to.empty() || from == to || from == "accelerators") return false;
  return std::regex_search(read_text(root / include.target), is_engine);
}

std::set<std::string> keys_read_by(const fs::path& block) {
  // reader.required("key", ...), with any suffix and template argument, and helpers that take the
  // reader and a key.
  static const std::regex pattern(
      R"rx((?:\breader\.(?:required|optional|raw)\w*(?:<[^()]*>)?\(|\(reader,)\s*"([^"]+)")rx");
  std::set<std::string> keys;
  for (const auto& entry : fs::directory_iterator(block)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with("_config.hpp") && !name.ends_with("_config.cpp")) continue;
    const std::string text = read_text(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
      keys.insert((*at)[1]);
    }
  }
  return keys;
}

/// The keys in the table under `## Parameters`; nothing if there is no such heading.
std::optional<std::set<std::string>> keys_in_table(const std::string& readme) {
  static const std::regex row(R"(^\|\s*`([^`]+)`\s*\|)");
  std::optional<std::set<std::string>> keys;
  bool is_inside = false;
  std::istringstream stream(readme);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("## ")) is_inside = line == "## Parameters";
    if (!is_inside) continue;
    if (!keys) keys.emplace();
    std::smatch match;
    if (!std::regex_search(line, match, row)) continue;
    const std::string key = match[1];
    keys->insert(key.substr(key.rfind('/') + 1));
  }
  return keys;
}

/// Adds one violation for each key of `keys` that is not in `others`.
void report_missing(const std::string& readme, const std::set<std::string>& keys,
                    const std::set<std::string>& others, const char* what, Violations& violations) {
  for (const std::string& key : keys) {
    if (others.contains(key)) continue;
    std::string& violation = violations.emplace_back(readme);
    violation.append(": key '").append(key).append("' ").append(what);
  }
}

std::vector<std::string> block_folders(const fs::path& root) {
  std::set<std::string> blocks;
  for (const std::string& file : source_files(root)) {
    if (const std::string block = block_of(file); !block.empty()) blocks.insert(block);
  }
  return {blocks.begin(), blocks.end()};
}

}  // namespace

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> source_files(const fs::path& root) {
  std::vector<std::string> files;
  for (const std::string_view folder : kSourceFolders) {
    if (!fs::is_directory(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      files.push_back(fs::relative(entry.path(), root).generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Violations find_include_violations(const fs::path& root) {
  Violations violations;
  for (const std::string& file : source_files(root)) {
    const auto layer = std::find_if(layers().begin(), layers().end(), [&file](const Layer& row) {
      return file.starts_with(row.folder);
    });
    if (layer == layers().end()) {
      violations.push_back(file + ":1: is in no folder of the layer table");
      continue;
    }
    for (const Include& include : includes_of(read_text(root / file))) {
      const std::string where = file + ":" + std::to_string(include.line) + ": ";
      if (!is_allowed(*layer, include)) {
        violations.push_back(where + std::string(layer->folder) + " may not include " +
                             include.target);
      } else if (crosses_barrier(file, include)) {
        violations.push_back(where + "hw_models/" + block_of(file) + "/ may not include " +
                             include.target);
      } else if (includes_other_engine(root, file, include)) {
        violations.push_back(where + "a block may not include the engine " + include.target);
      }
    }
  }
  return violations;
}

Violations find_word_violations(const fs::path& root) {
  Violations violations;
  for (const std::string& file : source_files(root)) {
    for (const Ignorance& row : ignorances()) {
      if (!file.starts_with(row.folder) || file == row.exception) continue;
      find_words(file, read_text(root / file), row.words, violations);
    }
  }
  return violations;
}

Violations find_spdx_violations(const fs::path& root) {
  constexpr std::string_view kSpdxLine = "// SPDX-License-Identifier: Apache-2.0\n";
  Violations violations;
  for (const std::string& file : source_files(root)) {
    if (read_text(root / file).starts_with(kSpdxLine)) continue;
    violations.push_back(file + ":1: does not begin with the SPDX line");
  }
  return violations;
}

Violations find_parameter_violations(const fs::path& root) {
  Violations violations;
  for (const std::string& block : block_folders(root)) {
    const std::string readme = "hw_models/" + block + "/README.md";
    if (!fs::exists(root / readme)) {
      violations.push_back(readme + ": is missing");
      continue;
    }
    const auto listed = keys_in_table(read_text(root / readme));
    if (!listed) {
      violations.push_back(readme + ": has no heading '## Parameters'");
      continue;
    }
    const std::set<std::string> read = keys_read_by(root / "hw_models" / block);
    report_missing(readme, read, *listed, "is read but not in the parameter table", violations);
    report_missing(readme, *listed, read, "is in the parameter table but never read", violations);
  }
  return violations;
}

}  // namespace vitcod::test
