// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "test/support/source_tree.hpp"
#include "workloads/attention_map.hpp"
#include "workloads/generator/map_generator.hpp"
#include "workloads/model_config.hpp"

namespace vitcod::test {

/// A map whose entries are kept with probability `density`, each row and column with a density of
/// its own, so that empty and full ones occur.
inline KeptMap random_map(std::mt19937_64& engine, std::uint32_t num_queries,
                          std::uint32_t num_keys, double density) {
  const auto uniform = [&engine] { return static_cast<double>(engine() >> 11) * 0x1p-53; };
  const double kinds[] = {0.0, 0.5, 1.0, 2.0, 1e9};
  KeptMap map(num_queries, num_keys);
  std::vector<double> column_factor(num_keys);
  for (double& factor : column_factor) factor = kinds[engine() % 5];
  for (std::uint32_t query = 0; query < num_queries; ++query) {
    const double row_factor = kinds[engine() % 4];
    for (std::uint32_t key = 0; key < num_keys; ++key) {
      map.set(query, key, uniform() < density * row_factor * column_factor[key]);
    }
  }
  return map;
}

/// A model of one group on a grid, small enough for hand counts.
inline ModelConfig small_model(std::uint32_t num_blocks, std::uint32_t heads, TokenGrid grid,
                               std::uint32_t prefix_tokens) {
  ModelConfig model;
  model.name = "small";
  model.prefix_tokens = prefix_tokens;
  AttentionGroup group;
  group.name = "blocks";
  group.num_blocks = num_blocks;
  group.heads = heads;
  group.query_grid = group.key_grid = grid;
  group.key_dim = group.value_dim = 4;
  model.groups.push_back(group);
  return model;
}

/// The generator's maps of all blocks.
inline std::vector<HeadMaps> generated_maps(const ModelConfig& model, double sparsity,
                                            std::uint64_t seed) {
  const std::size_t num_blocks = attention_blocks(model).size();
  std::vector<HeadMaps> maps(num_blocks);
  generate_maps(model, sparsity, seed, std::vector<bool>(num_blocks, true),
                [&maps](std::size_t block, const KeptMap& map) { maps[block].push_back(map); });
  return maps;
}

/// A file of the ViTCoD authors' data: below VITCOD_DATA_DIR, or ../shared/data beside the source
/// tree. Where the file is absent, says so by the test's name, which CTest reports as skipped.
inline std::optional<std::filesystem::path> real_file(const std::string& test,
                                                      const std::string& name) {
  const char* chosen = std::getenv("VITCOD_DATA_DIR");
  const std::filesystem::path folder =
      chosen != nullptr ? std::filesystem::path(chosen)
                        : std::filesystem::path(source_dir()) / ".." / "shared" / "data";
  std::error_code ignored;
  if (std::filesystem::exists(folder / name, ignored)) return folder / name;
  std::cout << "SKIPPED: " << test << ": no file " << name
            << " (set VITCOD_DATA_DIR to the folder of the authors' data)\n";
  return std::nullopt;
}

}  // namespace vitcod::test
