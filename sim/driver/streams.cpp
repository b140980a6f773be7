// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "sim/base/one_line.hpp"

namespace vitcod {

void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // The lowest free number is given, which is this one.
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", O_RDONLY);
  }
}

std::optional<std::string> reason_of_lost_output(const std::exception_ptr& exception) {
  if (std::ferror(stdout) == 0) {
    if (std::fflush(stdout) == 0) return std::nullopt;
    return std::strerror(errno);
  }
  try {
    if (exception) std::rethrow_exception(exception);
  } catch (const std::system_error& error) {
    return error.code().message();
  } catch (...) {
    // Not of the print that failed.
  }
  return "a write failed";
}

void print_notice(std::string_view text) {
  print_to_stderr("vitcod-sim: " + one_line(text) + "\n");
}

void print_to_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace vitcod
