// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <sstream>
#include <string>
#include <systemc>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/driver/compare/compare_command.hpp"
#include "sim/driver/dram_command.hpp"
#include "sim/driver/explain/explain_command.hpp"
#include "sim/driver/formula_command.hpp"
#include "sim/driver/golden/golden_command.hpp"
#include "sim/driver/heap.hpp"
#include "sim/driver/logging.hpp"
#include "sim/driver/report/report_command.hpp"
#include "sim/driver/run_command.hpp"
#include "sim/driver/schema/schema_command.hpp"
#include "sim/driver/stop_signal.hpp"
#include "sim/driver/streams.hpp"
#include "sim/driver/sweep/sweep_command.hpp"

namespace {

constexpr int kWrongInput = 2;
constexpr int kBrokenModel = 3;
constexpr int kNoProgress = 4;
constexpr int kLostOutput = 5;

/// No option has a use for an empty text, and one is easily given: --out "$FORGOTTEN".
void refuse_empty_texts(CLI::App& app) {
  const auto refuse = [](std::string& text) {
    return text.empty() ? std::string("expected a text, found an empty one") : std::string();
  };
  for (CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() > 0) option->check(CLI::Validator(refuse, ""));
  }
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    refuse_empty_texts(*command);
  }
}

/// Of a word that is no command the parser says only that one is required.
void require_known_command(const CLI::App* app, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    const auto commands = app->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty() || word.starts_with('-')) return;
    const auto named = [&word](const CLI::App* command) { return command->get_name() == word; };
    const auto found = std::find_if(commands.begin(), commands.end(), named);
    if (found == commands.end()) {
      std::vector<std::string> names;
      names.reserve(commands.size());
      for (const CLI::App* command : commands) names.push_back(command->get_name());
      throw vitcod::InputError(
          fmt::format("found \"{}\", expected one of {} (see vitcod-sim --help)", word,
                      fmt::join(names, ", ")));
    }
    app = *found;
  }
}

/// An error of several lines: who waits for whom.
void print_lines(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) vitcod::print_notice(line);
}

/// The exit status of an exception that ended a command, and its message.
int report(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const CLI::ParseError& error) {
    vitcod::print_notice(std::string(error.what()) + " (see vitcod-sim --help)");
    return kWrongInput;
  } catch (const vitcod::InputError& error) {
    vitcod::print_notice(error.what());
    return kWrongInput;
  } catch (const vitcod::DeadlockError& error) {
    print_lines(std::string("no progress: ") + error.what());
    return kNoProgress;
  } catch (const vitcod::Interrupted& interrupted) {
    vitcod::print_notice(interrupted.what());
    return interrupted.exit_status();
  } catch (const std::bad_alloc&) {
    vitcod::print_notice("needs more memory than there is");
    return kWrongInput;
  } catch (const std::filesystem::filesystem_error& error) {
    vitcod::print_notice(error.what());
    return kWrongInput;
  } catch (const std::exception& error) {
    vitcod::print_notice(std::string("broken invariant: ") + error.what());
  } catch (...) {
    vitcod::print_notice("broken invariant: an exception of no known kind");
  }
  return kBrokenModel;
}

int run_command_line(int argc, char** argv) {
  CLI::App app{"Cycle-accurate simulator of ViTCoD-style sparse-attention accelerators",
               "vitcod-sim"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "vitcod-sim " VITCOD_VERSION);
  vitcod::add_run_command(app);
  vitcod::add_workload_command(app);
  vitcod::add_dram_command(app);
  vitcod::add_sweep_command(app);
  vitcod::add_explain_command(app);
  vitcod::add_compare_command(app);
  vitcod::add_report_command(app);
  vitcod::add_formula_command(app);
  vitcod::add_schema_command(app);
  int status = 0;
  vitcod::add_golden_command(app, status);
  refuse_empty_texts(app);
  require_known_command(&app, {argv + 1, argv + argc});
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help, version
    throw;
  }
  return status;
}

#ifndef __SANITIZE_ADDRESS__
// Before the constructors of libraries.
[[gnu::used, gnu::section(".preinit_array")]] void (*const kBeforeAll)() = vitcod::reserve_heap;
#endif

}  // namespace

int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) {
  // SystemC prints its banner unless told not to, whatever the program does.
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  // A file beyond the size limit of the shell is a write that fails, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  vitcod::hold_standard_streams();
  vitcod::set_up_logging(false);
  std::exception_ptr exception;
  int status = 0;
  try {
    status = run_command_line(argc, argv);
  } catch (...) {
    exception = std::current_exception();
  }
  // Asked first: if printing failed, that is the exception.
  const auto reason = vitcod::reason_of_lost_output(exception);
  if (reason) {
    vitcod::print_notice("standard output: cannot write: " + *reason);
    return kLostOutput;
  }
  return exception ? report(exception) : status;
}
