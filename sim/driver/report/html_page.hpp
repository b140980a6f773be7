// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/json.hpp"

namespace vitcod {

/// A number as a person reads it: whole numbers in groups of three digits, others with four digits
/// that count; texts and truth values as they are, nothing for null.
std::string readable(const Json& value);

/// `text`, escaped, as a heading of a part of a page.
std::string html_heading(std::string_view text);

/// A paragraph of `text`, escaped.
std::string html_paragraph(std::string_view text);

/// A table: `rows` of as many cells as there are `headings`. Numbers stand to the right.
std::string html_table(const std::vector<std::string>& headings,
                       const std::vector<std::vector<Json>>& rows);

/// `text`, escaped and as it is, behind a line that opens it.
std::string html_details(std::string_view line, std::string_view text);

/// A page in one file that needs nothing else: no scripts, no fonts, no date.
std::string html_page(std::string_view title, const std::string& body);

}  // namespace vitcod
