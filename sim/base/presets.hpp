// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/base/json.hpp"

namespace vitcod {

/// Files that name each other, from the outermost to the one being read.
class FileChain {
 public:
  /// Throws FileError, with the chain, if `file` is in it already or it is too long.
  void enter(const std::filesystem::path& file);
  void leave() { files_.pop_back(); }

 private:
  struct Entry {
    std::string shown;
    std::filesystem::path identity;
  };
  std::vector<Entry> files_;
};

/// JSON files by name, each read once: for those who resolve many documents that name the same
/// ones, and take these not to change meanwhile.
class JsonFiles {
 public:
  /// As read_json_file.
  const Json& read(const std::filesystem::path& file);

 private:
  std::map<std::filesystem::path, Json> files_;
};

/// Replaces each object that has a key `preset`, at any depth but not in lists, by the file which
/// that names (relative to the file it stands in), with the object's other keys merged over it (RFC
/// 7386). Among these, an object with a preset of its own stands for all that was in its place.
class PresetResolver {
 public:
  /// What a user sets from outside: which file the object at a JSON pointer is to be, in place of
  /// the one that is named there. File names are relative to `folder`.
  struct Choices {
    std::map<std::string, Json> files;
    std::filesystem::path folder;
  };

  /// A place of a text, or of a list of texts, that name files: those for which `is_file` is true.
  struct FileNames {
    std::string pointer;
    bool (*is_file)(const std::string& name) = nullptr;  ///< null: all of them
  };

  /// Names of files are relative to the file they stand in, and become relative to the folder of
  /// the whole document.
  /// `files`: where they are read from; null: each time from the disk. It must outlive this.
  explicit PresetResolver(Choices choices = {}, std::vector<FileNames> file_names = {},
                          JsonFiles* files = nullptr);

  /// `json` stands at `pointer` of a document, and the names in it are relative to `base_dir`.
  /// Throws FileError for files that cannot be read, that name each other in a circle or are too
  /// many; ConfigError (pointer into the document) for a preset that is no file name.
  Json resolve(const Json& json, const std::filesystem::path& base_dir,
               const std::string& pointer = "");

  /// Merges a document, unresolved and with names relative to `from`, over one that is resolved,
  /// with names relative to `base_dir`. Throws as `resolve`.
  void merge(Json above, const std::filesystem::path& from, Json& below,
             const std::filesystem::path& base_dir);

  /// True if a chosen file was taken for the object at `pointer`.
  bool is_used(const std::string& pointer) const { return used_.contains(pointer); }

 private:
  Json resolve_object(Json json, const std::filesystem::path& base_dir, const std::string& pointer,
                      bool may_choose);
  Json read_preset(const Json& name, const std::filesystem::path& folder,
                   const std::filesystem::path& base_dir, const std::string& pointer);
  void merge_object(Json above, Json& below, const std::filesystem::path& base_dir,
                    const std::string& pointer);
  void rebase(Json& json, const std::string& pointer, const std::filesystem::path& from,
              const std::filesystem::path& to) const;

  Choices choices_;
  std::vector<FileNames> file_names_;
  JsonFiles* files_;
  std::set<std::string> used_;
  FileChain chain_;
  std::size_t num_files_ = 0;
  std::size_t depth_ = 0;
};

/// Of a document that stands alone.
Json resolve_presets(const Json& json, const std::filesystem::path& base_dir);

}  // namespace vitcod
