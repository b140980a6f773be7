// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hw_models/bill_of_materials/part_list.hpp"

namespace vitcod {

/// Of registers that lines have: they hold still as the account of all lines' cycles says.
inline constexpr std::string_view kLinesAccount = "/line_cycles";

/// What a machine is built of, block by block.
struct BillOfMaterials {
  struct Block {
    std::string pointer;  ///< the block's place below /blocks of a result, `/a/b`, or one below it
                          ///< for a further memory of the block
    PartList parts;
    std::string account;  ///< pointer of the block whose account of cycles, or that of the next one
                          ///< above it, says when its registers hold still; or kLinesAccount
  };
  std::vector<Block> blocks;  ///< each pointer once

  /// The account is the block's own.
  void add(const std::string& pointer, const PartList& parts) { add(pointer, parts, pointer); }
  void add(std::string pointer, const PartList& parts, std::string_view account) {
    blocks.push_back({std::move(pointer), parts, std::string(account)});
  }
};

}  // namespace vitcod
