// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/report/html_page.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/svg.hpp"

namespace vitcod {
namespace {

constexpr std::string_view kStyle =
    "body{font-family:sans-serif;font-size:14px;margin:2em auto;max-width:1100px;color:#222}\n"
    "table{border-collapse:collapse;margin:0.5em 0}\n"
    "th,td{border-bottom:1px solid #ddd;padding:2px 10px;text-align:left}\n"
    "td.number{text-align:right;font-variant-numeric:tabular-nums}\n"
    "pre{background:#f6f6f6;padding:1em;overflow-x:auto}\n"
    "div.wide{overflow-x:auto}\n";

std::string grouped(const std::string& digits) {
  std::string text = digits;
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) text.insert(at -= 3, " ");
  return text;
}

}  // namespace

std::string readable(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_number_integer()) return grouped(value.dump());
  if (value.is_number()) return fmt::format("{:.4g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string html_heading(std::string_view text) {
  return fmt::format("<h2>{}</h2>\n", svg_escaped(text));
}

std::string html_paragraph(std::string_view text) {
  return fmt::format("<p>{}</p>\n", svg_escaped(text));
}

std::string html_table(const std::vector<std::string>& headings,
                       const std::vector<std::vector<Json>>& rows) {
  std::string text = "<div class=\"wide\"><table>\n<tr>";
  for (const std::string& heading : headings) {
    text += fmt::format("<th>{}</th>", svg_escaped(heading));
  }
  text += "</tr>\n";
  for (const std::vector<Json>& row : rows) {
    text += "<tr>";
    for (const Json& cell : row) {
      text += fmt::format("<td{}>{}</td>", cell.is_number() ? " class=\"number\"" : "",
                          svg_escaped(readable(cell)));
    }
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

std::string html_details(std::string_view line, std::string_view text) {
  return fmt::format("<details><summary>{}</summary><pre>{}</pre></details>\n", svg_escaped(line),
                     svg_escaped(text));
}

std::string html_page(std::string_view title, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{0}</title>\n"
      "<style>\n{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n{2}</body>\n</html>\n",
      svg_escaped(title), kStyle, body);
}

}  // namespace vitcod
