// SPDX-License-Identifier: Apache-2.0
#include "test/support/source_tree.hpp"

namespace vitcod::test {

std::string source_dir() { return VITCOD_SOURCE_DIR; }

}  // namespace vitcod::test
