// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/point_message.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace vitcod {
namespace {

std::string one_line(const Json& json) {
  // A warning may quote a file name that is no text.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_line(const PointTask& task) {
  Json settings = Json::array();
  for (const Setting& setting : task.point.settings) {
    settings.push_back({setting.pointer, setting.value, setting.origin});
  }
  return one_line({task.ordinal, task.only_look, task.point.index, std::move(settings)});
}

PointTask parse_task(const std::string& line) {
  const Json json = Json::parse(line);
  PointTask task;
  task.ordinal = json[0];
  task.only_look = json[1];
  task.point.index = json[2];
  for (const Json& setting : json[3]) {
    task.point.settings.push_back({setting[0], setting[1], setting[2]});
  }
  return task;
}

std::string to_line(const PointAnswer& answer) {
  const PointReport& report = answer.report;
  return one_line({static_cast<int>(report.status), report.key, report.is_reused,
                   report.cpu_seconds, report.warning, answer.stop});
}

PointAnswer parse_answer(const std::string& line) {
  const Json json = Json::parse(line);
  PointAnswer answer;
  answer.report.status = static_cast<PointReport::Status>(json[0].get<int>());
  answer.report.key = json[1];
  answer.report.is_reused = json[2];
  answer.report.cpu_seconds = json[3];
  answer.report.warning = json[4];
  answer.stop = json[5];
  return answer;
}

}  // namespace vitcod
