// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace vitcod {

/// The bytes of a file. Throws FileError with the system's reason.
std::string read_file(const std::filesystem::path& path);

/// A file that is written bit by bit under a temporary name beside `path` and gets its own name
/// when it is complete: a reader never sees half a file. A device or pipe (/dev/null) is written in
/// place. All throw FileError with the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  /// Without `commit`, takes the temporary file away and leaves the old one.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view text);
  void commit();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::filesystem::path path_;
  std::filesystem::path written_path_;  // the same for a device
  std::unique_ptr<std::FILE, CloseFile> file_;
};

/// Writes `text` as an AtomicFile. Throws FileError with the system's reason.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// Makes the folder if it is missing, and tries that a file can be written there: what is to be
/// written is often paid for with a long run. Throws FileError with the system's reason.
void make_writable_folder(const std::filesystem::path& folder);

}  // namespace vitcod
