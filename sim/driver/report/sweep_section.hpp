// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace vitcod {

/// The rows of a sweep.jsonl: the cycles of its points as a chart, those on the Pareto front in a
/// colour of their own, and a table of all columns but the hashes. A long sweep's first points
/// stand for it, and the page says of how many; the file is read line by line. Throws FileError if
/// it cannot be read, InputError for a line that is no row.
std::string sweep_section(const std::filesystem::path& rows);

}  // namespace vitcod
