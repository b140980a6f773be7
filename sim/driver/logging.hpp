// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace vitcod {

/// Sets up the one logger of the program, on stderr: warnings, and with `verbose` what each phase
/// of the program does and costs. Log text is for people and depends on the host.
void set_up_logging(bool verbose);

/// Logs what looks wrong in the input and is not refused.
void log_warning(const std::string& text);

/// Logs the start or end of a phase.
void log_phase(const std::string& text);

}  // namespace vitcod
