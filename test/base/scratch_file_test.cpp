// SPDX-License-Identifier: Apache-2.0
#include "sim/base/scratch_file.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "sim/base/errors.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::scratch_file_test {

TEST_CASE("what is set aside can be read from anywhere, and leaves no name in the folder") {
  const test::TempFolder folder;
  ScratchFile file(folder / "out.json");
  file.append("abc", 3);
  file.append("defgh", 5);
  std::string text(4, ' ');
  file.read(2, text.data(), text.size());
  CHECK(text == "cdef");
  file.append("i", 1);
  file.read(5, text.data(), text.size());
  CHECK(text == "fghi");
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK_THROWS_WITH(file.read(6, text.data(), text.size()),
                    (folder / "out.json").string() + ": cannot read what was set aside for it");
}

TEST_CASE("a folder in which nothing can be set aside is refused with the file it is for") {
  const test::TempFolder folder;
  CHECK_THROWS_WITH(ScratchFile(folder / "none/out.json"),
                    (folder / "none/out.json").string() +
                        ": cannot write what is set aside for it: No such file or directory");
}

TEST_CASE("what is meant for a device is set aside elsewhere") {
  ScratchFile file("/dev/null");
  file.append("abc", 3);
  char byte = ' ';
  file.read(1, &byte, 1);
  CHECK(byte == 'b');
}

}  // namespace vitcod::scratch_file_test
