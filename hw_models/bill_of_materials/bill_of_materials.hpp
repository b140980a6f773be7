// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "hw_models/bill_of_materials/part_list.hpp"

namespace vitcod {

/// What a machine is built of, block by block.
struct BillOfMaterials {
  struct Block {
    std::string pointer;  ///< the block's place below /blocks of a result, `/a/b`, or one below it
                          ///< for a further memory of the block
    PartList parts;
  };
  std::vector<Block> blocks;  ///< each pointer once

  void add(std::string pointer, const PartList& parts) {
    blocks.push_back({std::move(pointer), parts});
  }
};

}  // namespace vitcod
