// SPDX-License-Identifier: Apache-2.0
#include "test/driver/schema/schema_validator.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/driver/schema/schemas.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test {

/// validate.py at work: lines go to it, and lines come back.
struct SchemaValidator::Process {
  Process() {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    check(pipe2(in.data(), O_CLOEXEC) == 0 && pipe2(out.data(), O_CLOEXEC) == 0, "no pipes");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    std::string python = VITCOD_PYTHON;
    std::string script = source_dir() + "/test/driver/schema/validate.py";
    std::array<char*, 3> arguments{python.data(), script.data(), nullptr};
    const int error =
        posix_spawn(&child, python.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    to_child = fdopen(in[1], "w");
    from_child = fdopen(out[0], "r");
    check(error == 0, "the validator does not start");
  }
  ~Process() {
    fclose(to_child);
    fclose(from_child);
    waitpid(child, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void write(const Json& json) const {
    fputs((json.dump() + "\n").c_str(), to_child);
    fflush(to_child);
  }
  std::string read_line() const {
    std::string line;
    for (int c = fgetc(from_child); c != '\n'; c = fgetc(from_child)) {
      check(c != EOF, "the validator has ended");
      line += static_cast<char>(c);
    }
    return line;
  }

  pid_t child = 0;
  FILE* to_child = nullptr;
  FILE* from_child = nullptr;
};

SchemaValidator::SchemaValidator(const Json& schema) : process_(std::make_unique<Process>()) {
  process_->write(schema);
}

SchemaValidator::~SchemaValidator() = default;

std::string SchemaValidator::errors(const Json& document) const {
  process_->write(document);
  return Json::parse(process_->read_line()).get<std::string>();
}

const SchemaValidator& validator_of(const std::string& kind) {
  static std::map<std::string, std::unique_ptr<SchemaValidator>> validators;
  auto& validator = validators[kind];
  if (!validator) validator = std::make_unique<SchemaValidator>(make_schema(kind));
  return *validator;
}

}  // namespace vitcod::test
