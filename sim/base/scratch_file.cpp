// SPDX-License-Identifier: Apache-2.0
#include "sim/base/scratch_file.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

FileError cannot_set_aside(const fs::path& file, const std::string& reason) {
  return FileError(file.string(), "cannot write what is set aside for it: " + reason);
}

FileError cannot_set_aside(const fs::path& file) {
  return cannot_set_aside(file, std::generic_category().message(errno));
}

fs::path folder_for(const fs::path& file) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) return fs::temp_directory_path();
  return file.parent_path();
}

}  // namespace

ScratchFile::ScratchFile(const fs::path& file) : for_file_(file) {
  std::string name = (folder_for(file) / ".vitcod-scratch-XXXXXX").string();
  descriptor_ = ::mkstemp(name.data());
  if (descriptor_ < 0) throw cannot_set_aside(for_file_);
  ::unlink(name.c_str());
}

ScratchFile::~ScratchFile() { ::close(descriptor_); }

void ScratchFile::append(const void* bytes, std::size_t size) {
  const char* next = static_cast<const char*>(bytes);
  while (size > 0) {
    const ::ssize_t written = ::write(descriptor_, next, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw cannot_set_aside(for_file_);
    next += written;
    size -= static_cast<std::size_t>(written);
  }
}

void ScratchFile::read(std::uint64_t offset, void* bytes, std::size_t size) const {
  char* next = static_cast<char*>(bytes);
  while (size > 0) {
    const ::ssize_t got = ::pread(descriptor_, next, size, static_cast<::off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      throw FileError(for_file_.string(), "cannot read what was set aside for it");
    }
    next += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace vitcod
