// SPDX-License-Identifier: Apache-2.0
#include "sim/base/stats.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vitcod {
namespace {

Json& new_member(Json& object, const std::string& name) {
  check(!object.contains(name), "two statistics of a group have the same name");
  return object[name];
}

}  // namespace

std::string StatGroup::path() const {
  return parent_ == nullptr ? "" : parent_->path() + "/" + escape_pointer_token(name_);
}

void StatGroup::write(Json& out) const {
  out = Json::object();
  for (const Statistic* statistic : statistics_) {
    statistic->write(new_member(out, statistic->name()));
  }
  for (const StatGroup* child : children_) child->write(new_member(out, child->name()));
}

void StatGroup::add(CycleAccount& account) {
  statistics_.push_back(&account);
  accounts_.push_back(&account);
}

void StatGroup::listen(CycleListener& listener) {
  for (CycleAccount* account : accounts_) account->listen(listener);
  for (StatGroup* child : children_) child->listen(listener);
}

void Counter::write(Json& out) const { out = value_; }

void CycleAccount::tell(std::size_t reason, Cycle from, Cycle to) const {
  for (CycleListener* listener : listeners_) listener->on_pass(*this, reason, from, to);
}

std::optional<std::uint64_t> CycleAccount::find(std::string_view reason) const {
  const auto found = std::find(reasons_.begin(), reasons_.end(), reason);
  if (found == reasons_.end()) return std::nullopt;
  return cycles_[static_cast<std::size_t>(found - reasons_.begin())];
}

void CycleAccount::write(Json& out) const {
  out = Json::object();
  for (std::size_t i = 0; i < reasons_.size(); ++i) {
    new_member(out, std::string(reasons_[i])) = cycles_[i];
  }
}

}  // namespace vitcod
