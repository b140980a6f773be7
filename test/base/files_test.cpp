// SPDX-License-Identifier: Apache-2.0
#include "sim/base/files.hpp"

#include <sys/resource.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <iterator>
#include <thread>

#include "sim/base/errors.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::files_test {

using vitcod::test::TempFolder;
namespace fs = std::filesystem;

namespace {

std::size_t num_entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// Makes writes beyond `bytes` fail with EFBIG while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int) = SIG_DFL;
};

}  // namespace

TEST_CASE("a name with a byte 0 is not that of the file whose name ends there") {
  const TempFolder folder;
  write_file_atomically(folder / "x", "text");
  const std::string name("x\0y", 3);
  CHECK_THROWS_WITH(read_file(folder / name),
                    Catch::Contains("x\\x00y: cannot read: the name goes on behind a byte 0"));
}

TEST_CASE("a file holds exactly the bytes written, zero bytes and line ends included") {
  const TempFolder folder;
  const std::string bytes("a\0b\r\n\xff\n", 7);
  write_file_atomically(folder / "x", bytes);
  CHECK(read_file(folder / "x") == bytes);
  write_file_atomically(folder / "x", "");
  CHECK(read_file(folder / "x").empty());
  CHECK(num_entries(folder.path()) == 1);
}

TEST_CASE("a file longer than one read is read whole") {
  const TempFolder folder;
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += static_cast<char>(i % 251);
  write_file_atomically(folder / "x", bytes);
  CHECK(read_file(folder / "x") == bytes);
}

TEST_CASE("a file that cannot be read gives the path and the system's reason") {
  const TempFolder folder;
  CHECK_THROWS_WITH(read_file(folder / "none"),
                    (folder / "none").string() + ": cannot read: No such file or directory");
  CHECK_THROWS_WITH(read_file(folder.path()),
                    folder.path().string() + ": cannot read: Is a directory");
  CHECK_THROWS_AS(read_file(folder / "none"), FileError);
}

TEST_CASE("a file that cannot be written gives the path and the system's reason") {
  const TempFolder folder;
  CHECK_THROWS_WITH(write_file_atomically(folder / "none/x", "a"),
                    (folder / "none/x").string() + ": cannot write: No such file or directory");
  CHECK_THROWS_WITH(write_file_atomically(folder.path(), "a"),
                    folder.path().string() + ": cannot write: Is a directory");
  CHECK_THROWS_WITH(write_file_atomically("/dev/full", "a"),
                    "/dev/full: cannot write: No space left on device");
}

TEST_CASE("a write that fails leaves the old file and no temporary one") {
  const TempFolder folder;
  write_file_atomically(folder / "x", "old");
  {
    const FileSizeLimit limit(1000);
    CHECK_THROWS_WITH(write_file_atomically(folder / "x", std::string(100'000, 'n')),
                      (folder / "x").string() + ": cannot write: File too large");
  }
  CHECK(read_file(folder / "x") == "old");
  CHECK(num_entries(folder.path()) == 1);
}

TEST_CASE("a reader never sees half a file") {
  const TempFolder folder;
  const fs::path path = folder / "x";
  const std::string all_a(300'000, 'a');
  const std::string all_b(300'000, 'b');
  write_file_atomically(path, all_a);
  std::atomic<bool> is_done{false};
  std::jthread writer([&] {
    for (int i = 0; i < 100; ++i) write_file_atomically(path, i % 2 == 0 ? all_b : all_a);
    is_done = true;
  });
  int num_torn = 0;
  int num_reads = 0;
  do {
    const std::string seen = read_file(path);
    if (seen != all_a && seen != all_b) ++num_torn;
    ++num_reads;
  } while (!is_done);
  writer.join();
  CAPTURE(num_reads);
  CHECK(num_torn == 0);
}

TEST_CASE("a file written bit by bit appears when it is complete, and not at all if it is left") {
  const TempFolder folder;
  write_file_atomically(folder / "x", "old");
  {
    AtomicFile left(folder / "x");
    left.write("new");
  }
  CHECK(read_file(folder / "x") == "old");
  {
    AtomicFile file(folder / "x");
    file.write("one,");
    file.write("two");
    CHECK(read_file(folder / "x") == "old");
    file.commit();
  }
  CHECK(read_file(folder / "x") == "one,two");
  CHECK(num_entries(folder.path()) == 1);
}

TEST_CASE("a device is written in place, not replaced by a file") {
  write_file_atomically("/dev/null", "a");
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("a folder to write to is made, left empty, and refused where a file is in the way") {
  const TempFolder folder;
  make_writable_folder(folder / "a/b");
  CHECK(num_entries(folder / "a/b") == 0);
  CHECK_NOTHROW(make_writable_folder(folder / "a/b"));
  write_file_atomically(folder / "file", "");
  CHECK_THROWS_WITH(make_writable_folder(folder / "file"), Catch::Contains("cannot create"));
  CHECK_THROWS_WITH(make_writable_folder("/proc/nowhere"), Catch::Contains("/proc/nowhere"));
}

}  // namespace vitcod::files_test
