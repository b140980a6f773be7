// SPDX-License-Identifier: Apache-2.0
#include "sim/base/files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::error_code last_error() { return {errno, std::generic_category()}; }

FileError cannot(const char* verb, const fs::path& path, const std::error_code& reason) {
  return FileError(path.string(), fmt::format("cannot {}: {}", verb, reason.message()));
}

std::error_code write_whole_file(const fs::path& path, std::string_view text) {
  File file(std::fopen(path.c_str(), "wb"));
  if (!file) return last_error();
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) return last_error();
  // fclose writes what is still buffered, so a full disk may show only here.
  if (std::fclose(file.release()) != 0) return last_error();
  return {};
}

/// A name that no other thread or process writing the same file uses.
fs::path temporary_name(const fs::path& path) {
  static std::atomic<unsigned> num_names{0};
  return path.parent_path() /
         fmt::format(".{}.tmp-{}-{}", path.filename().string(), ::getpid(), num_names++);
}

}  // namespace

std::string read_file(const fs::path& path) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) throw cannot("read", path, last_error());
  std::string bytes;
  std::array<char, 1 << 16> block;
  while (const std::size_t num = std::fread(block.data(), 1, block.size(), file.get())) {
    bytes.append(block.data(), num);
  }
  if (std::ferror(file.get()) != 0) throw cannot("read", path, last_error());
  return bytes;
}

void write_file_atomically(const fs::path& path, std::string_view text) {
  std::error_code reason;
  const fs::file_status status = fs::status(path, reason);
  if (fs::is_directory(status)) {
    throw cannot("write", path, std::make_error_code(std::errc::is_a_directory));
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    if ((reason = write_whole_file(path, text))) throw cannot("write", path, reason);
    return;
  }
  const fs::path temporary = temporary_name(path);
  reason = write_whole_file(temporary, text);
  if (!reason) fs::rename(temporary, path, reason);
  if (reason) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw cannot("write", path, reason);
  }
}

}  // namespace vitcod
