// SPDX-License-Identifier: Apache-2.0
#include "test/project/assumption_rules.hpp"

#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

namespace vitcod::test {
namespace {

const char* const kList = "results/assumptions.list";
const std::string kMachine = "configs/machines/vitcod.json";

class ListCheck {
 public:
  explicit ListCheck(const nlohmann::json& machine) : leaves_(machine.flatten()) {}

  void line(const std::string& text) {
    ++line_;
    std::istringstream words(text);
    std::string status, pointers, reason;
    if (!(words >> status) || status.starts_with('#')) return;
    if (!(words >> pointers >> reason)) violation("no reason");
    if (status != "published" && status != "assumed" && !status.starts_with("choice=")) {
      violation("unknown status " + status);
    }
    const std::string first = pointers.substr(0, pointers.find(','));
    std::istringstream list(pointers);
    for (std::string pointer; std::getline(list, pointer, ',');) check(status, pointer, first);
  }

  Violations violations() {
    for (const auto& leaf : leaves_.items()) {
      if (!named_.contains(leaf.key())) {
        violations_.push_back(kMachine + ": " + leaf.key() + " is in no line of " + kList);
      }
    }
    return violations_;
  }

 private:
  void check(const std::string& status, const std::string& pointer, const std::string& first) {
    if (!leaves_.contains(pointer)) {
      violation("the machine has no value " + pointer);
      return;
    }
    if (!named_.insert(pointer).second) violation(pointer + " is named twice");
    if (status == "assumed" && !leaves_[pointer].is_number()) violation(pointer + " is no number");
    if (leaves_[pointer] != leaves_.value(first, nlohmann::json())) {
      violation(pointer + " differs from " + first);
    }
  }

  void violation(const std::string& what) {
    violations_.push_back(std::string(kList) + ":" + std::to_string(line_) + ": " + what);
  }

  nlohmann::json leaves_;
  std::set<std::string> named_;
  std::size_t line_ = 0;
  Violations violations_;
};

}  // namespace

Violations find_assumption_violations(const std::filesystem::path& root) {
  std::ifstream machine(root / kMachine);
  ListCheck check(nlohmann::json::parse(machine));
  std::ifstream list(root / kList);
  for (std::string line; std::getline(list, line);) check.line(line);
  return check.violations();
}

}  // namespace vitcod::test
