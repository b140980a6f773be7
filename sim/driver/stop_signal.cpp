// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/stop_signal.hpp"

#include <csignal>

namespace vitcod {
namespace {

volatile std::sig_atomic_t arrived_signal = 0;

void note(int signal) { arrived_signal = signal; }

}  // namespace

StopSignals::StopSignals() {
  arrived_signal = 0;
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;  // of reads and writes; poll and sleep return early all the same
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

StopSignals::~StopSignals() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

int StopSignals::arrived() const { return arrived_signal; }

}  // namespace vitcod
