// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/base/json.hpp"

namespace vitcod {

/// The members of an object or a list of the result, at any depth below it, that have numbers of
/// their own: their places below `of`, without the slash in front, in the order of the result.
std::vector<std::string> members_with_numbers(const Json& result, const std::string& of);

/// What stands in the result where `pointer` has the member for its *: a scalar as it is, an
/// object's own numbers added up, and 0 if there is nothing.
Json part_of_member(const Json& result, const std::string& pointer, const std::string& member);

}  // namespace vitcod
