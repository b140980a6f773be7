// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/logging.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "sim/base/one_line.hpp"

namespace vitcod {

void set_up_logging(bool verbose) {
  auto logger = std::make_shared<spdlog::logger>("vitcod-sim",
                                                 std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger->set_pattern("%n: %v");
  logger->set_level(verbose ? spdlog::level::info : spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

void log_warning(const std::string& text) { spdlog::warn("warning: {}", one_line(text)); }

void log_phase(const std::string& text) { spdlog::info("{}", text); }

}  // namespace vitcod
