// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sim/base/json.hpp"
#include "sim/base/random.hpp"

namespace vitcod::test {

/// `text` with one to four changes at random places: bytes flipped, put in, taken out, doubled or
/// cut off at the end, and numbers replaced by ones at the edge of a type.
std::string mutate_text(Random& random, std::string text);

/// `document` with one to three changes at random places: another value, a key or an element more
/// or less, or a copy of another part of it.
Json mutate_json(Random& random, Json document);

/// JSON pointers of all places in `document`, itself ("") first.
std::vector<std::string> places_in(const Json& document);

}  // namespace vitcod::test
