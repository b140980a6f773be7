// SPDX-License-Identifier: Apache-2.0
#include "sim/base/presets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

// A chain is as long as files are nested, and files may name several each: both are bounded, so
// that a document which multiplies itself ends.
constexpr std::size_t kMaxChain = 64;
constexpr std::size_t kMaxFiles = 1000;
constexpr std::size_t kMaxDepth = 256;  // as of one document: recursive walks are safe
constexpr const char* kPreset = "preset";

std::string below(const std::string& pointer, const std::string& key) {
  return pointer + "/" + escape_pointer_token(key);
}

/// Counts how deep a recursion is.
class Nesting {
 public:
  Nesting(std::size_t& depth, const std::string& pointer) : depth_(depth) {
    if (depth_ >= kMaxDepth) {
      throw ConfigError(pointer, fmt::format("nested deeper than {} levels", kMaxDepth));
    }
    ++depth_;
  }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  std::size_t& depth_;
};

void rebase_name(Json& name, const PresetResolver::FileNames& place, const fs::path& from,
                 const fs::path& to) {
  if (!name.is_string()) return;
  if (place.is_file != nullptr && !place.is_file(name.get<std::string>())) return;
  const fs::path given = name.get<std::string>();
  if (given.is_absolute()) return;
  const fs::path path = (from / given).lexically_normal();
  const fs::path relative = path.lexically_relative(to.empty() ? "." : to.lexically_normal());
  name = (relative.empty() ? path : relative).string();
}

}  // namespace

void FileChain::enter(const fs::path& file) {
  std::error_code error;
  fs::path identity = fs::canonical(file, error);
  if (error) identity = file.lexically_normal();
  const bool is_circle = std::any_of(
      files_.begin(), files_.end(), [&](const Entry& entry) { return entry.identity == identity; });
  files_.push_back({file.lexically_normal().string(), std::move(identity)});
  if (!is_circle && files_.size() <= kMaxChain) return;
  std::string chain;
  for (const Entry& entry : files_) chain += (chain.empty() ? "" : " -> ") + entry.shown;
  files_.pop_back();
  throw FileError(file.lexically_normal().string(),
                  is_circle ? "presets name each other: " + chain
                            : fmt::format("more than {} presets within each other", kMaxChain));
}

const Json& JsonFiles::read(const fs::path& file) {
  const auto found = files_.find(file);
  if (found != files_.end()) return found->second;
  return files_.emplace(file, read_json_file(file)).first->second;
}

PresetResolver::PresetResolver(Choices choices, std::vector<FileNames> file_names, JsonFiles* files)
    : choices_(std::move(choices)), file_names_(std::move(file_names)), files_(files) {}

Json PresetResolver::resolve(const Json& json, const fs::path& base_dir,
                             const std::string& pointer) {
  return resolve_object(json, base_dir, pointer, true);
}

/// `may_choose`: nothing further out has chosen a file for this object already.
Json PresetResolver::resolve_object(Json json, const fs::path& base_dir, const std::string& pointer,
                                    bool may_choose) {
  if (!json.is_object()) return json;
  const Nesting nesting(depth_, pointer);
  const auto chosen = may_choose ? choices_.files.find(pointer) : choices_.files.end();
  Json resolved = Json::object();
  if (chosen != choices_.files.end()) {
    used_.insert(pointer);
    resolved = read_preset(chosen->second, choices_.folder, base_dir, pointer);
  } else if (const auto preset = json.find(kPreset); preset != json.end()) {
    resolved = read_preset(*preset, base_dir, base_dir, pointer);
  } else {
    for (auto& [key, value] : json.items()) {
      if (!value.is_object()) continue;
      value = resolve_object(std::move(value), base_dir, below(pointer, key), true);
    }
    return json;
  }
  json.erase(kPreset);
  merge_object(std::move(json), resolved, base_dir, pointer);
  return resolved;
}

Json PresetResolver::read_preset(const Json& name, const fs::path& folder, const fs::path& base_dir,
                                 const std::string& pointer) {
  if (!name.is_string()) {
    throw ConfigError(below(pointer, kPreset),
                      std::string("expected a file name, found ") + name.type_name());
  }
  const fs::path file = folder / name.get<std::string>();
  chain_.enter(file);
  if (++num_files_ > kMaxFiles) {
    throw FileError(file.string(), fmt::format("more than {} presets in one document", kMaxFiles));
  }
  Json json = files_ != nullptr ? files_->read(file) : read_json_file(file);
  if (!json.is_object()) {
    throw FileError(file.string(), std::string("expected an object, found ") + json.type_name());
  }
  json = resolve_object(std::move(json), file.parent_path(), pointer, false);
  chain_.leave();
  rebase(json, pointer, file.parent_path(), base_dir);
  return json;
}

void PresetResolver::merge(Json above, const fs::path& from, Json& below,
                           const fs::path& base_dir) {
  rebase(below, "", base_dir, from);
  merge_object(std::move(above), below, from, "");
  rebase(below, "", from, base_dir);
}

void PresetResolver::merge_object(Json above, Json& under, const fs::path& base_dir,
                                  const std::string& pointer) {
  const Nesting nesting(depth_, pointer);
  for (auto& [key, value] : above.items()) {
    if (value.is_null()) {
      under.erase(key);
      continue;
    }
    if (!value.is_object()) {
      under[key] = std::move(value);
      continue;
    }
    const std::string place = below(pointer, key);
    const auto there = under.find(key);
    const bool is_over_object = there != under.end() && there->is_object();
    const bool is_chosen = !is_over_object && choices_.files.contains(place);
    if (value.contains(kPreset) || is_chosen) {
      under[key] = resolve_object(std::move(value), base_dir, place, true);
    } else {
      if (!is_over_object) under[key] = Json::object();
      merge_object(std::move(value), under[key], base_dir, place);
    }
  }
}

void PresetResolver::rebase(Json& json, const std::string& pointer, const fs::path& from,
                            const fs::path& to) const {
  if (from == to) return;
  for (const FileNames& place : file_names_) {
    if (!place.pointer.starts_with(pointer + "/")) continue;
    const Json::json_pointer at(place.pointer.substr(pointer.size()));
    if (!json.contains(at)) continue;
    Json& names = json[at];
    if (!names.is_array()) {
      rebase_name(names, place, from, to);
      continue;
    }
    for (Json& name : names) rebase_name(name, place, from, to);
  }
}

Json resolve_presets(const Json& json, const fs::path& base_dir) {
  return PresetResolver().resolve(json, base_dir);
}

}  // namespace vitcod
