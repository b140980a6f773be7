// SPDX-License-Identifier: Apache-2.0
#include "sim/base/files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <new>
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
  // No fault of the file: what runs out of memory in one place does so in the next.
  if (reason == std::errc::not_enough_memory) throw std::bad_alloc();
  return FileError(path.string(), fmt::format("cannot {}: {}", verb, reason.message()));
}

/// A name that no other thread or process writing the same file uses.
fs::path temporary_name(const fs::path& path) {
  static std::atomic<unsigned> num_names{0};
  constexpr std::size_t kMaxStem = 200;  // a name has at most 255 bytes
  return path.parent_path() / fmt::format(".{}.tmp-{}-{}",
                                          path.filename().string().substr(0, kMaxStem), ::getpid(),
                                          num_names++);
}

/// The system would take the name to end at a byte 0, and read another file.
void require_no_zero(const fs::path& path) {
  if (path.native().find('\0') == std::string::npos) return;
  throw FileError(path.string(), "cannot read: the name goes on behind a byte 0");
}

}  // namespace

std::string read_file(const fs::path& path) {
  require_no_zero(path);
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) throw cannot("read", path, last_error());
  std::string bytes;
  std::error_code ignored;  // of what has no size, as a pipe
  const std::uintmax_t size = fs::file_size(path, ignored);
  if (!ignored) bytes.reserve(size);
  std::array<char, 1 << 16> block;
  while (const std::size_t num = std::fread(block.data(), 1, block.size(), file.get())) {
    bytes.append(block.data(), num);
  }
  if (std::ferror(file.get()) != 0) throw cannot("read", path, last_error());
  return bytes;
}

AtomicFile::AtomicFile(const fs::path& path) : path_(path), written_path_(path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::is_directory(status)) {
    throw cannot("write", path, std::make_error_code(std::errc::is_a_directory));
  }
  const bool is_in_place = fs::exists(status) && !fs::is_regular_file(status);
  do {
    // Another host that shares the folder may have a process of the same number: "x" is refused a
    // name that exists.
    if (!is_in_place) written_path_ = temporary_name(path);
    file_.reset(std::fopen(written_path_.c_str(), is_in_place ? "wb" : "wbx"));
  } while (!file_ && errno == EEXIST);
  if (!file_) throw cannot("write", path, last_error());
}

AtomicFile::~AtomicFile() {
  if (written_path_ == path_) return;
  std::error_code ignored;
  fs::remove(written_path_, ignored);
}

void AtomicFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) {
    throw cannot("write", path_, last_error());
  }
}

void AtomicFile::commit() {
  // fclose writes what is still buffered, so a full disk may show only here.
  if (std::fclose(file_.release()) != 0) throw cannot("write", path_, last_error());
  if (written_path_ == path_) return;
  std::error_code reason;
  fs::rename(written_path_, path_, reason);
  if (reason) throw cannot("write", path_, reason);
  written_path_ = path_;
}

void write_file_atomically(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void make_writable_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  std::error_code ignored;
  if (error || !fs::is_directory(folder, ignored)) {
    throw FileError(folder.string(), "cannot create the folder: " +
                                         (error ? error.message() : "a file is in the way"));
  }
  const fs::path probe = folder / ".write-test";
  write_file_atomically(probe, "");
  fs::remove(probe, error);
}

}  // namespace vitcod
