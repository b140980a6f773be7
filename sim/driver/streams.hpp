// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace vitcod {

/// Takes the numbers of standard streams that are closed, so that no file which is opened later
/// gets one, and with it what is meant for the stream. Writing to such a stream fails.
void hold_standard_streams();

/// Writes out what was printed. Returns why some of it is lost (a full disk, a closed stream);
/// nothing if all of it has arrived. `exception`: what ended the command, if anything did; it may
/// be the failure of a print.
std::optional<std::string> reason_of_lost_output(const std::exception_ptr& exception);

/// Prints "vitcod-sim: TEXT" on stderr, in one line whatever the text. What cannot be written is
/// lost: a message is no reason to stop.
void print_notice(std::string_view text);

/// Writes to stderr as it is, as far as that can be done.
void print_to_stderr(std::string_view text);

}  // namespace vitcod
