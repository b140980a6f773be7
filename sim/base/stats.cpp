// SPDX-License-Identifier: Apache-2.0
#include "sim/base/stats.hpp"

#include <nlohmann/json.hpp>

namespace vitcod {
namespace {

Json& new_member(Json& object, const std::string& name) {
  check(!object.contains(name), "two statistics of a group have the same name");
  return object[name];
}

}  // namespace

void StatGroup::write(Json& out) const {
  out = Json::object();
  for (const Statistic* statistic : statistics_) {
    statistic->write(new_member(out, statistic->name()));
  }
  for (const StatGroup* child : children_) child->write(new_member(out, child->name()));
}

void Counter::write(Json& out) const { out = value_; }

void CycleAccount::write(Json& out) const {
  out = Json::object();
  for (std::size_t i = 0; i < reasons_.size(); ++i) {
    new_member(out, std::string(reasons_[i])) = cycles_[i];
  }
}

}  // namespace vitcod
