// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vitcod {

/// `text` as it may stand inside an element or an attribute in double quotes.
std::string svg_escaped(std::string_view text);

/// An SVG document of `width` x `height` pixels on white, with `body` inside.
std::string svg_document(double width, double height, const std::string& body);

}  // namespace vitcod
