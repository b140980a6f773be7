// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/replay_log.hpp"

#include <fmt/format.h>

#include <iterator>

namespace vitcod {

std::string command_log(const ReplayResult& result) {
  std::string text = "clk,cmd,ch,ra,bg,ba,row,col\n";
  auto out = std::back_inserter(text);
  for (const auto& [channel, record] : result.commands) {
    const DramCoordinates& at = record.at;
    const DramCommand command = record.command;
    fmt::format_to(out, "{},{},{},{},", record.clock, name_of(command), channel, at.rank);
    if (is_rank_wide(command)) {
      text += ",,,\n";
    } else if (command == DramCommand::kPre || command == DramCommand::kRefpb) {
      fmt::format_to(out, "{},{},,\n", at.bank_group, at.bank);
    } else if (command == DramCommand::kAct) {
      fmt::format_to(out, "{},{},{},\n", at.bank_group, at.bank, at.row);
    } else {
      fmt::format_to(out, "{},{},{},{}\n", at.bank_group, at.bank, at.row, at.column);
    }
  }
  return text;
}

std::string latency_log(const ReplayResult& result) {
  std::string text = "id,accept_clk,done_clk\n";
  auto out = std::back_inserter(text);
  for (std::size_t id = 0; id < result.requests.size(); ++id) {
    fmt::format_to(out, "{},{},{}\n", id, result.requests[id].accepted, result.requests[id].done);
  }
  return text;
}

}  // namespace vitcod
