// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace vitcod {

/// The texts, of one line each, that `work(0)` to `work(num_items - 1)` return in `num_processes`
/// processes. When all have ended, throws the first error in the order of the items: InputError,
/// DeadlockError, or ModelError for any other and for a process that died.
std::vector<std::string> run_in_processes(std::size_t num_items, std::size_t num_processes,
                                          const std::function<std::string(std::size_t)>& work);

}  // namespace vitcod
