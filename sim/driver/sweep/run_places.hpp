// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/json.hpp"

namespace vitcod {

/// The places of a run config and what may stand there, by the schema that the readers give of it:
/// what no run could take is found before the first one.
class RunPlaces {
 public:
  RunPlaces();

  /// Throws ConfigError (empty pointer), which lists the keys that there are, if no run has a place
  /// of that pointer.
  void require_place(const std::string& pointer) const;

  enum class Extent { kType, kTypeAndRange };
  /// Why no run takes `value` at `pointer`, which is a place; nothing if one may.
  std::optional<std::string> refusal(const std::string& pointer, const Json& value,
                                     Extent extent) const;

 private:
  Json schema_;
};

}  // namespace vitcod
