// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace vitcod {

/// `text` with each byte 0 as "\x00". A name or a value in an input may hold one, and what() of an
/// exception ends there.
std::string without_zeros(const std::string& text);

/// Wrong input of any kind; the driver shows it as one line and ends with exit status 2.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string& message) : std::runtime_error(without_zeros(message)) {}
};

/// A key as one token of a JSON pointer: `~` is written ~0 and `/` is written ~1 (RFC 6901).
inline std::string escape_pointer_token(std::string_view key) {
  std::string token;
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

/// A wrong value in a configuration. `pointer` is the JSON pointer of the value, relative to what
/// was being read; each enclosing level prepends its own key with `under`. what() is "/a/b:
/// message", or the message alone where the pointer is empty (the whole document).
class ConfigError final : public InputError {
 public:
  ConfigError(std::string pointer, std::string message)
      : InputError(pointer.empty() ? message : pointer + ": " + message),
        pointer_(std::move(pointer)),
        message_(std::move(message)) {}

  const std::string& pointer() const { return pointer_; }
  const std::string& message() const { return message_; }

  /// The same error, seen from one level further out: `/key` is put before the pointer.
  ConfigError under(std::string_view key) const {
    return ConfigError("/" + escape_pointer_token(key) + pointer_, message_);
  }

 private:
  std::string pointer_;
  std::string message_;
};

/// A file that cannot be read, written or understood: "FILE: message", with a byte offset if known.
class FileError final : public InputError {
 public:
  FileError(std::string_view file, std::string_view message)
      : InputError(std::string(file) + ": " + std::string(message)) {}
};

/// A broken invariant of the model itself (exit status 3): never the user's fault.
class ModelError final : public std::logic_error {
 public:
  explicit ModelError(const std::string& message) : std::logic_error(without_zeros(message)) {}
};

/// No progress is possible (exit status 4). The message says who waits for whom.
class DeadlockError final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws ModelError(`what`) unless `ok`.
inline void check(bool ok, const char* what) {
  if (!ok) [[unlikely]] {
    throw ModelError(what);
  }
}

}  // namespace vitcod
