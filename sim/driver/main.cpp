// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <systemc>

#include "sim/base/errors.hpp"
#include "sim/driver/dram_command.hpp"
#include "sim/driver/golden/golden_command.hpp"
#include "sim/driver/logging.hpp"
#include "sim/driver/run_command.hpp"
#include "sim/driver/schema/schema_command.hpp"
#include "sim/driver/stop_signal.hpp"
#include "sim/driver/sweep/sweep_command.hpp"

namespace {

constexpr int kWrongInput = 2;
constexpr int kBrokenModel = 3;
constexpr int kNoProgress = 4;

int run_command_line(int argc, char** argv) {
  CLI::App app{"Cycle-accurate simulator of ViTCoD-style sparse-attention accelerators",
               "vitcod-sim"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "vitcod-sim " VITCOD_VERSION);
  vitcod::add_run_command(app);
  vitcod::add_workload_command(app);
  vitcod::add_dram_command(app);
  vitcod::add_sweep_command(app);
  vitcod::add_schema_command(app);
  int status = 0;
  vitcod::add_golden_command(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << "vitcod-sim: " << error.what() << " (see vitcod-sim --help)\n";
    return kWrongInput;
  } catch (const vitcod::InputError& error) {
    std::cerr << "vitcod-sim: " << error.what() << '\n';
    return kWrongInput;
  } catch (const vitcod::ModelError& error) {
    std::cerr << "vitcod-sim: broken invariant: " << error.what() << '\n';
    return kBrokenModel;
  } catch (const vitcod::DeadlockError& error) {
    std::cerr << "vitcod-sim: no progress: " << error.what() << '\n';
    return kNoProgress;
  } catch (const vitcod::Interrupted& interrupted) {
    std::cerr << "vitcod-sim: " << interrupted.what() << '\n';
    return interrupted.exit_status();
  }
  return status;
}

}  // namespace

int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) {
  // SystemC prints its banner unless told not to, whatever the program does.
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  vitcod::set_up_logging(false);
  return run_command_line(argc, argv);
}
