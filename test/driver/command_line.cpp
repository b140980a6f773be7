// SPDX-License-Identifier: Apache-2.0
#include "test/driver/command_line.hpp"

#include <sys/wait.h>

#include <cstdlib>

#include "sim/base/files.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test {

std::string quoted(const std::string& text) { return "'" + text + "'"; }

Outcome run_program(const std::string& arguments, const std::string& before) {
  const TempFolder folder;
  const std::string out = (folder / "out").string();
  const std::string err = (folder / "err").string();
  const std::string command = "{ " + before + " " + quoted(VITCOD_SIM) + " " + arguments + "; } >" +
                              quoted(out) + " 2>" + quoted(err) + " </dev/null";
  const int raw = std::system(command.c_str());
  Outcome outcome;
  outcome.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : -1;
  outcome.out = read_file(out);
  outcome.err = read_file(err);
  return outcome;
}

}  // namespace vitcod::test
