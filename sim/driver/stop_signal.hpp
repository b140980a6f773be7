// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace vitcod {

/// A signal asked the program to stop, and it left things in order. what() says what there is.
class Interrupted final : public std::runtime_error {
 public:
  Interrupted(int signal, const std::string& message)
      : std::runtime_error(message), signal_(signal) {}
  /// As of a program that the signal ended: 128 + its number.
  int exit_status() const { return 128 + signal_; }

 private:
  int signal_;
};

/// While it lives, SIGINT (Ctrl-C) and SIGTERM are noted in place of ending the program, and end a
/// sleep. One at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The number of the signal that arrived; 0 if none did.
  int arrived() const;
};

}  // namespace vitcod
