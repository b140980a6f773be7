// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace vitcod {

/// A file without a name, for what does not fit in memory. The system takes it away with the
/// process, however that ends.
class ScratchFile {
 public:
  /// In the folder of `file`, which messages name: what is set aside is for it, and fills the same
  /// disk. If `file` is a device or pipe, in the system's folder for such files. Throws FileError
  /// with the system's reason.
  explicit ScratchFile(const std::filesystem::path& file);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  /// Adds to the end. Throws FileError with the system's reason.
  void append(const void* bytes, std::size_t size);
  /// Reads what was written from byte `offset` on, all of it. Throws FileError with the system's
  /// reason.
  void read(std::uint64_t offset, void* bytes, std::size_t size) const;

 private:
  std::filesystem::path for_file_;
  int descriptor_;
};

}  // namespace vitcod
